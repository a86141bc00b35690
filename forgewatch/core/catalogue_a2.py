"""The finding codes of A2 Minimal-diff."""

from __future__ import annotations

from forgewatch.core.catalogue import CodeDoc

CODES = (
    CodeDoc(
        code="A201",
        title="File renamed",
        means="A deleted file lives on under another name: the same bytes, or at least half of them by shared lines, as git measures it. "
        "Staged or not, tracked or not.",
        good="app/a.py edited in place",
        bad="app/a.py moved to app/b.py with a few edits",
        fix="Move the file back and keep the edits; a rename needs a directive of its own.",
        action="undo the rename of {path} ({actual})",
        allows=("path", "expected", "difflog"),
        ways=(
            ("move path expected", "sync path", "sync expected", "test"),
            ("restore path", "restore expected", "sync path", "sync expected", "test"),
        ),
    ),
    CodeDoc(
        code="A202",
        title="A rename cannot be ruled out",
        means="A deleted and an added file could not be compared, because one of them is over the size that is read, or all of them "
        "together are. What was not measured is not called different.",
        good="large files changed in place",
        bad="data/old.bin of 9 MB deleted, data/new.bin of 9 MB added",
        fix="Keep the name of the large file, or make deletion and addition in two cycles.",
        action="restore {expected} or leave {path} to another cycle ({actual})",
        allows=("path", "expected", "difflog"),
        ways=(("restore path", "restore expected", "sync path", "sync expected", "test"),),
    ),
    CodeDoc(
        code="A203",
        title="File copied",
        means="An added file has the content of one that is still there: the same bytes as an unchanged file, or at least half of one that "
        "was edited in this cycle. More than 20 copies of unchanged files are counted, not named.",
        good="shared code imported",
        bad="not possible: this is a note",
        fix="Nothing to do.",
        action="nothing to do for {path}",
        note=True,
    ),
    CodeDoc(
        code="A204",
        title="Only white space changed",
        means="Without white space, the file is what it was.",
        good="a change that does something",
        bad="not possible: this is a note",
        fix="Nothing to do, unless the reformatting was not meant.",
        action="nothing to do for {path}",
        note=True,
    ),
    CodeDoc(
        code="A205",
        title="Only line ends changed",
        means="The file differs from HEAD in some of its line ends only.",
        good="line ends kept as they were",
        bad="not possible: this is a note",
        fix="Nothing to do, unless the editor did it unasked.",
        action="nothing to do for {path}",
        note=True,
    ),
    CodeDoc(
        code="A206",
        title="Only the mode changed",
        means="The execute bit changed, the content did not.",
        good="chmod +x of a new script, claimed",
        bad="not possible: this is a note",
        fix="Nothing to do.",
        action="nothing to do for {path}",
        note=True,
    ),
)
