"""The rules of a SARIF log: every check, and every finding code with its page (SARIF 2.1.0, section 3.49). Always the whole catalogue,
so that the rules of two audits by one version are the same."""

from __future__ import annotations

from collections.abc import Mapping

from forgewatch.core.canonical import Json
from forgewatch.core.catalogue import CodeDoc
from forgewatch.core.checklist import CHECKLIST, QUESTIONS, is_blocking
from forgewatch.core.code_pages import code_markdown, code_page
from forgewatch.core.codes import check_of
from forgewatch.core.verdict import CheckCode


def sarif_rules(docs: Mapping[str, CodeDoc]) -> dict[str, Json]:
    """Return rule id -> `reportingDescriptor`, in the order of the catalogue: a check, then its codes."""
    rules: dict[str, Json] = {}
    for check, title in CHECKLIST:
        rules[check] = _check(check, title)
        rules.update((code, _code(check, doc)) for code, doc in docs.items() if check_of(code) == check)
    return rules


def _check(check: CheckCode, title: str) -> Json:
    return {
        "id": check,
        "shortDescription": {"text": title},
        "fullDescription": {"text": QUESTIONS[check]},
        "help": {"text": f"{check} {title}: {QUESTIONS[check]}"},
        "defaultConfiguration": {"level": _level(check)},
        "properties": {"tags": [check]},
    }


def _code(check: CheckCode, doc: CodeDoc) -> Json:
    # Help is shown as it stands: its examples are JSON, and braces doubled as in a message would be copied so.
    return {
        "id": doc.code,
        "shortDescription": {"text": doc.title},
        "fullDescription": {"text": doc.means},
        "help": {"text": code_page(doc), "markdown": code_markdown(doc)},
        "defaultConfiguration": {"level": "note" if doc.note else _level(check)},
        "properties": {"tags": [check]},
    }


def _level(check: CheckCode) -> str:
    return "error" if is_blocking(check) else "warning"
