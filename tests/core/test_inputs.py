"""The stored form of an audit: a value that comes back whole, the same bytes for the same inputs, and nothing for what it cannot hold."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from forgewatch.core.directive import Directive
from forgewatch.core.facts import LayerFacts, LayerHit
from forgewatch.core.inputs import CONTENT_BYTES, INPUT_BYTES, Inputs, Rooted, Stored, inputs_of, pack_inputs, unpack_inputs
from forgewatch.core.settings import Settings
from forgewatch.core.snapshot import Entry, PathTable, Snapshot
from forgewatch.core.values import Absent, Oid, Refused, RepoPath, Unreadable
from forgewatch.core.wiring import Loose, Wiring
from tests.support.snapshots import deleted, entry, modified, oid, snapshot, untracked

ROOT = oid("root tree")
HIT = LayerFacts(hits=(LayerHit(layer="l", pattern="p", reason="r", line=3),))


class Table(dict[RepoPath, Entry]):
    """A table of HEAD that knows its tree."""

    root: Oid | None = ROOT


def judged(**parts: Any) -> Inputs:
    """The inputs of an audit in which every kind of value occurs."""
    odd = RepoPath("dir/\udcff né.py")
    values: dict[str, Any] = {
        "contents": {oid("a"): b"\x00\xff bytes", oid("b"): Unreadable("is over the limit of 1 bytes"), oid("empty"): b""},
        "documents": {RepoPath("forge.json"): b"{}", RepoPath("gone"): Absent(), RepoPath("link"): Unreadable("is a symlink")},
        "planned": (RepoPath("app/a.py"), odd),
        "wiring": Wiring(loose=(Loose("TradeRepo", odd, 3, True),), judged=2, unjudged=("Go",), why="too many"),
        "layers": {RepoPath("z.py"): LayerFacts(), odd: HIT, RepoPath("a.py"): LayerFacts(), RepoPath("b.py"): Unreadable("is a symlink")},
        "base_layers": {RepoPath("y.py"): LayerFacts(), odd: HIT},
        **parts,
    }
    made = snapshot(modified("app/a.py"), untracked(odd), deleted("gone.py"), **values)
    table = Table({**made.paths.base, RepoPath("still.py"): entry("still")})
    whole = replace(made, paths=PathTable(table, made.paths.overlay))
    return Inputs(snapshot=whole, settings=Settings(), directive=Directive(aem=True), cycle=7)


def packed(inputs: Inputs) -> bytes:
    found = pack_inputs(inputs)
    assert found is not None
    return found


def stored(raw: bytes) -> Stored:
    found = unpack_inputs(raw)
    assert isinstance(found, Stored), found
    return found


def varied(inputs: Inputs, **parts: Any) -> Inputs:
    return replace(inputs, snapshot=replace(inputs.snapshot, **parts))


def test_what_is_stored_comes_back_whole_and_in_its_order() -> None:
    inputs = judged()
    again = inputs_of(stored(packed(inputs)), inputs.snapshot.paths.base)
    assert again == inputs
    assert list(again.snapshot.layers) == list(inputs.snapshot.layers)
    assert list(again.snapshot.documents) == list(inputs.snapshot.documents)


def test_no_facts_come_back_as_none() -> None:
    inputs = judged(layers={})
    assert inputs_of(stored(packed(inputs)), inputs.snapshot.paths.base).snapshot.layers == {}


def test_the_same_inputs_give_the_same_bytes_and_other_inputs_others() -> None:
    assert packed(judged()) == packed(judged())
    assert packed(judged()) != packed(varied(judged(), boot_script=True))


def test_what_is_stored_has_no_blanks_between_its_parts() -> None:
    raw = packed(judged())
    assert raw.decode() == json.dumps(json.loads(raw), separators=(",", ":"))


def test_the_table_of_head_is_named_and_not_stored() -> None:
    raw = packed(judged())
    assert b"still.py" not in raw
    assert stored(raw).base == ROOT
    assert stored(raw).inputs.snapshot.paths.base == {}


def test_files_that_break_no_rule_are_stored_by_their_name_only() -> None:
    many = {RepoPath(f"app/file{number}.py"): LayerFacts() for number in range(1000)}
    names = sum(len(path) + 6 for path in many)
    assert len(packed(judged(layers=many))) < len(packed(judged(layers={}))) + names
    assert len(packed(judged(base_layers=many))) < len(packed(judged(base_layers={}))) + names


def test_a_table_of_no_tree_is_not_stored() -> None:
    assert pack_inputs(varied(judged(), paths=PathTable({}, {}))) is None
    assert not isinstance({}, Rooted)


def test_an_audit_whose_object_store_lied_is_not_stored() -> None:
    assert pack_inputs(varied(judged(), store_faults=("tree lies",))) is None


@pytest.mark.parametrize("part", ["contents", "documents", "base_documents"])
def test_an_audit_that_read_too_much_is_not_stored(part: str) -> None:
    key = oid("large") if part == "contents" else RepoPath("large")
    bare = varied(judged(), contents={}, documents={})
    assert pack_inputs(varied(bare, **{part: {key: bytes(CONTENT_BYTES + 1)}})) is None
    assert pack_inputs(varied(bare, **{part: {key: bytes(CONTENT_BYTES // 8)}})) is not None


def test_an_audit_with_too_many_facts_is_not_stored() -> None:
    assert pack_inputs(varied(judged(), notes=("x" * INPUT_BYTES,))) is None


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"\xff", b"1", b'{"is":"Stored"}', b"[" * 100_000, b'{"base":NaN}'],
    ids=["empty", "cut", "array", "null", "no utf-8", "number", "incomplete", "deep", "not a number"],
)
def test_other_bytes_are_refused_with_a_reason(raw: bytes) -> None:
    found = unpack_inputs(raw)
    assert isinstance(found, Refused)
    assert found.why and not found.raw


def test_a_value_of_another_shape_is_refused_with_its_place() -> None:
    body = json.loads(packed(judged()))
    body["inputs"]["snapshot"]["profile"] = "mild"
    found = unpack_inputs(json.dumps(body).encode())
    assert isinstance(found, Refused)
    assert ".snapshot.profile" in found.why


def test_the_stored_form_speaks_of_the_whole_snapshot() -> None:
    assert set(Snapshot.__slots__) <= json.loads(packed(judged()))["inputs"]["snapshot"].keys()
