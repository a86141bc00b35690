"""`test`: runs the tests of a repository and keeps what came of it as evidence (contract §9, §9.2).

Exit 0 all passed, 1 a step failed or was not the same every time, 2 the tests could not be run (STOP line).
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path

from forgewatch.app.testing import Tested, Wanted
from forgewatch.cli import places, screen
from forgewatch.cli.test_view import TestView
from forgewatch.core.bench import Part
from forgewatch.core.errors import EnvironmentFault, TestsStopped
from forgewatch.core.step_result import StepResult
from forgewatch.core.text import escape, recordable
from forgewatch.core.verdict import StopReason
from forgewatch.wiring.testing import open_tests

SCHEMA = "forgewatch/test/v1"
FAILED = 1
_SHOWN = 50


def run(args: Namespace) -> int:
    """Run the tests, record, show. Raises EnvironmentFault when there is no result."""
    root = places.repository(args)
    wanted = Wanted(scope=args.scope, offline=args.offline, repeat=args.repeat, words=_words(args))
    try:
        with TestView(quiet=args.json) as view, open_tests(root, args.config, view) as opened:
            tested = opened.runner.run(wanted)
            unsealed = opened.unsealed()
    except EnvironmentFault as error:
        screen.note(f"STOP: {error.stop if isinstance(error, TestsStopped) else StopReason.ENVIRONMENT_LIMITATION}")
        raise
    if args.json:
        screen.show_json(_document(root, tested), screen.KEPT)
    else:
        screen.show("\n".join(_lines(tested)), screen.KEPT)
    screen.unsealed(unsealed)
    return 0 if tested.run.passed else FAILED


def _words(args: Namespace) -> str:
    scope = [f"--scope {args.scope}"] if args.scope else []
    repeat = [f"--repeat {args.repeat}"] if args.repeat > 1 else []
    return " ".join(["forgewatch test", *scope, *(["--offline"] if args.offline else []), *repeat])


def _stop(tested: Tested) -> StopReason | None:
    if tested.run.passed:
        return None
    # In the order in which a reason is told when several hold (C-21): who lacks the tool has shown nothing about the tests.
    if any(result.lacks for result in tested.run.every):
        return StopReason.ENVIRONMENT_LIMITATION
    return StopReason.NON_DETERMINISTIC_BEHAVIOR if tested.run.unsteady else StopReason.EVIDENCE_MISSING


def _lines(tested: Tested) -> Iterator[str]:
    run, stop = tested.run, _stop(tested)
    told = [*run.failing, *(f"not the same every time: {name}" for name in run.unsteady)]
    if told:
        yield "Failing tests:"
        yield from (f"- {escape(name)}" for name in told[:_SHOWN])
        yield from ([f"- and {len(told) - _SHOWN} more"] if len(told) > _SHOWN else [])
    yield from (f"note: {escape(note)}" for note in run.notes)
    yield "  ".join(f"{part.capitalize()}: {run.part(part)}" for part in Part)
    yield f"Tree: {run.where.tree}  {run.where.level}, {', '.join(run.where.notes)}"
    yield _attested(tested)
    yield from ([f"STOP: {stop}"] if stop else [])
    yield f"Status: {screen.paint('PASS' if run.passed else 'FAIL')}"


def _attested(tested: Tested) -> str:
    if tested.recorded is None:
        return tested.note
    place = f"entry {tested.recorded.seq} {tested.recorded.leaf}"
    if not tested.run.passed:
        return f"recorded; {place}"
    return f"recorded, of one side only and so not attested; {place}" if tested.run.where.scope else f"attested; {place}"


def _document(root: Path, tested: Tested) -> Mapping[str, object]:
    run, where = tested.run, tested.run.where
    executed, failed = run.counts or (None, None)
    recorded = tested.recorded
    return {
        "schema": SCHEMA,
        "repository": str(root),
        "status": "PASS" if run.passed else "FAIL",
        "stop": _stop(tested),
        "start": run.start,
        "end": run.end,
        "branch": recordable(where.branch) if where.branch else None,
        "head": where.head,
        "tree": where.tree,
        "sandbox": where.level,
        "surroundings": list(where.notes),
        "runtime": where.runtime,
        "offline": where.offline,
        "repeat": where.repeat,
        "scope": where.scope or None,
        "parts": {part: run.part(part) for part in Part},
        "steps": [_step(result) for result in run.every],
        "executed": executed,
        "failed": failed,
        "failing": [recordable(name) for name in run.failing],
        "unsteady": [recordable(name) for name in run.unsteady],
        "notes": list(run.notes),
        "record": tested.record,
        "attested": recorded is not None and run.passed and not where.scope,
        "entry": {"seq": recorded.seq, "leaf": recorded.leaf} if recorded else None,
        "note": tested.note or None,
    }


def _step(result: StepResult) -> Mapping[str, object]:
    counts = result.counts
    return {
        "part": result.step.part,
        "name": result.step.name,
        "command": [recordable(word) for word in result.step.argv],
        "folder": recordable(result.step.folder),
        "exit": result.exit,
        "passed": result.passed,
        "why": recordable(result.why) or None,
        "hint": recordable(result.hint) or None,
        "seconds": round(result.seconds, 3),
        "summary": recordable(result.summary),
        "tests": {"passed": counts.passed, "failed": counts.failed, "skipped": counts.skipped} if counts else None,
        "output": result.output,
    }
