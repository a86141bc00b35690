"""What the codes of X-LAYOUT, project outside of the governance folder, mean (checks.md, Further checks; contract §0)."""

from __future__ import annotations

from forgewatch.core.catalogue import BACK, CodeDoc

CODES: tuple[CodeDoc, ...] = (
    CodeDoc(
        code="XL01",
        title="project file in the governance folder",
        means="A new source file or dependency manifest stands under Forge/ outside of Forge/scripts. That folder can be deleted after the "
        "build; the project must not lose anything then.",
        good="app/prices.py",
        bad="Forge/app/prices.py",
        fix="Move the file out of Forge/.",
        action="move {path} out of the governance folder",
        ways=(("move path outside", "sync path", "sync outside", "test"), BACK),
    ),
    CodeDoc(
        code="XL02",
        title="import from the governance folder",
        means="Project code imports a module that is inside Forge/.",
        good="from app.prices import price",
        bad="from Forge.scripts.tools import price",
        fix="Move what is needed into the project and import it from there.",
        action="take the import of {actual} out of {path}:{line}",
    ),
    CodeDoc(
        code="XL03",
        title="file of the governance folder opened by the project",
        means="A new line of product code opens, runs or loads a file inside Forge/ by its path.",
        good="open('config/routes.yaml')",
        bad="open('Forge/Contracts/physics.yaml')",
        fix="Keep a copy of what the product needs in the project.",
        action="do not open {actual} in {path}:{line}",
    ),
    CodeDoc(
        code="XL04",
        title="directive, plan or schema that cannot be read",
        means="The directive, phases.md or schema.md is there and is no regular file, too large, not UTF-8, or holds a NUL character. What "
        "is not read switches nothing on, and the plan's own checks have nothing to compare with.",
        good="Forge/Contracts/phases.md saved as UTF-8",
        bad="Forge/Contracts/phases.md in UTF-16, as `>` of older PowerShell writes it",
        fix="Save the document as UTF-8 (PowerShell: Set-Content -Encoding utf8).",
        action="save {path} as UTF-8 text: it {actual}",
    ),
)
