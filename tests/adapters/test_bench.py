"""The sandbox around the copy: what a step reaches and what not, what is shown beside the copy, and what is left of it all."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from forgewatch.core.bench import Level, Part, Step
from forgewatch.core.errors import EnvironmentFault
from forgewatch.core.report import Failed
from forgewatch.core.settings import Network, Sandbox
from forgewatch.core.values import RepoPath
from forgewatch.core.verdict import StopReason
from tests.support.benches import LEVELS, Ear, Workshop, require_sandbox
from tests.support.builder import Builder

CONNECT = "import socket; socket.create_connection(('127.0.0.1', {port}), timeout=3).close()"


@pytest.fixture
def workshop(builder: Builder, tmp_path: Path) -> Workshop:
    """Benches for a small repository."""
    (tmp_path / "state").mkdir()
    builder.write(".gitignore", ".venv/\nvenv\nnode_modules\nvendor\n.env\n").commit("ignored")
    return Workshop(builder, tmp_path)


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine that answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)

        def serve() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def contents(root: Path) -> dict[str, bytes | str]:
    return {
        str(path.relative_to(root)): os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in sorted(root.rglob("*"))
        if ".git" not in path.parts and (path.is_symlink() or path.is_file())
    }


# ---- what a step reaches


def test_the_network_of_the_machine_is_out_of_reach_and_a_loopback_of_its_own_is_up(workshop: Workshop, port: int) -> None:
    assert workshop.run("python3", "-c", CONNECT.format(port=port)).exit == 1
    assert workshop.run("python3", "-c", "import socket; socket.getaddrinfo('example.org', 80)").exit == 1
    assert workshop.says("python3", "-c", "import socket; print(socket.gethostbyname(socket.gethostname()))").startswith("127.")
    own = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"
    assert workshop.run("python3", "-c", own).exit == 0


def test_the_operator_may_open_the_network_and_offline_closes_it_again(workshop: Workshop, port: int) -> None:
    workshop.set(network=Network.HOST)
    step = Step(part=Part.BEHAVIOR, name="connect", argv=("python3", "-c", CONNECT.format(port=port)))
    with workshop.bench() as bench:
        assert bench.run(step, Ear()).exit == 0
        assert "network host" in bench.notes
    with workshop.bench(offline=True) as bench:
        assert bench.run(step, Ear()).exit == 1
        assert "network none" in bench.notes


def test_without_a_sandbox_offline_cannot_be_kept_and_is_refused(workshop: Workshop) -> None:
    with pytest.raises(EnvironmentFault, match="sandbox: none") as refused, workshop.set(sandbox=Sandbox.NONE).bench(offline=True):
        pass
    assert refused.value.hint
    assert workshop.left == []


def test_nothing_but_the_copy_and_temporary_folders_can_be_written(workshop: Workshop) -> None:
    script = (
        "for d in / /usr /etc /opt /home /root /var /run /proc /dev/shm /tmp /var/tmp . app; do touch $d/x 2>/dev/null && echo $d; done"
    )
    assert set(workshop.says("sh", "-c", f"{script}; true").split()) == {"/dev/shm", "/tmp", "/var/tmp", ".", "app"}


def test_homes_state_configuration_and_other_folders_are_not_there(workshop: Workshop) -> None:
    (workshop.top / "forgewatch.yaml").write_text("tests: {}\n")
    (workshop.state / "journal.jsonl").write_text("secret\n")
    (workshop.top / "other").mkdir()
    paths = [
        Path.home(),
        "/home",
        "/root",
        workshop.state,
        workshop.top / "forgewatch.yaml",
        workshop.top / "other",
        "/etc/forgewatch/x",
        "/srv",
    ]
    script = 'for p in "$@"; do [ -e "$p" ] && echo "$p"; done; true'
    assert workshop.says("sh", "-c", script, "sh", *map(str, paths)) == ""
    assert workshop.run("cat", "/etc/shadow").exit != 0


@pytest.mark.parametrize("setting", ["visible", "writable"])
def test_the_state_folder_and_the_configuration_are_hidden_also_where_the_operator_shows_what_is_around_them(
    workshop: Workshop, setting: str
) -> None:
    (workshop.top / "forgewatch.yaml").write_text("tests: {}\n")
    (workshop.state / "journal.jsonl").write_text("secret\n")
    (workshop.top / "shown").write_text("shown\n")
    workshop.set(**{setting: (str(workshop.top),)})
    said = workshop.says("sh", "-c", f"cd {workshop.top}; ls {workshop.state}; cat shown; cat forgewatch.yaml 2>/dev/null; true")
    assert said == "shown\n"
    workshop.says("sh", "-c", f"echo forged 2>/dev/null >> {workshop.state}/journal.jsonl; true")
    assert (workshop.state / "journal.jsonl").read_text() == "secret\n"


@pytest.mark.parametrize("setting", ["visible", "writable"])
def test_they_are_hidden_too_where_what_the_operator_shows_is_a_symlink(workshop: Workshop, setting: str) -> None:
    (workshop.top / "forgewatch.yaml").write_text("tests: {}\n")
    (workshop.state / "journal.jsonl").write_text("secret\n")
    link = workshop.top / "link"
    link.symlink_to(workshop.top)
    workshop.set(**{setting: (str(link),)})
    said = workshop.says("sh", "-c", f"ls {link}; ls {link}/state {workshop.state}; cat {link}/forgewatch.yaml; true").splitlines()
    assert ("state" in said, "journal.jsonl" in said, "tests: {}" in said) == (True, False, False)


def test_other_processes_of_the_machine_are_not_seen(workshop: Workshop) -> None:
    said = workshop.says("sh", "-c", "ls /proc | grep -c '^[0-9]'")
    assert int(said) < 8
    assert workshop.run("kill", "-0", str(os.getpid())).exit != 0 or os.getpid() < 8


def test_no_powers_are_left_and_none_can_be_had(workshop: Workshop) -> None:
    said = workshop.says("grep", "-E", "^Cap(Prm|Eff|Bnd)|^NoNewPrivs", "/proc/self/status").split()
    assert said[1::2] == ["0" * 16, "0" * 16, "0" * 16, "1"]


@pytest.mark.parametrize("level", LEVELS)
def test_the_environment_is_literal_but_for_what_the_operator_passes_on(workshop: Workshop, level: Sandbox) -> None:
    workshop.environ = {**workshop.environ, "SECRET": "1", "DATABASE_URL": "postgres:", "LD_LIBRARY_PATH": "/x", "PYTHONPATH": "/x"}
    workshop.set(sandbox=level, environment=("DATABASE_URL", "UNSET"))
    found = dict(line.split("=", 1) for line in workshop.says("env").splitlines())
    assert found.pop("DATABASE_URL") == "postgres:"
    assert set(found) - {"_", "OLDPWD", "SHLVL"} == {
        *("PATH", "HOME", "TMPDIR", "LC_ALL", "CI", "TERM", "PYTHONDONTWRITEBYTECODE", "GOPROXY", "GOTOOLCHAIN"),
        *("FORGEWATCH_STEP", "PWD"),
    }
    with workshop.bench() as bench:
        assert "environment DATABASE_URL, UNSET" in bench.notes


@pytest.mark.parametrize("level", LEVELS)
def test_home_is_a_fresh_folder_and_the_temporary_one_too(workshop: Workshop, level: Sandbox) -> None:
    workshop.set(sandbox=level)
    said = workshop.says("sh", "-c", 'ls -A "$HOME"; echo x > "$HOME/x" && echo y > "$TMPDIR/y" && cat "$HOME/x" "$TMPDIR/y"')
    assert said == "x\ny\n"


@pytest.mark.parametrize("level", LEVELS)
def test_the_working_tree_is_what_it_was_whatever_a_step_does_to_the_copy(workshop: Workshop, level: Sandbox) -> None:
    root = workshop.builder.root
    workshop.builder.write("node_modules/left/index.js", "1").write(".venv/lib/x.py", "1")
    before = contents(root)
    workshop.set(sandbox=level)
    assert (
        workshop.run(
            "sh", "-c", "rm -rf app; echo 1 > forge.json; echo 1 > new; mkdir -p node_modules/.cache && echo 1 > node_modules/.cache/x"
        ).exit
        == 0
    )
    assert contents(root) == before
    assert workshop.left == []


def test_steps_of_one_bench_share_the_copy_and_another_bench_has_a_fresh_one(workshop: Workshop) -> None:
    with workshop.bench() as bench:
        assert bench.files.read(RepoPath("app/a.py"), 100) == b"x = 1\n"
        assert bench.run(Step(part=Part.STATIC, name="write", argv=("sh", "-c", "echo 2 > app/a.py; echo 1 > /tmp/kept")), Ear()).exit == 0
        again = bench.run(Step(part=Part.BEHAVIOR, name="read", argv=("cat", "app/a.py", "/tmp/kept")), Ear())
        assert again.tail == b"2\n1\n"
        assert bench.copied.branch == "main"
        assert bench.level is Level.BUBBLEWRAP
    assert workshop.says("cat", "app/a.py") == "x = 1\n"


@pytest.mark.parametrize("folder", ["/dev/shm", "/var/tmp", "/run"])
def test_a_repository_may_be_anywhere(tmp_path: Path, folder: str) -> None:
    if not os.access(folder, os.W_OK):
        pytest.skip(f"{folder} cannot be written here")
    with tempfile.TemporaryDirectory(dir=folder) as top:
        root = Path(top) / "näh \udcff$(x) 'y"
        (tmp_path / "state").mkdir()
        workshop = Workshop(Builder.with_repository(root), tmp_path)
        assert workshop.says("sh", "-c", "cat app/a.py; pwd").encode("utf-8", "replace").startswith(b"x = 1\n/")


# ---- a sandbox or nothing


@pytest.mark.parametrize("program", ["missing", "broken"])
def test_without_a_working_sandbox_nothing_runs_and_nothing_is_copied(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    (tmp_path / "bin").mkdir()
    if program == "broken":
        (tmp_path / "bin/bwrap").write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n")
        (tmp_path / "bin/bwrap").chmod(0o755)
    workshop.environ = {"PATH": str(tmp_path / "bin"), "HOME": "/root"}
    monkeypatch.setattr(os, "defpath", "/nonexistent")
    with pytest.raises(EnvironmentFault) as fault, workshop.benches.open(offline=False):
        pass
    assert "tests: sandbox: none" in fault.value.hint
    assert ("found none" if program == "missing" else "No permissions to create new namespace") in str(fault.value)
    assert workshop.left == []


def test_a_sandbox_that_stops_working_is_a_fault_and_no_failed_test(workshop: Workshop) -> None:
    with workshop.bench() as bench:
        os.rmdir(f"{workshop.state}/bench/{workshop.left[0]}/reports")
        with pytest.raises(EnvironmentFault, match="could not be started"):
            bench.run(Step(part=Part.BEHAVIOR, name="x", argv=("true",)), Ear())


def test_a_bubblewrap_in_the_repository_is_not_the_one_that_runs(workshop: Workshop) -> None:
    workshop.builder.write("bin/bwrap", "#!/bin/sh\ntouch /tmp/owned\n")
    (workshop.builder.root / "bin/bwrap").chmod(0o755)
    workshop.environ = {"PATH": f"{workshop.builder.root}/bin:{os.environ['PATH']}", "HOME": "/root"}
    assert workshop.says("echo", "in").strip() == "in"


def test_a_copy_that_failed_is_told_and_leaves_nothing(workshop: Workshop) -> None:
    require_sandbox()
    workshop.failure = Failed(StopReason.ENVIRONMENT_LIMITATION, "app/pipe is a FIFO", "remove it")
    with workshop.benches.open(offline=False) as told:
        assert told is workshop.failure
    assert workshop.left == []


# ---- reports


@pytest.mark.parametrize("level", LEVELS)
def test_a_report_is_what_the_step_wrote_where_its_arguments_said(workshop: Workshop, level: Sandbox) -> None:
    workshop.set(sandbox=level)
    assert workshop.run("sh", "-c", "echo '<x/>' > {report}").report == b"<x/>\n"
    assert workshop.run("sh", "-c", 'echo "<y/>" > "${1#--out=}"', "sh", "--out={report}").report == b"<y/>\n"
    assert workshop.run("true").report == b""


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    "trick", ["ln -s /etc/passwd {report}", "mkfifo {report}", "mkdir {report}", "truncate -s 17M {report}", "ln -s /dev/zero {report}"]
)
def test_a_report_that_is_no_small_regular_file_is_none(workshop: Workshop, level: Sandbox, trick: str) -> None:
    run = workshop.set(sandbox=level).run("sh", "-c", trick)
    assert (run.exit, run.report) == (0, b"")


# ---- what is shown beside the copy


def test_ignored_folders_that_the_project_needs_are_shown_and_cannot_be_changed(workshop: Workshop) -> None:
    workshop.builder.write(".venv/x", "venv\n").write("vendor/y", "vendor\n").write("frontend/.venv/z", "nested\n").write(
        ".env", "SECRET=1\n"
    )
    with workshop.bench() as bench:
        assert "visible .venv, vendor, frontend/.venv" in bench.notes
        run = bench.run(
            Step(part=Part.STATIC, name="x", argv=("sh", "-c", "cat .venv/x vendor/y frontend/.venv/z; ls .env; touch .venv/new")), Ear()
        )
    assert run.tail.startswith(b"venv\nvendor\nnested\n")
    assert run.exit != 0
    assert b"Read-only file system" in run.tail


def test_a_folder_of_that_name_that_git_knows_is_the_copys(workshop: Workshop) -> None:
    workshop.builder.write("env/settings.py", "x = 1\n").write("frontend/a.js", "1").commit("tracked")
    assert workshop.says("sh", "-c", "cat env/settings.py; echo 2 > env/settings.py; cat env/settings.py") == "x = 1\n2\n"


def test_a_symlink_is_shown_only_where_the_operator_lists_its_target(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "elsewhere/venv").mkdir(parents=True)
    (tmp_path / "elsewhere/venv/x").write_text("venv\n")
    (workshop.builder.root / "venv").symlink_to(tmp_path / "elsewhere/venv")
    assert workshop.run("cat", "venv/x").exit == 1
    workshop.set(visible=(str(tmp_path / "elsewhere"),))
    assert workshop.says("cat", "venv/x") == "venv\n"
    workshop.set(visible=(), sandbox=Sandbox.NONE)
    assert workshop.run("cat", "venv/x").exit == 1


def test_a_folder_that_is_swapped_for_a_symlink_before_it_is_mounted_is_noticed_before_anything_runs(workshop: Workshop) -> None:
    (workshop.state / "keys").mkdir()
    (workshop.state / "keys/secret").write_text("secret\n")
    folder = workshop.builder.root / ".venv"
    folder.mkdir()
    (folder / "bin").mkdir()
    with workshop.bench() as bench:
        os.rename(folder, folder.with_name(".venv-before"))
        folder.symlink_to(workshop.state / "keys")
        with pytest.raises(EnvironmentFault, match="was swapped"):
            bench.run(Step(part=Part.BEHAVIOR, name="x", argv=("cat", ".venv/secret")), Ear())
        folder.unlink()
        os.rename(folder.with_name(".venv-before"), folder)
        assert bench.run(Step(part=Part.BEHAVIOR, name="x", argv=("ls", ".venv")), Ear()).tail == b"bin\n"


def test_an_interpreter_that_is_swapped_before_it_is_mounted_is_noticed(workshop: Workshop, tmp_path: Path) -> None:
    prefix = tmp_path / "python"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "lib/python3.12").mkdir(parents=True)
    (prefix / "lib/python3.12/os.py").write_text("")
    (prefix / "bin/python3").symlink_to("/usr/bin/python3")
    (workshop.builder.root / ".venv/bin").mkdir(parents=True)
    (workshop.builder.root / ".venv/bin/python").symlink_to(prefix / "bin/python3")
    with workshop.bench() as bench:
        assert bench.run(Step(part=Part.BEHAVIOR, name="x", argv=(".venv/bin/python", "-c", "")), Ear()).exit == 0
        os.rename(prefix, tmp_path / "moved")
        prefix.symlink_to(workshop.state)
        with pytest.raises(EnvironmentFault, match="was swapped"):
            bench.run(Step(part=Part.BEHAVIOR, name="x", argv=("ls", str(prefix))), Ear())


def test_what_the_operator_lists_is_shown_and_what_is_not_there_is_noted(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "sdk").mkdir()
    (tmp_path / "sdk/tool").write_text("tool\n")
    (tmp_path / "socket").mkdir()
    workshop.builder.write(".env", "A=1\n")
    workshop.set(visible=(".env", ".git", "absent", "app/a.py", str(tmp_path / "sdk")), writable=(str(tmp_path / "socket"), "/absent"))
    with workshop.bench() as bench:
        assert f"writable {tmp_path / 'socket'}, /absent" in bench.notes
        assert "not there: /absent, absent" in bench.notes
        assert f"visible .env, .git, {tmp_path / 'sdk'}" in bench.notes
    denied = f"touch {tmp_path}/sdk/x .git/x 2>/dev/null || echo kept"
    script = f"cat .env {tmp_path}/sdk/tool; git status --short | wc -l; echo 1 > {tmp_path}/socket/x; {denied}"
    assert workshop.says("sh", "-c", script).split() == ["A=1", "tool", "0", "kept"]
    assert (tmp_path / "socket/x").exists()


def test_the_packages_of_node_are_found_and_caches_among_them_are_the_steps_own(workshop: Workshop) -> None:
    root, builder = workshop.builder.root, workshop.builder
    builder.write("node_modules/left/index.js", "module.exports = require('right')\n").write(
        "node_modules/right/index.js", "module.exports = 7\n"
    )
    builder.write("node_modules/@org/scoped/index.js", "module.exports = 8\n").write("packages/own/index.js", "module.exports = 9\n")
    builder.write("node_modules/tool/cli.js", "#!/bin/sh\necho tool\n")
    (root / "node_modules/tool/cli.js").chmod(0o755)
    (root / "node_modules/.bin").mkdir()
    (root / "node_modules/.bin/tool").symlink_to("../tool/cli.js")
    (root / "node_modules/@org/own").symlink_to("../../packages/own")
    script = "cat node_modules/left/index.js node_modules/@org/scoped/index.js node_modules/@org/own/index.js; node_modules/.bin/tool; tool"
    for level in LEVELS:
        workshop.set(sandbox=level)
        said = workshop.says("sh", "-c", f"{script}; mkdir node_modules/.vite-temp && echo made")
        assert said.split("\n")[-4:] == ["tool", "tool", "made", ""]
        if shutil.which("node", path="/usr/bin:/usr/local/bin"):
            sums = "console.log(require('left') + require('@org/scoped') + require('@org/own'))"
            assert workshop.says("node", "-e", sums) == "24\n"
    assert not (root / "node_modules/.vite-temp").exists()


def test_a_virtual_environment_runs_with_the_interpreter_that_it_was_made_from(workshop: Workshop) -> None:
    root = workshop.builder.root
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    (root / ".venv/bin/here").write_text(f"#!{root}/.venv/bin/python\nimport sys; print(sys.prefix)\n")
    (root / ".venv/bin/here").chmod(0o755)
    for level in LEVELS:
        workshop.set(sandbox=level)
        for word in ("python", ".venv/bin/python", f"{root}/.venv/bin/python"):
            said = workshop.says(word, "-c", "import json, ssl, sys; print(sys.prefix == sys.base_prefix, sys.prefix)").split()
            assert said[0] == "False"
            assert said[1].endswith("/.venv")
        assert workshop.says("here").strip() == f"{root}/.venv"


def test_pytest_of_a_virtual_environment_tests_the_copy_also_when_the_project_is_installed_editable(workshop: Workshop) -> None:
    root = workshop.builder.root
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    packages = next((root / ".venv/lib").glob("python3*")) / "site-packages"
    (packages / "project.pth").write_text(f"{root}\n")
    site = Path(pytest.__file__).parents[1]
    (packages / "tools.pth").write_text(f"{site}\n")
    test = f"import app.a\n\n\ndef test_a():\n    assert app.a.__file__ == {str(root / 'app/a.py')!r} and app.a.x == 5\n"
    workshop.builder.write("tests/test_a.py", test).write("app/a.py", "x = 5\n")
    workshop.set(visible=(str(site),))
    with workshop.bench() as bench:
        workshop.builder.write("app/a.py", "x = 6\n")
        argv = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--junitxml", "{report}")
        run = bench.run(Step(part=Part.BEHAVIOR, name="pytest", argv=argv), Ear())
    assert (run.exit, run.why) == (0, ""), run.tail.decode()
    assert b"1 passed" in run.tail
    assert b'tests="1"' in run.report
