"""Interactive shells that complete a line for real: what would stand there after the completion key."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

SECONDS = 30
# Whatever was completed is run, and tells its words.
_TELL = """forgewatch() { printf '<%s>' "$@"; printf '\\n'; }\n"""
_ZSHRC = """
fpath=({folder} $fpath)
autoload -Uz compinit
compinit -u -d {cache}
every() {{ _main_complete; compstate[insert]=all }}
zle -C every complete-word every
bindkey -e
bindkey '^T' every
PS1='READY> '
"""


@dataclass(frozen=True)
class Completions:
    """The completion files in `folder`; files are completed below `place`. `home` is kept between the shells: zsh caches there."""

    folder: Path
    place: Path
    home: Path

    def environment(self, **more: str) -> dict[str, str]:
        """The whole environment of a shell."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C.UTF-8", **more}

    def bash(self, line: str) -> set[str]:
        """What bash inserts for all completions at once (insert-completions, M-*)."""
        typed = f"source {shlex.quote(str(self.folder / 'forgewatch.bash'))}\n{_TELL}{line}\x1b*\nexit\n"
        argv = ["bash", "--norc", "--noprofile", "-i"]
        run = self._run(argv, input=typed, env=self.environment(TERM="xterm", HISTFILE=""))
        return inserted(run.stdout, line)

    def zsh(self, line: str) -> set[str]:
        """What zsh inserts for all completions at once."""
        cache = shlex.quote(str(self.home / "zcompdump"))
        (self.home / ".zshrc").write_text(_ZSHRC.format(folder=shlex.quote(str(self.folder)), cache=cache) + _TELL)
        environment = self.environment(ZDOTDIR=str(self.home), TERM="dumb")
        return inserted(on_a_terminal(["zsh", "-d", "-i"], f"{line}\x14\nexit\n", self.place, environment), line)

    def fish(self, line: str) -> set[str]:
        """What fish offers, without the descriptions."""
        script = f'source {shlex.quote(str(self.folder / "forgewatch.fish"))}; complete -C "$argv[1]"'
        run = self._run(["fish", "--no-config", "-c", script, "--", line], env=self.environment())
        assert run.stderr == ""
        return {offer.partition("\t")[0].rstrip("/") for offer in run.stdout.splitlines()}

    def _run(self, argv: list[str], env: Mapping[str, str], input: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(argv, cwd=self.place, env=env, input=input, capture_output=True, text=True, timeout=SECONDS, check=True)


def shell(name: str) -> Callable[[Completions, str], set[str]]:
    """The way to complete with this shell; skips where it is not installed."""
    needs(name)
    return {"bash": Completions.bash, "zsh": Completions.zsh, "fish": Completions.fish}[name]


def needs(program: str) -> None:
    """Skip the test where the program is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not on this machine")


def inserted(output: str, line: str) -> set[str]:
    """The words that the completed command told, without those that were typed before and without the unfinished one."""
    told = [found for found in output.replace("\r", "\n").splitlines() if re.fullmatch(r"(<[^<>]*>)+", found)]
    assert len(told) == 1, output
    whole, unfinished = shlex.split(line), ""
    if not line.endswith(" "):
        *whole, unfinished = whole
    return {word.rstrip("/") for word in re.findall("<([^<>]*)>", told[0])[len(whole) - 1 :]} - {unfinished, ""}


def on_a_terminal(argv: list[str], typed: str, place: Path, environment: Mapping[str, str]) -> str:
    """Run a program on a terminal of its own, type once it says `READY> `, and return what it wrote until its end."""
    terminal, its_side = pty.openpty()
    process = subprocess.Popen(argv, stdin=its_side, stdout=its_side, stderr=its_side, start_new_session=True, cwd=place, env=environment)
    os.close(its_side)
    output, pending = b"", typed.encode()
    while select.select([terminal], [], [], SECONDS)[0]:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break  # the other side is closed
        output += piece
        if pending and b"READY> " in output:
            os.write(terminal, pending)
            pending = b""
    os.close(terminal)
    process.kill()
    process.wait()
    return output.decode("utf-8", "replace")
