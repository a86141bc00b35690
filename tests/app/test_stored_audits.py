"""The worker stores what it judged and judges what was stored: over a real repository, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from forgewatch.app.worker import answer
from forgewatch.core.canonical import digest_of_bytes
from forgewatch.core.errors import GitFailed, InputsGone
from forgewatch.core.report import AuditAnswer, Failed, Report
from forgewatch.core.settings import AuditSettings, Profile, ScopeSettings, Settings
from forgewatch.core.snapshot import Entry
from forgewatch.core.values import Digest, Oid, RepoPath
from forgewatch.core.verdict import Outcome, Ruling
from forgewatch.wiring.checks import CHECKS
from tests.support.inside import Inside, codes_of


class OneInput:
    """`ports.InputStore` that holds the same bytes under every digest, or nothing."""

    def __init__(self, packed: bytes | None) -> None:
        self.packed = packed

    def keep(self, packed: bytes) -> Digest | None:
        return None if self.packed is None else digest_of_bytes(packed)

    def fetch(self, digest: Digest) -> bytes:
        if self.packed is None:
            raise InputsGone("gone", "a hint")
        return self.packed


class NoTrees:
    """`ports.Trees` without one."""

    def table_at(self, root: Oid | None) -> Mapping[RepoPath, Entry]:
        raise GitFailed(f"tree {root}: expected in the object store, found nothing")


def busy(inside: Inside) -> Inside:
    """Work that several checks object to, by rules of the working tree and of BASE."""
    for name in ("a", "b"):
        inside.builder.write(f"app/api/routers/{name}.py", "import asyncpg\nimport other_lib\n")
    inside.builder.write("app/a.py", "x = 2\n").record().claims("app/a.py", "app/gone.py").completes()
    return inside


def stored(inside: Inside, **parts: object) -> Report:
    report = inside.report(keep_inputs=True, **parts)
    assert report.inputs is not None
    return report


def again(inside: Inside, report: Report, **parts: object) -> AuditAnswer:
    return inside.answer(replay=report.inputs, **parts)


def failed(told: AuditAnswer) -> Failed:
    assert isinstance(told, Failed), told
    return told


def test_what_was_stored_gives_the_same_report(inside: Inside) -> None:
    report = stored(busy(inside))
    assert codes_of(report) >= {"A101", "A102", "A901"}
    inside.builder.git("reset", "-q", "--hard")
    inside.forget()
    assert again(inside, report) == report


def test_a_replay_reads_no_working_tree(inside: Inside) -> None:
    report = stored(busy(inside))
    engine = inside.engine(tree=lambda _: None)
    assert inside.answer(engine, replay=report.inputs) == report


def test_the_stored_settings_judge_and_not_the_present_ones(inside: Inside) -> None:
    busy(inside).builder.write("app/b.py", "password = 'zeta-9aK2fQ81xZ'\n")
    hard = Settings(audit=AuditSettings(severities=(("W1", "fail"),)), scope=ScopeSettings(ignore=("app/b.py",)))
    report = stored(inside, settings=hard, profile=Profile.STRICT)
    assert again(inside, report, settings=Settings(), profile=Profile.DEV) == report


def test_an_audit_that_is_not_to_be_recorded_stores_nothing(inside: Inside) -> None:
    assert busy(inside).report().inputs is None
    assert list((inside.state / "replay").iterdir()) == []


def test_what_is_stored_changes_nothing_else_in_the_report(inside: Inside) -> None:
    report = stored(busy(inside))
    assert replace(report, inputs=None) == inside.report()


def test_the_present_table_of_checks_judges(inside: Inside) -> None:
    report = stored(busy(inside))
    kinder = tuple(replace(check, judge=lambda _: Ruling(basis="kind")) for check in CHECKS)
    told = answer(inside.request(replay=report.inputs), replace(inside.engine(), checks=kinder))
    assert isinstance(told, Report)
    assert (report.audit.outcome, told.audit.outcome) == (Outcome.FAIL, Outcome.PASS)
    assert told.verdict_digest != report.verdict_digest
    # Neither codes nor titles nor severities changed: by policy it is the same table.
    assert told.policy == report.policy


def test_an_audit_stands_although_its_inputs_cannot_be_stored(inside: Inside) -> None:
    report = busy(inside).report(inside.engine(inputs=lambda _: OneInput(None)), keep_inputs=True)
    assert report == inside.report()


@pytest.mark.parametrize("missing", ["inputs", "trees"])
def test_a_worker_without_a_store_replays_nothing(inside: Inside, missing: str) -> None:
    report = stored(busy(inside))
    told = failed(inside.answer(inside.engine(**{missing: lambda _: None}), replay=report.inputs))
    assert told.why == "nothing was stored for a replay here"
    assert busy(inside).report(inside.engine(inputs=lambda _: None), keep_inputs=True).inputs is None


def test_inputs_that_are_gone_are_an_answer(inside: Inside) -> None:
    told = failed(inside.answer(inside.engine(inputs=lambda _: OneInput(None)), replay=digest_of_bytes(b"")))
    assert (told.why, told.hint) == ("gone", "a hint")


def test_inputs_of_another_form_are_an_answer(inside: Inside) -> None:
    told = failed(inside.answer(inside.engine(inputs=lambda _: OneInput(b"{}")), replay=digest_of_bytes(b"")))
    assert told.why.startswith("the stored inputs of this audit are not of this version's form: $: key ")


def test_a_tree_that_is_gone_is_an_answer(inside: Inside) -> None:
    report = stored(busy(inside))
    told = failed(inside.answer(inside.engine(trees=lambda _: NoTrees()), replay=report.inputs))
    assert "expected in the object store, found nothing" in told.why


def test_a_tree_that_lies_is_no_base_of_a_replay(inside: Inside) -> None:
    report = stored(busy(inside))
    tree, other = inside.builder.git("rev-parse", "HEAD^{tree}"), inside.builder.git("rev-parse", "HEAD:app")
    inside.forget()
    for kept in (inside.state / "cache").glob("trees*"):
        kept.unlink()
    objects = inside.builder.root / ".git/objects"
    place: Path = objects / tree[:2] / tree[2:]
    place.chmod(0o644)
    place.write_bytes((objects / other[:2] / other[2:]).read_bytes())
    assert f"tree {tree}: the object store lies" in failed(again(inside, report)).why


def test_a_tree_beyond_the_present_limits_is_named(inside: Inside) -> None:
    report = stored(busy(inside))
    inside.forget()
    small = replace(Settings(), limits=replace(Settings().limits, tree_entries=2))
    for kept in (inside.state / "cache").glob("trees*"):
        kept.unlink()
    assert "is over the limit of 2 entries" in failed(again(inside, report, settings=small)).why
