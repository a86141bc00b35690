"""Real layer rules and contracts: all are read, and what cannot be enforced is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forgewatch.core.boundaries import Boundaries, parse_boundaries, ruleset
from forgewatch.core.defect import Defect
from forgewatch.core.physics import parse_physics
from forgewatch.core.route_paths import METHODS, plain_path

PATH_KEY = re.compile(rb"^  (/\S*):", re.MULTILINE)


@pytest.mark.req("S002-4-1")
def test_every_real_rule_file_is_read_and_only_the_unfilled_template_is_refused(corpus: Path) -> None:
    found = {path.name: parse_boundaries(path.read_bytes()) for path in sorted((corpus / "boundaries").iterdir())}
    refused = {name for name, rules in found.items() if isinstance(rules, Defect)}
    assert len(found) >= 10
    assert all((corpus / "boundaries" / name).read_bytes().startswith(b"{boundaries_json}") for name in refused)
    rules = [rules for rules in found.values() if isinstance(rules, Boundaries)]
    assert all(layer.rules or layer.name in {row.layer for row in one.pattern_defects} for one in rules for layer in one.layers)
    assert {"glob" in str(row.defect) for one in rules for row in one.pattern_defects} == {True}
    assert all(ruleset(one).startswith("sha256:") for one in rules)


@pytest.mark.req("S002-5-1")
def test_every_real_contract_is_read_valid_yaml_or_not(corpus: Path) -> None:
    broken = 0
    for path in sorted((corpus / "physics").iterdir()):
        raw = path.read_bytes()
        physics = parse_physics(raw)
        section = raw[raw.index(b"paths:") :]
        section = re.split(rb"(?m)^[a-z_]+:", section)[1]
        written = {plain_path(key.decode()) for key in PATH_KEY.findall(section)}
        assert {route.path for route in physics.routes} == written, path.name
        assert {route.method for route in physics.routes} <= set(METHODS.values())
        assert all(route.line for route in physics.routes), path.name
        broken += physics.defect is not None
    assert broken >= 10


@pytest.mark.req("S002-5-1")
def test_both_readers_say_the_same_of_real_contracts(corpus: Path) -> None:
    for path in sorted((corpus / "physics").iterdir()):
        raw = path.read_bytes()
        assert parse_physics(raw).routes == parse_physics(raw + b"\nbroken: 'a' 'b'\n").routes, path.name
