"""The finding codes of A1 Scope compliance."""

from __future__ import annotations

from forgewatch.core.catalogue import ASK, BACK, CLAIM, CodeDoc
from forgewatch.core.verdict import StopReason

STOPS = {"A112": StopReason.RISK_EXCEEDS_SCOPE}
"""Work that grew beyond what was agreed stops for another reason than the check (requirements.md S002-12-6)."""

CODES = (
    CodeDoc(
        code="A101",
        title="Changed but not claimed",
        means="The working tree or the index differs from HEAD at a path that the diff log does not list. New files that git does not "
        "track count as much as changed ones; a rename counts as a deletion and an addition.",
        good="app/a.py changed, and 'Files Changed' lists `app/a.py`",
        bad="backdoor.py is new, and 'Files Changed' lists only `app/a.py`",
        fix="List the path if the change belongs to this cycle; otherwise restore or remove the file.",
        action="claim or remove {path}",
        allows=("path", "difflog"),
        ways=(CLAIM, BACK),
    ),
    CodeDoc(
        code="A102",
        title="Claimed but not changed",
        means="The diff log lists a path that equals HEAD. The reason is given: clean, absent, ignored, committed in a hash, inside a "
        "submodule, or another spelling (case) of a path that did change.",
        good="'Files Changed' lists exactly what changed",
        bad="'Files Changed' lists `app/b.py`, which nobody touched",
        fix="Take the row out, correct its spelling, or make the change it announces.",
        action="take {path} out of the claim, or bring its change back ({actual})",
        allows=("difflog",),
        ways=(("unclaim path",),),
    ),
    CodeDoc(
        code="A103",
        title="A claim row that names no file",
        means="A row of a claim section is no repository-relative path: absolute, climbing with '..', with control characters, prose, or "
        "a directory. Rows are never dropped and never guessed.",
        good="`app/a.py`",
        bad="`app/` or `C:\\work\\a.py` or 'various test files'",
        fix="Write one repository-relative file path per row; '(none)' where nothing changed.",
        action="replace the row '{actual}' by one row for each file it means",
        allows=("difflog",),
        ways=(("unclaim row",),),
    ),
    CodeDoc(
        code="A104",
        title="Something in the tree cannot be audited",
        means="A nested repository, FIFO, socket, device, unreadable or over-limit path stands in the working tree. What cannot be read "
        "could hold anything, so it is never skipped.",
        good="regular files, directories, symlinks and clean submodules",
        bad="vendor/lib/.git, a second repository inside this one",
        fix="Remove it or make it readable; an operator may raise the limits of the tree.",
        action="remove {path}, or make it what can be audited ({actual})",
        allows=("path", "difflog"),
        ways=(("clear path", "sync path", "test"),),
    ),
    CodeDoc(
        code="A105",
        title="Source hidden by a new ignore rule",
        means="An ignore rule that changed in this cycle hides a source file outside the well-known output directories.",
        good=".gitignore gains `dist/`, and dist/ holds build output",
        bad=".gitignore gains `app/secret.py`, and app/secret.py is new",
        fix="Take the rule back, then claim or remove the file.",
        action="take back the rule of {expected} that hides {path}",
        allows=("expected", "path", "difflog"),
        ways=(("edit expected", "sync expected", "claim path", "test"), ("restore expected", "sync expected", "claim path", "test")),
    ),
    CodeDoc(
        code="A106",
        title="A claimed name that only looks like a changed one",
        means="The claim differs from a changed or present path by Unicode form (NFC, NFD) or by look-alike or invisible characters. Names "
        "are compared as bytes and never matched silently. On a changed path that is claimed correctly the same is a note.",
        good="`app/café.py` claimed in the very bytes of the file name",
        bad="`app/café.py` claimed decomposed, while the file is named composed",
        fix="Copy the name from the file system into the diff log.",
        action="claim {expected} in its own bytes instead of {path}",
        allows=("difflog",),
        ways=(("unclaim path",),),
    ),
    CodeDoc(
        code="A107",
        title="No claimed files",
        means="A diff log has no section that lists the changed files, or an empty one while something changed. Such a cycle is audited "
        "and fails; it is not skipped.",
        good="'## Files Changed' with one row per file, or (none) where nothing changed",
        bad="a COMPLETE diff log that ends after the Summary",
        fix="Add the section 'Files Changed' with one row per changed file.",
        action="list the changed files in the section 'Files Changed' of the diff log",
        allows=("difflog",),
        ways=(("state Files Changed",),),
    ),
    CodeDoc(
        code="A108",
        title="An index flag hides a change",
        means="assume-unchanged, skip-worktree or a like flag asks git to look away from a file that did change. A flag that hides nothing "
        "is a note.",
        good="no flags, or flags on files that equal HEAD",
        bad="git update-index --assume-unchanged app/config.py, then an edit of it",
        fix="Take the flag away: git update-index --no-assume-unchanged --no-skip-worktree PATH. Then claim or restore the file.",
        action="take the flag {actual} off {path}, then claim or restore it",
        allows=("path", "difflog"),
        ways=(("unflag path", "sync path"), ("unflag path", "restore path", "sync path", "test")),
    ),
    CodeDoc(
        code="A109",
        title="Only line ends or the execute bit differ",
        means="A text file differs from HEAD in its line endings as a whole, or in an execute bit that the file system cannot keep: a "
        "checkout on another system, not a rewrite. A note, unless the operator compares raw: then it is a change to be claimed.",
        good="a tree checked out with autocrlf",
        bad="with scope.compare raw: a file converted to CRLF and not claimed",
        fix="Restore the line ends of HEAD, or claim the file.",
        action="restore the {actual} of {path}, or claim it",
        allows=("path", "difflog"),
        ways=(BACK, CLAIM),
    ),
    CodeDoc(
        code="A110",
        title="The object store lies",
        means="A commit, tree or blob that this audit read does not have the content of its id. HEAD is not what git says it is.",
        good="every object hashes to its id",
        bad="a loose object whose file was overwritten",
        fix="Clone the repository anew from a place you trust; an operator should look at how this came to be.",
        action="restore the objects of the repository: {actual}",
        allows=(),
        ways=(ASK,),
    ),
    CodeDoc(
        code="A111",
        title="Governance file claimed and equal to HEAD",
        means="A file of the governance folders is claimed and has the bytes of HEAD. It may have been written again, which is no change "
        "and no phantom claim.",
        good="Forge/Contracts/physics.yaml written again with the same bytes",
        bad="not possible: this is a note",
        fix="Nothing to do.",
        action="nothing to do for {path}",
        note=True,
    ),
    CodeDoc(
        code="A112",
        title="Changed beyond the plan",
        means="A file is changed that the diff log did not list when its cycle began (IN_PROCESS). The plan counts as it was first seen; "
        "one that is written anew before anything was announced changes nothing. A finding in profile strict, where the audit stops "
        "for RISK_EXCEEDS_SCOPE; everywhere else a line of the Notes.",
        good="IN_PROCESS lists app/a.py, and app/a.py is changed",
        bad="IN_PROCESS lists app/a.py, and app/a.py and app/b.py are changed and claimed",
        fix="Take the file out of the cycle, or stop and have the operator agree to the larger scope.",
        action="undo the change of {path}, or have the operator agree to it",
        ways=(BACK, ASK),
    ),
)
