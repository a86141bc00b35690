"""Which commands verify a repository, by its forge.json and the files beside it (contract §9, §9.1, §9.2).

The plan is a pure function of bytes, so that of BASE can be made too. Where the two differ both run, each as a whole on a copy of its own:
a change of forge.json may add commands, and what it adds cannot prepare the ground for those that were authorized (architecture.md, Policy
judged by both versions).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from forgewatch.core.bench import Part, Step
from forgewatch.core.stack import Side, Stack
from forgewatch.core.step_names import told_apart
from forgewatch.core.steps_of_node import NODE_FILES, is_node, node_steps, script_named, script_of
from forgewatch.core.steps_of_python import PACKAGE_MARKER, PYTHON_FILES, PYTHON_MARKERS, markers_of, python_steps
from forgewatch.core.values import Absent, Content, RepoPath

Files = Mapping[RepoPath, Content]

GO_MOD = "go.mod"
_MOST_KEYS = 5
"""Keys that name no part and are told; the rest are like them."""
_GO = ("go", "golang")
_FRAMEWORKS = {"pytest": "python", "unittest": "python", "vitest": "node", "jest": "node", "mocha": "node", "go test": "go"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps in the contract's order, with names that differ within a part, and what a person has to know of how they came about.
    `authorized` are those of BASE, empty where they are the same."""

    steps: tuple[Step, ...]
    authorized: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def parts(self) -> frozenset[Part]:
        """The parts that have a step."""
        return frozenset(step.part for step in self.steps)


def plan_files(stack: Stack) -> tuple[RepoPath, ...]:
    """Return every path that the plan of this stack looks at, forge.json apart."""
    folders = {"", *(_folder(side, "package.json") for side in (stack.backend, stack.frontend) if side), "frontend"}
    names = (*PYTHON_FILES, *NODE_FILES, GO_MOD)
    settings = (RepoPath(f"{folder}/{name}" if folder else name) for folder in sorted(folders) for name in names)
    return (*settings, *(path for side in (stack.backend, stack.frontend) if side for path in markers_of(side)))


def plan_of(stack: Stack, files: Files, scope: str = "", *, tested: bool = True) -> Plan:
    """Return the plan. `files` are those of `plan_files`; `scope` is a side, or empty for both. Without any test (not `tested`) the
    language's own commands that run them are left out: a project may begin in another language than its first forge.json says.

    A part that forge.json lists by hand has these commands only; the others have those of the language. A language nobody here knows
    has none, and a note says so.
    """
    steps: list[Step] = []
    notes: list[str] = ["there is no stack in forge.json: its defaults hold"] if stack.assumed else []
    if stack.unheard:
        told = ", ".join(stack.unheard[:_MOST_KEYS])
        notes.append(f"nothing runs for {told} of forge.json: the parts are {', '.join(Part)}")
    sides = {"backend": stack.backend, "frontend": stack.frontend}
    for name, side in sides.items():
        if side is None or scope not in ("", name):
            continue
        before = len(notes)
        usual = [step for step in _usual(name, side, files, notes) if tested or step.part is not Part.BEHAVIOR]
        found = [step for step in usual if step.part not in side.commands]
        found += [step for listed in side.commands.values() for step in listed]
        is_tested = Part.BEHAVIOR in side.commands or any(step.part is Part.BEHAVIOR for step in found)
        if name == "frontend" and tested and not is_tested:
            notes.append("nothing tests the frontend: name its folder as frontend.dir in forge.json, or list commands under frontend.test")
        if name == "backend" and tested and not is_tested and len(notes) == before:
            notes.append(
                "nothing tests the backend: name pytest, unittest, vitest or jest as its test_framework, or list commands under test"
            )
        # Both sides may be one package: what it configures runs once.
        known = {_essence(step) for step in steps}
        steps += [step for step in found if _essence(step) not in known]
    return Plan(steps=_in_order(steps), notes=tuple(notes))


def with_base(now: Plan, base: Plan, files: Files, base_files: Files, alike: Plan | None = None) -> Plan:
    """Return the plan with that of BASE beside it. A step of BASE whose folder is gone is dropped with a note.

    A script of a package.json is a command as well: where it changed, the one of BASE is what is authorized. `alike` is the plan to compare
    with that of BASE, where that was made by other rules than `now`.
    """
    kept = [_as_at_base(step, files, base_files) for step in base.steps if not _is_gone(step.folder, files, base_files)]
    gone = sorted({step.folder for step in base.steps if _is_gone(step.folder, files, base_files)})
    notes = [*now.notes, *(f"the commands of the authorized version in {folder} are dropped: it is gone" for folder in gone)]
    if not kept or {_essence(step) for step in kept} == {_essence(step) for step in (alike or now).steps}:
        return replace(now, notes=tuple(notes))
    notes.append(
        "the commands are not those of the authorized version, which run too, on a copy of their own, until the change is authorized or "
        "adopted: they are named -base"
    )
    authorized = told_apart(replace(step, name=f"{step.name}-base") for step in kept)
    return Plan(steps=now.steps, authorized=authorized, notes=tuple(notes))


def on_this_ground(base_files: Files, files: Files) -> Files:
    """Return the files of BASE as its commands meet them in the copy: they are BASE's, but whether a folder of tests is a package is a fact
    of the tree that they run over, and no rule that somebody authorized."""
    return {path: files.get(path, Absent()) if path.endswith(f"/{PACKAGE_MARKER}") else content for path, content in base_files.items()}


def has_stack(stack: Stack, files: Files) -> bool:
    """True when the version says what it is: by forge.json, or by a manifest. Defaults alone are no commands that anybody wanted."""
    return not stack.assumed or any(name in files and not isinstance(files[name], Absent) for name in _MARKERS)


_MARKERS = tuple(map(RepoPath, (*PYTHON_MARKERS, "package.json", GO_MOD)))


def _in_order(steps: list[Step]) -> tuple[Step, ...]:
    return told_apart(step for part in Part for step in steps if step.part is part)


def _essence(step: Step) -> tuple[Part, tuple[str, ...], str]:
    return step.part, step.argv, step.folder


def _is_gone(folder: str, files: Files, base_files: Files) -> bool:
    inside = [path for path, content in base_files.items() if path.startswith(f"{folder}/") and not isinstance(content, Absent)]
    return bool(folder and inside) and all(isinstance(files.get(path, Absent()), Absent) for path in inside)


def _as_at_base(step: Step, files: Files, base_files: Files) -> Step:
    """Return the step of BASE. A script that changed is spelled out: `npm test` would run the new one."""
    name = script_named(step.argv)
    script = script_of(base_files, step.folder, name) if name else ""
    if not script or script == script_of(files, step.folder, name):
        return step
    # npm hands the words to a shell with the project's own programs in front, as it does with a script.
    return replace(step, argv=("npm", "exec", "--offline", "-c", script))


def _usual(name: str, side: Side, files: Files, notes: list[str]) -> Iterator[Step]:
    language = side.language.casefold() or _guessed(name, side, files)
    if not _is_known(language):
        # `fastapi` is no language; pytest is one's framework.
        language = next((known for word, known in _FRAMEWORKS.items() if word in side.test_framework.casefold()), language)
    if is_node(language):
        yield from node_steps(side, files, _folder(side, "package.json", name, files))
    elif language.startswith("python"):
        yield from python_steps(side, files)
    elif language in _GO:
        folder = _folder(side, GO_MOD)
        yield Step(part=Part.STATIC, name="vet", argv=("go", "vet", "./..."), folder=folder)
        yield Step(part=Part.BEHAVIOR, name="go-test", argv=("go", "test", "-count=1", "-v", "./..."), folder=folder)
    elif Part.BEHAVIOR not in side.commands:
        notes.append(f"no commands are known for the language of the {name}: list them in forge.json under test")


def _is_known(language: str) -> bool:
    return is_node(language) or language.startswith("python") or language in _GO


def _guessed(name: str, side: Side, files: Files) -> str:
    """Return the language of a side that does not name it: by its manifest, else Python for the back end, Node for the front end."""
    if name == "frontend":
        return "node"
    named = (side.dependency_file or "").rpartition("/")[2]
    present = [marker for marker in _MARKERS if not isinstance(files.get(marker, Absent()), Absent)]
    for manifest, language in (("package.json", "node"), (GO_MOD, "go")):
        only = present and all(marker == manifest for marker in present)
        if named == manifest or (not named and only):
            return language
    return "python"


def _folder(side: Side, manifest: str, name: str = "", files: Files | None = None) -> str:
    """Return the folder of the manifest: where forge.json says, by the manifest or by the folder; for a front end of which it says
    neither, `frontend` if that has one."""
    folder, _, named = (side.dependency_file or "").rpartition("/")
    if named == manifest:
        return folder
    if side.dir is not None:
        return side.dir
    usual = RepoPath(f"frontend/{manifest}")
    return "frontend" if name == "frontend" and files and not isinstance(files.get(usual, Absent()), Absent) else ""
