"""The records of a run of the tests: `test_runs_latest.md` and the entry in `test_runs.md`, byte for byte (contract §9.2).

Both are read again: by the test gate (checks.md A8), by the helper of the diff log, by people. Names, commands and output are a
builder's text: escaped, bounded, without secrets. Output stands in a fence that none of its lines can close.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from forgewatch.core.bench import Part
from forgewatch.core.redaction import without_secrets
from forgewatch.core.step_result import StepResult, Surroundings, TestsRun
from forgewatch.core.testrecord_counts import tests_executed, tests_failed
from forgewatch.core.testrecord_exits import told_exits
from forgewatch.core.text import counted, escape, quoted
from forgewatch.core.values import CommitId

GIT_UNAVAILABLE = "git unavailable"
"""The contract's words where nothing is known of HEAD (contract §9.2)."""
MOST_FAILING = 50
MOST_STATUS = 200
MOST_OUTPUTS = 20
LAST_LINES = 40
LAST_CHARS = 16_384
_LINE_CHARS = 240
_UNNAMED = "a test whose name reads like a result"
_UNTOLD = "see the output"


@dataclass(frozen=True, slots=True)
class Stood:
    """Where the repository stood when a run began: the branch, None when HEAD names none, and the commit, None before the first."""

    branch: str | None
    head: CommitId | None


def latest_record(run: TestsRun) -> bytes:
    """Return `test_runs_latest.md`: UTF-8 without BOM, LF; line 1 is the status and nothing else."""
    return "\n".join([f"Status: {'PASS' if run.passed else 'FAIL'}", *_facts(run)]).encode() + b"\n"


def run_begun(start: str, words: str) -> bytes:
    """Return what `test_runs.md` gets before anything runs: whoever is killed leaves this. It begins on a line of its own, whatever a
    torn line before it ends in."""
    return f"\n## Test Run {start}\n- Started: {start}\n- Command: {escape(words)}\n".encode()


def run_ended(run: TestsRun) -> bytes:
    """Return the rest of the entry of a run that came to its end."""
    return "\n".join([f"- Status: {'PASS' if run.passed else 'FAIL'}", *(_bullet(line) for line in _facts(run))]).encode() + b"\n"


def run_broken(end: str, why: str, stood: Stood | None) -> bytes:
    """Return the rest of the entry of a run that could not be, or was interrupted. `stood` None: git did not say where it stood."""
    where = _where(stood.branch, stood.head) if stood else (f"Branch: {GIT_UNAVAILABLE}", f"HEAD: {GIT_UNAVAILABLE}")
    return "".join(f"- {line}\n" for line in (f"End: {end}", *where, f"Status: FAIL, {escape(why)}")).encode()


def _where(branch: str | None, head: CommitId | None) -> tuple[str, str]:
    return f"Branch: {escape(branch) if branch else '(no branch)'}", f"HEAD: {head or 'no commit yet'}"


def _bullet(line: str) -> str:
    return line if line.startswith(("|", "```", "- ")) or not line else f"- {line}"


def _facts(run: TestsRun) -> Iterator[str]:
    where = run.where
    yield f"Start: {run.start}"
    yield f"End: {run.end}"
    yield from _where(where.branch, where.head)
    yield f"Tree: {where.tree}"
    yield f"Runtime path: {_plainly(where.runtime, 'see the journal')}"
    yield f"Sandbox: {_plainly(', '.join((where.level, *where.notes)), str(where.level))}"
    yield from _asked(where)
    for part in Part:
        yield f"{part.capitalize()}: {run.part(part)}"
        for result in (result for result in run.every if result.step.part is part):
            yield from _step_lines(result)
    yield from (f"Note: {_plainly(note, 'see forgewatch test')}" for note in run.notes)
    yield from _failing(run)
    yield from _status(where.status)
    yield from ("", "Git diff --stat:", "```text", *(f"| {escape(line)}" for line in where.stat), "```")
    failed = [result for result in run.every if not result.passed]
    for result in failed[:MOST_OUTPUTS]:
        yield from _output(result)
    if len(failed) > MOST_OUTPUTS:
        yield f"Note: the output of {counted(len(failed) - MOST_OUTPUTS, 'more step')} that failed is not shown"


def _asked(where: Surroundings) -> Iterator[str]:
    if where.scope:
        yield f"Scope: {where.scope} only"
    if where.repeat > 1:
        yield f"Repeated: {where.repeat} times"


def _step_lines(result: StepResult) -> Iterator[str]:
    name = f"{result.step.part} {result.step.name}"
    command = shlex.join(result.step.argv) + (f" (in {result.step.folder})" if result.step.folder else "")
    yield f"{name} command: {_plainly(command, 'see forge.json')}"
    yield f"{name} exit: {'none' if result.exit is None else result.exit}"
    # Counts are ours to say; why a step did not end may quote a builder.
    yield f"{name} summary: {escape(result.summary) if result.counts else _plainly(result.summary, _UNTOLD)}"


def _plainly(text: str, instead: str) -> str:
    """Return the text as one harmless line; `instead` where it would be read as a count or an exit (a command `run --fail: 3`)."""
    shown = escape(without_secrets(text), _LINE_CHARS)
    lines = (f"x: {shown}",)
    told = tests_executed(lines) is not None or tests_failed(lines) or any(told_exits(lines))
    return instead if told else shown


def _failing_name(name: str) -> str:
    """The parameters of a test are what a builder likes: `test_x[9 passed]` is no count. What a step says of itself is ours."""
    return _plainly(name, _plainly(name.partition("[")[0], _UNNAMED)) if "::" in name else escape(without_secrets(name))


def _failing(run: TestsRun) -> Iterator[str]:
    yield "Failing tests:"
    names = (*run.failing, *(f"not the same every time: {name}" for name in run.unsteady))
    yield from (f"- {_failing_name(name)}" for name in names[:MOST_FAILING])
    if len(names) > MOST_FAILING:
        yield f"- and {len(names) - MOST_FAILING} more"
    if not names:
        yield "- None"


def _status(lines: Sequence[str]) -> Iterator[str]:
    """Yield what git would say of the tree; the branch stands above."""
    changed = [line for line in lines if not line.startswith("## ")]
    yield from ("", "Git status:", "```text")
    yield from (f"| {escape(line)}" for line in changed[:MOST_STATUS])
    if len(changed) > MOST_STATUS:
        yield f"| and {len(changed) - MOST_STATUS} more"
    yield f"| {counted(len(changed), 'path')} changed"
    yield "```"


def _output(result: StepResult) -> Iterator[str]:
    """Yield the end of a step's output. The mark before each line keeps it from closing the fence."""
    yield from ("", f"Last output of {result.step.part} {result.step.name}:", "```text")
    yield from (f"| {line}" for line in last_lines(result, LAST_LINES))
    yield "```"


def last_lines(result: StepResult, most: int) -> tuple[str, ...]:
    """Return the last lines of a step's output that are not blank, at most `most`: as they are, but for secrets and what nobody
    would see."""
    text = without_secrets(result.last[-LAST_CHARS:])
    # A tab would be shown as its escape: go writes them in every line.
    lines = [line.rstrip().rpartition("\r")[2].expandtabs() for line in text.split("\n")]
    said = [line for line in lines if line.strip()][-most:]
    # Shown as code, behind a mark of ours in each line: there a traceback and a rule of hyphens may stay what they are.
    return tuple(quoted(line if len(line) <= _LINE_CHARS else f"{line[: _LINE_CHARS - 1]}…") for line in said)
