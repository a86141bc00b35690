"""`difflog start|finish`: the contract's helper where it writes the log (contract §11, §12).

Exit 0; 1 refused: out of order, a placeholder, nothing known about a part, or something that an audit would say.
"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass, replace
from pathlib import Path

from forgewatch.app.difflog_cycle import OVERWRITE, Seen, Written, permit, summary, without_word
from forgewatch.cli import difflog_told, places, screen
from forgewatch.core.difflog import Label
from forgewatch.core.difflog_plan import Ending, Plan
from forgewatch.core.difflog_steps import Refusal
from forgewatch.core.errors import UsageError
from forgewatch.core.phase_words import parse_phase
from forgewatch.core.readings import log_of
from forgewatch.core.values import UNKNOWN_PHASE, Phase, Refused, RepoPath, parse_repo_path
from forgewatch.wiring.detached import Watcher, have_watched, watching
from forgewatch.wiring.difflog import Scribe, open_scribe


def run(root: Path, args: Namespace) -> int:
    """Do the verb. Raises UsageError, and EnvironmentFault when the log cannot be written or the repository not be looked at."""
    return _start(root, args) if args.verb == "start" else _finish(root, args)


@dataclass(slots=True)
class _Asked:
    """Who asks for the word, and the answer. What would be overwritten on, and what was before, is told first."""

    args: Namespace
    told: difflog_told.Told

    def word(self, scribe: Scribe, seen: Seen, phase: Phase) -> Refusal | None:
        """Return None where no word is needed, or it was said."""
        if scribe.is_dirty(seen):
            self.told.dirty(seen.facts)
        if not scribe.needs_word(seen, phase):
            return None
        given: str | None = self.args.token
        if given is None and not self.args.json and screen.on_a_terminal():
            given = screen.answered(f"Overwrite the diff log on this tree? It authorizes no commit. Type {OVERWRITE} to go on.")
        return without_word(given)


def _start(root: Path, args: Namespace) -> int:
    plan = _plan(args)
    told = difflog_told.Told(root, args.verb, as_json=args.json)
    with open_scribe(root, args.config) as scribe:
        # 1. What lies there is summarised before anything else (contract §11, 1).
        seen = scribe.see()
        told.previous(summary(seen))
        plan = plan if plan.phase != UNKNOWN_PHASE else replace(plan, phase=_last_phase(seen))
        # 2. Is it the time for it? 3. Does somebody have to say so first?
        refused = permit(seen, plan.phase) or _Asked(args, told).word(scribe, seen, plan.phase)
        # 4. It is written at once.
        answer = refused or scribe.start(seen, plan)
    if isinstance(answer, Refusal):
        return told.refused(answer)
    # 5. The watcher runs before the work begins (contract §10.1.1).
    watcher = have_watched(root, places.watcher_of(root, args.config)) if args.watch else watching(root)
    return told.written(answer, _next_of_start(answer, watcher, root), watcher)


def _finish(root: Path, args: Namespace) -> int:
    if not args.summary:
        raise UsageError("difflog finish: expected --summary TEXT, found none", "forgewatch difflog finish --help says what it takes")
    words: dict[Label, str] = {}
    for part, said in args.verification:
        label = Label(part.capitalize())
        words[label] = f"{words[label]}; {said}" if label in words else said
    ending = Ending(
        summary=tuple(args.summary),
        notes=None if args.notes is None else tuple(args.notes),
        next_steps=None if args.next_steps is None else tuple(args.next_steps),
        words=words,
        blocked=args.status == "blocked",
    )
    told = difflog_told.Told(root, args.verb, as_json=args.json)
    with open_scribe(root, args.config) as scribe:
        answer = scribe.finish(scribe.see(hunks=True), ending)
    if isinstance(answer, Refusal):
        return told.refused(answer)
    return told.written(answer, ["next: forgewatch difflog finalize"], None)


def _plan(args: Namespace) -> Plan:
    phase = UNKNOWN_PHASE if args.phase is None else parse_phase(args.phase)
    if phase == UNKNOWN_PHASE and not (args.skeleton and args.phase is None):
        raise UsageError(f"--phase: expected a phase with its number, as 'Phase 3 -- Auth', found {args.phase or 'none'!r}")
    if not args.skeleton and not (args.summary and args.files):
        raise UsageError("difflog start: expected --summary TEXT and --files PATH", "--skeleton leaves them for later, as TODO")
    return Plan(
        phase=phase,
        summary=tuple(args.summary),
        files=tuple(dict.fromkeys(map(_path, args.files))),
        notes=tuple(args.notes or ()),
        next_steps=tuple(args.next_steps or ()),
        skeleton=args.skeleton,
    )


def _last_phase(seen: Seen) -> Phase:
    """Return the phase that the log names, else that of the newest audit: the contract's script is called without words (contract §11)."""
    log, last = log_of(seen.reading), seen.state.last_entry
    told = (log.phase if log else UNKNOWN_PHASE, last.phase if last else UNKNOWN_PHASE)
    phase = next((phase for phase in told if phase != UNKNOWN_PHASE), None)
    if phase is None:
        raise UsageError("difflog start: expected --phase P, found none, and no log that names one", "--phase 'Phase 0 -- Genesis'")
    return phase


def _path(raw: str) -> RepoPath:
    parsed = parse_repo_path(raw)
    if isinstance(parsed, Refused):
        told = f"--files: expected a path below the repository's root, found {raw!r}, which {parsed.why}"
        raise UsageError(told, "name the files and folders that are going to change: --files app/login.py tests")
    return parsed


def _next_of_start(written: Written, watcher: Watcher | None, root: Path) -> list[str]:
    if written.placeholders:
        return [f"next: replace {written.placeholders} TODO, then forgewatch difflog check"]
    if watcher is not None:
        how = "was started" if watcher.started else "runs already"
        return [f"a watcher {how} (PID {watcher.pid})", "next: do the work, forgewatch test, then forgewatch difflog finish"]
    return [f"next: {places.watch_command(root)}; then the work"]
