"""What the codes of A4, boundary compliance, mean (checks.md A4)."""

from __future__ import annotations

from forgewatch.core.catalogue import BACK, EDIT, CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="A401",
        title="no usable layer rules",
        means="Forge/Contracts/boundaries.json is missing after phase 0, was removed, cannot be read, or is no valid rule file with at "
        "least one layer.",
        good='{"layers": [{"name": "routers", "glob": "app/routers/*.py", "forbidden": [{"pattern": "asyncpg"}]}]}',
        bad='{"layers": []}',
        fix="Write the layer rules of the project, or restore the version at BASE.",
        action="correct {path}: {expected}, not {actual}",
        allows=("boundaries",),
        ways=(BACK, EDIT),
    ),
    CodeDoc(
        code="A402",
        title="known violation added in this cycle",
        means="known_violations lists an exception that BASE does not know. Whoever is audited cannot excuse his own violation.",
        good="the exception was authorized in an earlier cycle",
        bad="the same change adds a violation and its exception",
        fix="Remove the violation from the code, or have the exception authorized by the operator first.",
        action="take the new entry out of known_violations in {path} and mend the code instead",
        allows=("path", "boundaries"),
    ),
    CodeDoc(
        code="A403",
        title="pattern that cannot be enforced",
        means="A pattern uses syntax that google-re2 does not have (look-around, back references), or is a path glob where a regular "
        "expression belongs.",
        good='{"pattern": "repositories", "reason": "no data access in the user interface"}',
        bad='{"pattern": "**/repositories/**/*", "reason": "no data access in the user interface"}',
        fix="Rewrite the pattern as the message says.",
        action="rewrite the pattern in {path}: {actual}",
        allows=("boundaries",),
    ),
    CodeDoc(
        code="A404",
        title="forbidden pattern in a layer",
        means="A file of a layer holds what the layer forbids: in its code, or as an import under any spelling.",
        good="routers call services, services call repos",
        bad="import asyncpg in app/api/routers/users.py",
        fix="Move the code to the layer where it belongs.",
        action="take out of {path}:{line} what is forbidden there: {actual}",
        ways=(EDIT, BACK),
    ),
    CodeDoc(
        code="A405",
        title="governed file that cannot be judged",
        means="A file of a layer is no text in an encoding whose bytes are what they look like (UTF-8, ASCII, Latin-1), is over the limit, "
        "unreadable, or a symlink to code elsewhere.",
        good="a source file in UTF-8",
        bad="# -*- coding: utf-7 -*-",
        fix="Save the file as UTF-8, or replace the symlink by a file.",
        action="save {path} as UTF-8 text: {actual}",
        ways=(EDIT, BACK),
    ),
    CodeDoc(
        code="A406",
        title="layer without files",
        means="A layer's glob names no file, so its rules judge nothing. All such layers are one note; one that lost its last file in this "
        "cycle has a note of its own.",
        good="glob app/api/routers/*.py where app/api/routers/users.py exists",
        bad="glob app/routers/*.py where the folder is app/api/routers",
        fix="Correct the glob if the layer exists elsewhere.",
        action="correct the glob in {path}",
        allows=("boundaries",),
        note=True,
    ),
    CodeDoc(
        code="A407",
        title="known violation honoured",
        means="A hit is covered by known_violations of BASE and does not count.",
        good="each entry names a debt that someone intends to pay",
        bad="entries that stay for years",
        fix="Mend the code and remove the entry.",
        action="mend {path}",
        note=True,
    ),
    CodeDoc(
        code="A408",
        title="known violation that matches nothing",
        means="An entry of known_violations covers no hit: the debt is paid, or layer, file or pattern are misspelled.",
        good="the entry is removed with the violation",
        bad="the entry stays and excuses the next violation of the same kind",
        fix="Remove the entry.",
        action="remove the entry from {path}",
        allows=("boundaries",),
        note=True,
    ),
    CodeDoc(
        code="A409",
        title="layer rules changed in this cycle",
        means="boundaries.json differs from BASE. Both versions are enforced until the change is authorized: it can tighten, not loosen.",
        good="a new layer with rules that the code already keeps",
        bad="a rule removed in the change that breaks it",
        fix="Nothing, when the change is meant; the operator authorizes it with the audit.",
        action="have the change of {path} authorized",
        allows=("boundaries",),
        note=True,
    ),
    CodeDoc(
        code="A410",
        title="governed file read as plain text",
        means="A changed TypeScript, JavaScript or Go file of a layer was not taken apart, because its grammar is not installed. Patterns "
        "are compared with its raw text: a comment can break a rule, and an import spelled in another way breaks none.",
        good="forgewatch[polyglot] is installed",
        bad="// axios is not used here",
        fix="Install the extra that the text names.",
        action="nothing",
        note=True,
    ),
)
