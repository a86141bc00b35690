"""The finding codes of A9 Dependency gate."""

from __future__ import annotations

from forgewatch.core.catalogue import BACK, EDIT, CodeDoc

CODES = (
    CodeDoc(
        code="A901",
        title="Import that no manifest declares",
        means="A new or changed Python file imports a module that is neither in the standard library of the declared Python nor in the "
        "repository, and no distribution that brings it is declared. Names are compared by PEP 503. What is declared for development "
        "satisfies tests, documentation and scripts only; a constraint (`-c`) declares nothing. TypeScript and JavaScript are compared "
        "with every package.json up to the root of the workspace, Go with its go.mod.",
        good="`import yaml` in app/a.py, and `PyYAML>=6` in requirements.txt",
        bad="`import requests` in app/a.py, and requirements.txt names only `req`",
        fix="Declare the distribution in the manifest, or remove the import. Where the name is special to this place, the operator maps it "
        "in `audit.import_names`.",
        action="declare {expected}, or remove the import in {path}:{line}",
        allows=("path", "manifest"),
        ways=(("declare", "sync manifest", "test"), EDIT, BACK),
    ),
    CodeDoc(
        code="A902",
        title="Third-party imports and no manifest",
        means="Third-party modules are imported, and no dependency manifest was found: not the file that forge.json names, or none of the "
        "usual names. setup.py is not executed: it is one only with dependencies as constants.",
        good="requirements.txt stands beside the sources",
        bad="`import requests`, and forge.json names a requirements.txt that does not exist",
        fix="Write the manifest and declare what is imported.",
        action="write {expected}, and declare in it what is imported, or remove the import in {path}:{line}",
        allows=("manifest", "path"),
        ways=(("edit manifest", "sync manifest", "test"), EDIT),
    ),
    CodeDoc(
        code="A903",
        title="Manifest that cannot be believed",
        means="A manifest, or forge.json, is malformed, unreadable, over a limit (1 MiB, 20,000 lines), or takes in a file that is "
        "not there.",
        good="every line of requirements.txt is a requirement, an option or a comment",
        bad="pyproject.toml with an unclosed string; `-r base.txt` without base.txt",
        fix="Correct the line, or write the missing file.",
        action="correct {path}:{line} ({actual})",
        ways=(EDIT, BACK),
    ),
    CodeDoc(
        code="A904",
        title="Relative import above the repository",
        means="A relative import has more dots than the file has folders above it.",
        good="`from ..core import x` in app/api/users.py",
        bad="`from ...... import x` in app/a.py",
        fix="Import from a package of the repository.",
        action="correct the import in {path}:{line}",
        ways=(EDIT, BACK),
    ),
    CodeDoc(
        code="A905",
        title="Source file that does not parse",
        means="The file is no valid Python, so what it imports is unknown. In TypeScript, JavaScript and Go: a word of an import stands in "
        "text that is no valid syntax, or the file is over half a MiB and imports something.",
        good="the file compiles",
        bad="`def f(:`",
        fix="Correct the syntax. If the project uses a newer Python than forgewatch runs on, let requires-python say so.",
        action="correct the syntax of {path}:{line}",
        ways=(EDIT, BACK),
    ),
    CodeDoc(
        code="A906",
        title="Changed source file that could not be read",
        means="The bytes of a changed source file are not known: unreadable, or over the limit of a scanned source file.",
        good="a regular file of less than 8 MiB",
        bad="a file without read permission",
        fix="Make the file readable, or smaller.",
        action="make {path} readable ({actual})",
        ways=(EDIT, BACK),
    ),
    CodeDoc(
        code="A907",
        title="Local module under the name of a famous distribution",
        means="A module that is new in this cycle takes the name of a well-known distribution that is not declared. The import may mean "
        "either, depending on where the program is started.",
        good="app/http_client.py, imported as `app.http_client`",
        bad="a new requests.py at the root, and `import requests` in app/a.py",
        fix="Give the module another name, or declare the distribution.",
        action="rename the local module or declare {expected}",
        allows=("path", "manifest"),
        ways=(("declare", "sync manifest", "test"), EDIT),
    ),
    CodeDoc(
        code="A908",
        title="Sources whose imports are not judged",
        means="Files changed whose imports nothing here reads, beside files that are judged. Shown so that nobody takes silence for a "
        "pass. TypeScript, JavaScript and Go are read where `forgewatch[polyglot]` is installed.",
        good="only Python changed",
        bad="app/a.py and core/lib.rs changed",
        fix="Install the extra where the text names it; otherwise nothing has to be done.",
        action="nothing",
        note=True,
    ),
    CodeDoc(
        code="A909",
        title="Optional import that is not declared",
        means="An import inside `try: ... except ImportError` names a module that no manifest declares. The program says that it works "
        "without it.",
        good="the distribution is declared as an extra",
        bad="`try: import orjson` with `except ImportError`, declared nowhere",
        fix="Declare it as an optional dependency.",
        action="declare {expected} as optional",
        allows=("path", "manifest"),
        note=True,
    ),
    CodeDoc(
        code="A910",
        title="Link under a Python name to code that is not judged",
        means="A link that is named like a Python file is new or changed, or lost its target in this cycle, and leads to no Python file "
        "of the judged tree: to an ignored, missing or absolute place, to a folder, out of the repository, or in a circle. What runs under "
        "that name could be anything, at any time.",
        good="app/shared.py -> ../lib/shared.py, a file of the repository",
        bad="app/impl.py -> ../node_modules/impl.py, which is ignored",
        fix="Put the file itself in the place of the link, or let the link lead, by the shortest relative path, to a file of the "
        "repository.",
        action="replace the link {path} by the file itself",
        ways=(EDIT, BACK),
    ),
    CodeDoc(
        code="A912",
        title="Type-only import that is not declared",
        means="An import that only the type checker follows (`if TYPE_CHECKING`, a stub file) names a module that no manifest declares. "
        "The program never runs it.",
        good="`typing_extensions` under TYPE_CHECKING, which every type checker brings",
        bad="`if TYPE_CHECKING: import boto3_stubs`, declared nowhere",
        fix="Declare it for development, so that the type checker of everybody finds it.",
        action="declare {expected} for development",
        allows=("path", "manifest"),
        note=True,
    ),
    CodeDoc(
        code="A913",
        title="Manifests that were not read",
        means="There are more manifests than one audit reads. Those above changed files are read first; "
        "what the others declare is not known.",
        good="one manifest per service",
        bad="a hundred generated requirements files",
        fix="Let forge.json name the manifest of the product, or ignore generated manifests.",
        action="nothing",
        note=True,
    ),
    CodeDoc(
        code="A914",
        title="Python file for a newer Python",
        means="The file does not parse under the Python that forgewatch runs on, and the project allows a newer one, which may read it. "
        "What it imports is unknown. Where nothing else is found the check could not be judged at all.",
        good="forgewatch runs on the Python of the project",
        bad="`type Names = list[str]`, requires-python >= 3.12, and forgewatch on Python 3.11",
        fix="Run forgewatch on the Python of the project.",
        action="nothing",
        note=True,
    ),
    CodeDoc(
        code="A915",
        title="Import that only a bundler explains",
        means="An import by a name that no package can have (`@/x`, `~/x`, `#x`) is explained by no tsconfig.json and no `imports` of a "
        "package.json. A bundler is configured above the file and may give such names to files; its configuration is a program, and is "
        "not run.",
        good="`paths` of tsconfig.json name `@/*`",
        bad="`import x from '@/x'`, vite.config.ts, and no tsconfig.json",
        fix="Say in tsconfig.json or jsconfig.json what the name means.",
        action="nothing",
        note=True,
    ),
    CodeDoc(
        code="A916",
        title="Import of a folder that is never judged",
        means="A Python file imports from `__pycache__` or `node_modules`. Tools fill these unasked, so an audit leaves out "
        "what git does not track there: code in them runs unseen.",
        good="`from app import helpers`, a file of the repository",
        bad="`from app.__pycache__ import helpers`",
        fix="Put the code where it is judged.",
        action="move what {path}:{line} imports to a judged file",
        ways=(EDIT, BACK),
    ),
    CodeDoc(
        code="A917",
        title="Source that the operator calls data",
        means="The operator's `scope.data` names the file: templates, examples and deliberately broken test data look like source and are "
        "not run. Neither its imports nor its routes are judged.",
        good="`scope: {data: [tests/data/]}` and tests/data/broken.py",
        bad="app/main.py below a folder that `scope.data` names",
        fix="Take the path out of `scope.data` when it is code after all.",
        action="nothing",
        note=True,
    ),
    CodeDoc(
        code="A918",
        title="Import through a link that leads away",
        means="A link stands where an import looks for a folder, and leads to no folder of the repository; or such a link took the place "
        "of a folder with source files. The code behind it runs and no audit sees it.",
        good="app/shared, a link to ../lib/shared",
        bad="app/shared, a link to /opt/shared, and `from app.shared import tools`",
        fix="Put the code into the repository, or declare it as a distribution.",
        action="put the code behind {path} where it is judged",
    ),
)
