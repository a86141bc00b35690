"""The service under a systemd that runs: started, fed, reloaded, hung, killed, stopped and taken away as docs/operating.md says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.support.installed import until
from tests.support.living_systemd import CannotBootError, LivingSystemd, why_not

WHY_NOT = why_not()
pytestmark = [pytest.mark.slow, pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")]

SHOP, ODD = "/srv/projects/shop", "/srv/projects/notes of 100% %n"
UNIT = "forgewatch.service"
CONFIG = "/etc/forgewatch/forgewatch.yaml"
OVERRIDE = "/etc/systemd/system/forgewatch.service.d/override.conf"
BOTH = f'repositories:\n  - {SHOP}\n  - "{ODD}"\nwatch:\n  sweep_seconds: 1\n'

numbers = count(2)


@contextmanager
def build_host(top: Path) -> Iterator[LivingSystemd]:
    """A build host with two users and a repository of one of them; forgewatch is installed and not yet a service."""
    try:
        living = LivingSystemd.boot(top)
    except CannotBootError as error:
        pytest.skip(f"no systemd of our own here: {error}")
    try:
        for user in ("builder", "reader"):
            living.run("useradd", "-m", user)
        living.run("install", "-d", "-o", "builder", "/srv/projects")
        makes(living, SHOP)
        yield living
    finally:
        living.halt()


@pytest.fixture(scope="module")
def installed_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingSystemd]:
    """One where two repositories are configured."""
    with build_host(tmp_path_factory.mktemp("live")) as living:
        told = installs(living, SHOP)
        living.builds(SHOP, "builder.commit('governance')")
        for command in printed(told, "next:")[:-1]:
            living.run("sh", "-c", command)
        makes(living, ODD)
        installs(living, ODD)
        shares(living, ODD)
        yield living


@pytest.fixture
def host(installed_host: LivingSystemd) -> LivingSystemd:
    """It, with the service started anew on its two repositories, whatever tests did before."""
    installed_host.run("sh", "-c", f"rm -f /run/systemd/system/forgewatch*.d/* {OVERRIDE}; systemctl stop 'forgewatch*'")
    for unit in (UNIT, "forgewatch@.service"):
        tune(installed_host, "RestartSec=100ms", unit)
    installed_host.put(CONFIG, BOTH)
    paste(installed_host)
    start(installed_host)
    assert installed_host.shown(UNIT, "StatusText") == "watching 2 repositories"
    return installed_host


def makes(host: LivingSystemd, root: str) -> None:
    host.builds(root, "Builder.with_repository(Path(sys.argv[1]))")


def installs(host: LivingSystemd, root: str) -> str:
    return host.run("env", f"--chdir={root}", "forgewatch", "init", "--service", "system")


def shares(host: LivingSystemd, root: str) -> None:
    """What the builder commits after `init`, and what the operator is told to do."""
    host.builds(root, "builder.commit('governance')")
    named = shlex.quote(root)
    host.run(
        "sh", "-c", f"setfacl -m u:forgewatch:rwx {named}; setfacl -R -m u:forgewatch:rwX -m d:u:forgewatch:rwX {named}/Forge/evidence"
    )


def paste(host: LivingSystemd) -> None:
    """Do what `systemctl edit` does with the lines that doctor prints, spaces before them and all."""
    told = host.execute("forgewatch", "doctor", SHOP).stdout.splitlines()
    host.put(OVERRIDE, "\n".join(told[told.index("      [Service]") :]) + "\n")


def start(host: LivingSystemd) -> None:
    host.run("systemctl", "daemon-reload")
    host.run("systemctl", "reset-failed")
    host.run("systemctl", "restart", UNIT)


def tune(host: LivingSystemd, text: str, unit: str = UNIT) -> None:
    host.put(f"/run/systemd/system/{unit}.d/{text.partition('=')[0]}.conf", f"[Service]\n{text}\n")


def completes(host: LivingSystemd, root: str) -> None:
    number = next(numbers)
    host.builds(
        root,
        f"builder.starts()\nbuilder.write('app/a.py', 'x = {number}\\n').record(start='2026-11-20T10:{number % 60:02}:00Z')"
        f".claims('app/a.py').completes(summary='- set {number}')",
    )


def outcomes(host: LivingSystemd, root: str) -> list[str]:
    ledger = host.execute("cat", f"{root}/Forge/evidence/audit_ledger.md").stdout
    return re.findall(r"^Outcome: (.*)$", ledger, re.M)


def passes(host: LivingSystemd, root: str) -> bool:
    """Let the builder complete a cycle; True once the ledger has one entry more, and it is a PASS."""
    before = outcomes(host, root)
    completes(host, root)
    return until(lambda: outcomes(host, root) == [*before, "PASS"])


def printed(text: str, after: str) -> list[str]:
    """Return the commands from the line on that begins with `after`."""
    lines = text.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(after))
    return [line.removeprefix(after).strip() for line in lines[begin:]]


def said(host: LivingSystemd, unit: str = UNIT) -> str:
    """Return what the unit's newest process, and systemd of it, said."""
    invocation = host.shown(unit, "InvocationID")
    return host.run("journalctl", "-q", "-o", "cat", f"_SYSTEMD_INVOCATION_ID={invocation}", "+", f"INVOCATION_ID={invocation}")


def instance(host: LivingSystemd, root: str) -> str:
    return f"forgewatch@{host.run('systemd-escape', '--path', root).strip()}.service"


def restarts(host: LivingSystemd, unit: str = UNIT) -> int:
    return int(host.shown(unit, "NRestarts"))


def is_up(host: LivingSystemd, unit: str = UNIT) -> bool:
    return host.shown(unit, "ActiveState") == "active"


def main_pid(host: LivingSystemd) -> int:
    return int(host.shown(UNIT, "MainPID"))


def uptime(host: LivingSystemd) -> float:
    return float(host.run("cat", "/proc/uptime").split()[0])


def exists(host: LivingSystemd, path: str) -> bool:
    return host.execute("test", "-e", path).returncode == 0


def test_init_writes_what_it_says_its_next_lines_start_the_service_and_uninstall_takes_it_away(tmp_path: Path) -> None:
    with build_host(tmp_path) as host:
        told = installs(host, SHOP)
        created = re.findall(r"^  created (/.*)$", told, re.M)
        assert set(host.run("find", "/etc", "-name", "*forgewatch*", "-newer", "/etc/fstab", "-type", "f").split()) < set(created)
        assert [path for path in created if not exists(host, path)] == []
        # Asked for, so enabled; not started before its operator has committed what is new.
        assert "  enabled forgewatch: it starts when the machine starts" in told.splitlines()
        assert (host.shown(UNIT, "UnitFileState"), host.shown(UNIT, "ActiveState")) == ("enabled", "inactive")
        # What root made in the builder's repository is the builder's.
        assert host.run("find", SHOP, "-not", "-user", "builder") == ""
        host.builds(SHOP, "builder.commit('governance')")
        for command in printed(told, "next:"):
            host.run("sh", "-c", command)
        assert (host.shown(UNIT, "ActiveState"), host.shown(UNIT, "StatusText")) == ("active", "watching 1 repository")
        assert passes(host, SHOP)
        host.run("systemctl", "enable", "--now", instance(host, SHOP))
        host.run("sh", "-c", f"echo 'profile: strict' >> {CONFIG}")
        gone = host.run("env", f"--chdir={SHOP}", "forgewatch", "init", "--service", "system", "--uninstall")
        assert "  disabled forgewatch" in gone.splitlines()
        for command in printed(gone, "next:"):
            host.run("sh", "-c", command)
        assert f"kept    {CONFIG} (was changed since)" in gone
        assert [path for path in created if exists(host, path)] == [CONFIG]
        assert host.run("find", "/etc", "-name", "*forgewatch*", "-newer", "/etc/fstab", "-not", "-type", "d").split() == [CONFIG]
        assert host.run("systemctl", "list-units", "--all", "--no-legend", "--plain", "forgewatch*").strip() == ""
        assert exists(host, "/var/lib/forgewatch")


@pytest.mark.parametrize("root", [SHOP, ODD])
def test_a_repository_is_audited_in_the_sandbox_and_the_result_told_once(host: LivingSystemd, root: str) -> None:
    assert passes(host, root), said(host)
    status = re.compile(rf"PASS: Phase 1 -- Things, iteration [0-9]+, {re.escape(root)}")
    assert until(lambda: status.fullmatch(host.shown(UNIT, "StatusText")) is not None)
    line = re.compile(rf"\S+Z PASS {re.escape(root)}: Phase 1 -- Things, iteration [0-9]+")
    assert sum(line.fullmatch(each) is not None for each in said(host).splitlines()) == 1
    assert said(host).count('"event":"audit.finished"') == 1
    written = host.run("stat", "-c", "%U", f"{root}/Forge/evidence/audit_ledger.md", f"{root}/.forge_watcher.lock")
    assert written.split() == ["forgewatch"] * 2


def test_a_reload_takes_in_a_repository_and_one_that_no_drop_in_names_does_not_stop_the_others(host: LivingSystemd) -> None:
    fresh = f"/srv/projects/fresh{next(numbers)}"
    makes(host, fresh)
    host.run("env", f"--chdir={fresh}", "forgewatch", "init")
    shares(host, fresh)
    host.put(CONFIG, BOTH.replace("watch:", f"  - {fresh}\nwatch:"))
    # The command may say that it failed: the daemon can have left before systemd looks.
    host.execute("systemctl", "reload", UNIT)
    # One new start, for the sandbox might have changed; it has not, so from then on it is said and the others are served.
    assert until(lambda: restarts(host) == 1 and is_up(host))
    assert "name the root in the unit's ReadWritePaths" in said(host)
    assert passes(host, SHOP), said(host)
    assert (restarts(host), exists(host, f"{fresh}/.forge_watcher.lock")) == (1, False)
    paste(host)
    start(host)
    assert passes(host, fresh), said(host)


def test_a_reload_is_told_and_a_broken_file_changes_nothing(host: LivingSystemd) -> None:
    host.run("systemctl", "reload", UNIT)
    assert until(lambda: "configuration.reloaded" in said(host))
    host.put(CONFIG, "repositorys: []\n")
    host.run("systemctl", "reload", UNIT)
    assert until(lambda: "configuration.refused" in said(host))
    assert until(lambda: is_up(host))
    assert passes(host, SHOP), said(host)


def test_the_worker_lives_in_the_sandbox_with_limits_and_without_rights(host: LivingSystemd) -> None:
    assert passes(host, SHOP)
    members = host.run("cat", f"/sys/fs/cgroup/system.slice/{UNIT}/cgroup.procs").split()
    told = [host.execute("cat", f"/proc/{pid}/cmdline", f"/proc/{pid}/limits", f"/proc/{pid}/status").stdout for pid in members]
    worker = next(text for text in told if "forgewatch\0worker" in text)
    assert re.search(r"^Max address space +2147483648 ", worker, re.M)
    assert re.search(r"^Max cpu time +[0-9]+ ", worker, re.M)
    for text in told:
        assert re.search(r"^Seccomp:\t2$", text, re.M)
        assert re.search(r"^NoNewPrivs:\t1$", text, re.M)
        assert re.search(r"^CapBnd:\t0+$", text, re.M)


def test_the_sandbox_is_writable_in_the_repositories_only_and_has_no_disks_and_no_network(host: LivingSystemd) -> None:
    def inside(command: str) -> str:
        return host.execute("nsenter", "--target", str(main_pid(host)), "--mount", "--net", "sh", "-c", command).stdout

    tried = ("/etc", "/home", "/srv/projects", "/usr", "/var/lib", SHOP, ODD, "/var/lib/forgewatch")
    places = " ".join(shlex.quote(path) for path in tried)
    assert inside(f'for path in {places}; do test -w "$path" && echo "$path"; done').splitlines() == [SHOP, ODD, "/var/lib/forgewatch"]
    assert inside("find /dev -type b") == ""
    assert inside("cut -s -d: -f1 /proc/self/net/dev").split() == ["lo"]


def test_people_who_may_read_the_repository_read_the_record_and_nothing_else(host: LivingSystemd) -> None:
    assert passes(host, SHOP)
    for user in ("builder", "reader"):
        status = host.run("forgewatch", "status", SHOP, user=user)
        assert re.search(r"^watcher: +running, pid [0-9]+ since", status, re.M)
        assert re.search(r"^assurance: +isolated$", status, re.M)
        assert "PASS shop: Phase 1 -- Things" in host.run("forgewatch", "tail", SHOP, user=user)
        assert "Overall: PASS" in host.run("forgewatch", "wait", SHOP, "--timeout", "60", user=user)
    folder = host.run("sh", "-c", "echo /var/lib/forgewatch/shop-*").strip()
    modes = dict(line.split(" ", 1)[::-1] for line in host.run("sh", "-c", f"stat -c '%a %n' {folder} {folder}/*").splitlines())
    assert modes.pop(folder) == "755"
    assert modes.pop(f"{folder}/journal.jsonl") == modes.pop(f"{folder}/checkpoint") == "644"
    assert {f"{folder}/{name}" for name in ("shadow.git", "cache", "quarantine", "keys", "daemon.lock")} <= set(modes)
    assert set(modes.values()) <= {"700", "600"}
    assert host.execute("sh", "-c", f"echo x >> {folder}/journal.jsonl", user="builder").returncode != 0


def test_a_second_instance_leaves_with_0_and_is_not_started_again(host: LivingSystemd) -> None:
    twin = instance(host, SHOP)
    host.run("systemctl", "start", twin)
    assert until(lambda: host.shown(twin, "ActiveState") == "inactive")
    assert (host.shown(twin, "Result"), host.shown(twin, "ExecMainStatus"), restarts(host, twin)) == ("success", "0", 0)
    assert f"already running (PID {main_pid(host)} since " in host.said(twin)


def test_a_killed_daemon_is_started_again(host: LivingSystemd) -> None:
    host.run("kill", "-KILL", str(main_pid(host)))
    assert until(lambda: restarts(host) == 1 and is_up(host))
    assert "lock.replaced" in said(host)
    assert passes(host, SHOP), said(host)


def test_a_hanging_daemon_is_killed_and_started_again_and_a_living_one_is_not(host: LivingSystemd) -> None:
    tune(host, "WatchdogSec=3\nTimeoutAbortSec=1")
    start(host)
    alive, began = main_pid(host), uptime(host)
    assert until(lambda: uptime(host) > began + 4)
    assert (main_pid(host), restarts(host)) == (alive, 0)
    host.run("kill", "-STOP", str(alive))
    assert until(lambda: restarts(host) == 1 and is_up(host))
    assert "Watchdog timeout" in host.said(UNIT)
    assert passes(host, SHOP), said(host)


@pytest.mark.parametrize("by", [UNIT, "template"])
def test_a_repository_that_comes_late_or_is_made_anew_is_served_after_one_new_start(host: LivingSystemd, by: str) -> None:
    late = f"/srv/projects/late{next(numbers)}"
    unit = instance(host, late) if by == "template" else UNIT
    host.put(CONFIG, BOTH.replace("watch:", f"  - {late}\nwatch:"))
    paste(host)
    start(host)
    if unit != UNIT:
        host.run("systemctl", "stop", UNIT)
        host.run("systemctl", "start", unit)
    assert restarts(host, unit) == 0
    for times in (1, 2):
        host.run("rm", "-rf", late)
        makes(host, late)
        host.run("env", f"--chdir={late}", "forgewatch", "init")
        shares(host, late)
        assert until(lambda times=times: restarts(host, unit) == times and is_up(host, unit)), host.said(unit)  # type: ignore[misc]
        assert until(lambda: exists(host, f"{late}/.forge_watcher.lock")), host.said(unit)
    assert restarts(host, unit) == 2


def test_stop_is_quick_and_clean(host: LivingSystemd) -> None:
    assert exists(host, f"{SHOP}/.forge_watcher.lock")
    before = uptime(host)
    host.run("systemctl", "stop", UNIT)
    assert uptime(host) < before + 10
    assert (host.shown(UNIT, "ActiveState"), host.shown(UNIT, "Result")) == ("inactive", "success")
    assert [root for root in (SHOP, ODD) if exists(host, f"{root}/.forge_watcher.lock")] == []
    assert "not running" in host.execute("forgewatch", "status", SHOP, user="reader").stdout
    assert not exists(host, f"/sys/fs/cgroup/system.slice/{UNIT}")


def test_an_audit_that_runs_when_the_service_is_stopped_is_answered_once_and_truly(host: LivingSystemd) -> None:
    before = outcomes(host, SHOP)
    completes(host, SHOP)
    assert until(lambda: "audit.dispatched" in said(host))
    host.run("systemctl", "restart", UNIT)
    assert until(lambda: outcomes(host, SHOP) == [*before, "PASS"]), host.said(UNIT)
    assert passes(host, SHOP), said(host)


def test_a_repository_in_a_private_home_says_what_is_missing_and_is_served_when_it_is_mended(host: LivingSystemd) -> None:
    root = "/home/reader/private"
    host.builds(root, "Builder.with_repository(Path(sys.argv[1]))", user="reader")
    host.run("env", f"--chdir={root}", "forgewatch", "init")
    host.run(
        "sh", "-c", f"chmod 700 /home/reader; setfacl -m u:forgewatch:rwx {root}; setfacl -R -m u:forgewatch:rwX {root}/Forge/evidence"
    )
    unit = instance(host, root)
    host.run("systemctl", "start", unit)
    assert "cannot be reached: Permission denied" in said(host, unit)
    assert host.shown(unit, "StatusText") == "watching 0 repositories"
    host.run("setfacl", "-m", "u:forgewatch:x", "/home/reader")
    assert until(lambda: host.shown(unit, "StatusText") == "watching 1 repository")
    assert (restarts(host, unit), exists(host, f"{root}/.forge_watcher.lock")) == (0, True)


@pytest.mark.parametrize("status", [2, 78])
def test_a_bad_configuration_is_not_tried_again(host: LivingSystemd, status: int) -> None:
    host.run("systemctl", "stop", UNIT)
    if status == 2:
        host.put(CONFIG, "repositorys: []\n")
    else:
        tune(host, "ExecStart=\nExecStart=/bin/sh -c 'exit 78'")
    host.run("systemctl", "daemon-reload")
    assert host.execute("systemctl", "start", UNIT).returncode == 1
    assert (host.shown(UNIT, "ActiveState"), host.shown(UNIT, "ExecMainStatus"), restarts(host)) == ("failed", str(status), 0)
    assert status != 2 or "unknown key 'repositorys'" in host.said(UNIT)


@pytest.mark.parametrize("root", [ODD, "/home/builder/site"])
def test_the_template_serves_one_repository_wherever_it_is(host: LivingSystemd, root: str) -> None:
    host.run("systemctl", "stop", UNIT)
    if root.startswith("/home"):
        makes(host, root)
        host.run("env", f"--chdir={root}", "forgewatch", "init")
        shares(host, root)
    unit = instance(host, root)
    host.run("systemctl", "start", unit)
    assert host.shown(unit, "StatusText") == "watching 1 repository"
    assert passes(host, root), said(host, unit)


@pytest.mark.req("S005-5")
def test_the_service_of_a_user_starts_under_the_users_manager(host: LivingSystemd) -> None:
    mine = "/home/builder/mine"
    makes(host, mine)
    host.start_user_manager("builder")
    told = host.run("env", f"--chdir={mine}", "forgewatch", "init", "--service", "user", user="builder")
    host.builds(mine, "builder.commit('governance')")
    assert printed(told, "next:") == ["systemctl --user start forgewatch"]
    assert host.run("systemctl", "--user", "is-enabled", UNIT, user="builder").strip() == "enabled"
    for command in printed(told, "next:"):
        host.run("sh", "-c", command, user="builder")
    show = ("systemctl", "--user", "show", "--value", "-p", "StatusText", UNIT)
    assert host.run(*show, user="builder").strip() == "watching 1 repository"
    # Its own configuration, although there is one for the system.
    assert passes(host, mine)
    assert until(lambda: host.run(*show, user="builder").strip() == f"PASS: Phase 1 -- Things, iteration 1, {mine}")
    assert re.search(r"^assurance: +local$", host.run("forgewatch", "status", mine, user="builder"), re.M)
    host.run("systemctl", "--user", "reload", UNIT, user="builder")
    gone = host.run("env", f"--chdir={mine}", "forgewatch", "init", "--service", "user", "--uninstall", user="builder")
    for command in printed(gone, "next:"):
        host.run("sh", "-c", command, user="builder")
    assert host.run("find", "/home/builder/.config", "-not", "-type", "d") == ""
    assert not exists(host, f"{mine}/.forge_watcher.lock")
