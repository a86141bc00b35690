"""W1: secrets in added lines are named without being shown, and nothing is skipped in silence."""

from __future__ import annotations

from typing import Any

import pytest

from forgewatch.checks.w1_secrets import MOST_HITS, judge
from forgewatch.core.catalogue_w1 import CODES
from forgewatch.core.limits import LIMITS
from forgewatch.core.secret_values import digest16
from forgewatch.core.snapshot import Change, ChangeKind, Entry, LedgerCondition, LedgerFacts
from forgewatch.core.values import RepoPath, Unreadable
from forgewatch.core.verdict import Finding, Ruling
from tests.support.secret_cases import ALNUM, BASE64, Maker
from tests.support.snapshots import deleted, entry, modified, oid, snapshot, untracked

VALUE = Maker(11).github()
LINE = f'GITHUB = "{VALUE}"\n'.encode()


def ruled(after: bytes | Unreadable | None, before: bytes | Unreadable | None = b"old\n", path: str = "app/a.py", **parts: Any) -> Ruling:
    contents = {oid(f"{path} before"): before, oid(f"{path} after"): after}
    known = {key: value for key, value in contents.items() if value is not None}
    return judge(snapshot(modified(path), contents=known, **parts))


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.req("S002-10.7-W1")
def test_a_token_in_an_added_line_is_named_by_place_four_characters_and_digest() -> None:
    (finding,) = ruled(b"old\n" + LINE).findings
    assert (finding.code, finding.path, finding.line) == ("W101", "app/a.py", 2)
    assert finding.message == (f"github-personal-token (GitHub) at app/a.py:2:11 starts with '{VALUE[:4]}', digest {digest16(VALUE)}")


@pytest.mark.req("S000-M-4")
def test_the_value_is_in_no_string_of_the_ruling() -> None:
    assert VALUE[5:] not in repr(ruled(b"old\n" + LINE))


def test_a_secret_that_was_there_before_is_not_added() -> None:
    assert ruled(LINE + b"new\n", before=LINE).findings == ()


def test_an_assignment_is_a_finding_of_its_own() -> None:
    assert codes(ruled(f'password = "{Maker(1).password()}"'.encode()).findings) == ["W102"]


def test_honest_work_passes_and_says_what_was_scanned() -> None:
    ruling = ruled(b'password = os.environ["DB_PASSWORD"]\n')
    assert ruling == Ruling(basis="added lines of 1 changed file scanned")
    assert judge(snapshot()).basis == "added lines of 0 changed files scanned"


LEDGER = "Forge/evidence/audit_ledger.md"
LARGE = Unreadable(f"is over the limit of {LIMITS.source_bytes} bytes: it has 17925219")


@pytest.mark.parametrize("condition", [LedgerCondition.INTACT, LedgerCondition.REPAIRED])
def test_our_own_ledger_may_grow_over_the_limit(condition: LedgerCondition) -> None:
    assert ruled(LARGE, path=LEDGER, ledger=LedgerFacts(condition, 9000)).findings == ()
    assert codes(ruled(LINE, path=LEDGER, ledger=LedgerFacts(condition, 9000)).findings) == ["W101"]


def test_a_large_ledger_with_text_of_others_and_other_evidence_over_the_limit_are_named() -> None:
    assert codes(ruled(LARGE, path=LEDGER, ledger=LedgerFacts(LedgerCondition.EXTENDED, 9000)).findings) == ["W103"]
    assert codes(ruled(LARGE, path="Forge/evidence/test_runs.md", ledger=LedgerFacts(LedgerCondition.INTACT, 1)).findings) == ["W103"]


def test_every_line_of_an_untracked_file_is_scanned() -> None:
    ruling = judge(snapshot(untracked("new.env"), contents={oid("new.env after"): LINE}))
    assert codes(ruling.findings) == ["W101"]


def test_evidence_is_scanned_although_it_is_neutral() -> None:
    assert codes(ruled(b"old\n" + LINE, path="Forge/evidence/diff_log.md").findings) == ["W101"]


def test_a_deleted_file_and_a_submodule_add_no_lines() -> None:
    moved = Change(path=RepoPath("lib"), kind=ChangeKind.MODIFIED, before=entry("a", 0o160000), after=entry("b", 0o160000))
    assert judge(snapshot(deleted("old.env"), moved)).findings == ()


def test_a_symbolic_link_is_scanned_when_its_target_was_loaded() -> None:
    link = Change(path=RepoPath("link"), kind=ChangeKind.UNTRACKED, before=None, after=Entry(0o120000, oid("target")))
    assert judge(snapshot(link)).findings == ()
    assert codes(judge(snapshot(link, contents={oid("target"): VALUE.encode()})).findings) == ["W101"]


def test_a_file_in_the_place_of_a_submodule_is_new() -> None:
    change = Change(path=RepoPath("lib"), kind=ChangeKind.TYPE, before=Entry(0o160000, oid("x")), after=Entry(0o100644, oid("y")))
    assert codes(judge(snapshot(change, contents={oid("y"): LINE})).findings) == ["W101"]


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (Unreadable("is over the limit of 8388608 bytes"), "is over the limit of 8388608 bytes"),
        (None, "was not read"),
        (b"x" * (LIMITS.source_bytes + 1), f"has {LIMITS.source_bytes + 1} bytes, over the limit of {LIMITS.source_bytes}"),
    ],
)
def test_what_could_not_be_scanned_is_a_finding(after: bytes | Unreadable | None, why: str) -> None:
    (finding,) = ruled(after).findings
    assert (finding.code, finding.actual) == ("W103", why)
    assert finding.message == f"app/a.py was not scanned for secrets: it {why}"


def test_an_unknown_version_in_head_makes_every_line_count_as_added() -> None:
    ruling = ruled(LINE, before=Unreadable("is over the limit of 8388608 bytes"))
    assert (codes(ruling.findings), codes(ruling.notes)) == (["W101"], ["W106"])
    assert codes(ruled(b"fine\n", before=None).notes) == ["W106"]


def test_only_the_operators_fingerprint_excuses_a_secret() -> None:
    for known in (digest16(VALUE), "sha256:" + digest16(VALUE) + "0" * 48, digest16(VALUE).upper()):
        ruling = ruled(LINE, fingerprints=(known,))
        assert (ruling.findings, codes(ruling.notes)) == ((), ["W105"])
    for other in ("", digest16(VALUE)[:15], digest16("other")):
        assert codes(ruled(LINE, fingerprints=(other,)).findings) == ["W101"]


def test_a_comment_and_the_name_of_the_file_excuse_nothing() -> None:
    text = LINE.rstrip(b"\n") + b"  # pragma: allowlist secret\n"
    for path in ("tests/fixtures/example.py", "docs/example.md", ".secretsignore", "node_modules/x.js"):
        assert codes(ruled(text, path=path).findings) == ["W101"]


def test_a_secret_in_utf_16_and_between_binary_bytes_is_found() -> None:
    assert codes(ruled(LINE.decode().encode("utf-16")).findings) == ["W101"]
    assert codes(ruled(b"\0\1\2" + LINE + b"\0").findings) == ["W101"]


def test_a_bare_value_counts_in_settings_files() -> None:
    text = f"PASSWORD={Maker(1).some(ALNUM, 12)}\n".encode()
    settings = (".env", "app/.env.local", "Dockerfile", "Dockerfile.prod", "docker-compose.override", "app.yaml", "bin/run", "a.d/run")
    assert [path for path in (*settings, "app.py", "a.env/x.py") if ruled(text, path=path).findings] == [*settings]


def test_words_between_binary_bytes_are_no_assignment() -> None:
    text = f"password = '{Maker(1).password()}'\n".encode()
    assert codes(ruled(text).findings) == ["W102"]
    assert codes(ruled(b"\0\1\2\n" + text).findings) == []


def test_what_is_left_out_hides_no_file_behind_it() -> None:
    moved = Change(path=RepoPath("lib"), kind=ChangeKind.MODIFIED, before=entry("a", 0o160000), after=entry("b", 0o160000))
    link = Change(path=RepoPath("link"), kind=ChangeKind.UNTRACKED, before=None, after=Entry(0o120000, oid("target")))
    left_out = (deleted("old.env"), moved, link, modified(LEDGER), modified("unread.py"))
    for change in left_out:
        made = snapshot(change, modified("zz.py"), contents={oid("zz.py after"): LINE, oid(f"{LEDGER} after"): LARGE})
        assert "W101" in codes(judge(made).findings), change.path


def test_a_boot_script_that_the_directive_asks_for_is_scanned_and_not_counted() -> None:
    ruling = ruled(LINE, path="boot.sh", boot_script=True)
    assert (codes(ruling.findings), ruling.basis) == (["W101"], "added lines of 0 changed files scanned")


def test_a_key_put_into_an_old_frame_is_found() -> None:
    frame = "-----BEGIN PRIVATE" + " KEY-----\n{}\n-----END PRIVATE KEY-----\n"
    after = frame.format(Maker(1).some(BASE64, 64)).encode()
    assert codes(ruled(after, before=frame.format("TODO").encode()).findings) == ["W101"]


def test_the_fingerprint_of_one_key_excuses_that_key_and_no_other_of_its_type() -> None:
    sample, other = Maker(1).key_block(), Maker(2).key_block()
    assert codes(ruled(sample.encode(), fingerprints=(digest16(sample),)).notes) == ["W105"]
    ruling = ruled(f"{sample}\n{other}\n".encode(), fingerprints=(digest16(sample),))
    assert (codes(ruling.notes), codes(ruling.findings)) == (["W105"], ["W101"])
    header = sample.split("\n")[0]
    assert codes(ruled(other.encode(), fingerprints=(digest16(header),)).findings) == ["W101"]


def test_a_key_put_in_the_place_of_an_excused_one_is_a_finding() -> None:
    sample, other = Maker(1).key_block(), Maker(2).key_block()
    ruling = ruled(other.encode(), before=sample.encode(), fingerprints=(digest16(sample),))
    assert codes(ruling.findings) == ["W101"]
    assert digest16(other) in ruling.findings[0].message
    # One line of an accepted key changed: it is another key, with the digest that it has as a new file.
    changed = sample.replace(sample.split("\n")[2], other.split("\n")[2])
    ruling = ruled(changed.encode(), before=sample.encode(), fingerprints=(digest16(sample),))
    assert digest16(changed) in ruling.findings[0].message


def test_a_dump_of_secrets_is_counted_past_the_first_hundred() -> None:
    maker = Maker(1)
    text = "\n".join(maker.github() for _ in range(MOST_HITS + 5)).encode()
    findings = ruled(text).findings
    assert codes(findings) == ["W101"] * MOST_HITS + ["W104"]
    assert findings[-1].message == f"app/a.py holds 5 more secrets than the {MOST_HITS} that are named"


def test_every_code_is_documented() -> None:
    assert [doc.code for doc in CODES] == ["W101", "W102", "W103", "W104", "W105", "W106"]
