"""A systemd that really runs: process 1 of namespaces of its own, on a throw-away copy of this machine's file tree.

Nothing of it reaches the machine: files are written to a memory file system above the real ones, processes, mounts, network and host
name are the namespaces', and the control groups lie below one group that is removed at the end. Killing process 1 ends all of it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.installed import until

PROGRAMS = ("systemctl", "systemd-escape", "unshare", "nsenter", "pivot_root", "setpriv", "useradd", "setfacl", "git")
SYSTEMD = Path("/lib/systemd/systemd")
PYTHON, PACKAGES, FOREIGN = "/opt/python", "/opt/forgewatch", "/opt/packages"
COMMAND = f"{PACKAGES}/bin/forgewatch"

# $1 scratch folder, $2 what becomes /srv, $3 interpreter's prefix, $4 folder of installed packages, $5 our own package,
# $6 folder of what plays a builder.
_BOOT = r"""
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
cd "$1/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
mknod -m 666 dev/null c 1 3; mknod -m 666 dev/zero c 1 5; mknod -m 666 dev/full c 1 7
mknod -m 666 dev/random c 1 8; mknod -m 666 dev/urandom c 1 9; mknod -m 666 dev/tty c 5 0
ln -s pts/ptmx dev/ptmx; ln -s /proc/self/fd dev/fd
for folder in run tmp home var/lib var/log; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
chmod 1777 tmp dev/shm
mkdir -p var/log/journal var/lib/systemd opt/python opt/packages opt/forgewatch/bin opt/forgewatch/own opt/support
mount --bind "$2" srv
mount --bind "$3" opt/python
mount --bind "$4" opt/packages
cp -rL "$5" opt/forgewatch/own/
cp "$6"/builder.py opt/support/
# Nothing of this machine's own services, mounts and settings.
rm -rf etc/systemd/system etc/systemd/user etc/forgewatch
mkdir -p etc/systemd/system etc/systemd/user
: > etc/fstab
for unit in systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
  systemd-modules-load.service systemd-sysctl.service systemd-random-seed.service systemd-binfmt.service systemd-firstboot.service \
  systemd-tmpfiles-clean.timer systemd-update-utmp.service proc-sys-fs-binfmt_misc.automount dev-hugepages.mount dev-mqueue.mount \
  sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  systemd-tmpfiles-setup-dev.service systemd-machine-id-commit.service kmod-static-nodes.service
do ln -s /dev/null "etc/systemd/system/$unit"; done
printf '[Unit]\nRequires=basic.target dbus.socket\nAfter=basic.target\nAllowIsolate=yes\n' > etc/systemd/system/default.target
mkdir mnt/below
pivot_root . mnt/below
umount -l /mnt/below
exec env -i container=forgewatch-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --log-target=journal --show-status=no
"""


def why_not() -> str | None:
    """Return what keeps this machine from running a systemd of its own, or None."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing or not SYSTEMD.exists():
        return f"not on this machine: {' '.join(missing) or SYSTEMD} (packages systemd, dbus, util-linux, acl, git)"
    if _control_groups() is None:
        return "no version 2 control groups are mounted"
    if subprocess.run(["unshare", "--pid", "--fork", "--mount", "--cgroup", "--net", "true"], capture_output=True, check=False).returncode:
        return "no new namespaces for us"
    return None


def _control_groups() -> Path | None:
    for folder in (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified")):
        if (folder / "cgroup.procs").exists() and (folder / "cgroup.controllers").exists():
            return folder
    return None


class CannotBootError(Exception):
    """The machine refused one of the mounts, or systemd would not start; says which."""


@dataclass
class LivingSystemd:
    """Commands run inside as root of the copy; `srv` is the folder outside that is /srv inside."""

    srv: Path
    scratch: Path
    group: Path
    outer: subprocess.Popen[bytes]
    inner: int = 0
    managers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def boot(cls, top: Path) -> LivingSystemd:
        """Start it in the empty folder `top`, wait until it says that it runs, and install forgewatch."""
        above = _control_groups()
        assert above is not None
        srv, scratch, group = top / "srv", top / "scratch", above / f"forgewatch-test-{os.getpid()}-{top.name}"
        for folder in (srv, scratch, group):
            folder.mkdir()
        new = ("--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--net", "--cgroup", "--propagation", "private")
        places = (
            str(scratch),
            str(srv),
            sys.base_prefix,
            sysconfig.get_path("purelib"),
            str(Path(__file__).parents[2] / "forgewatch"),
            str(Path(__file__).parent),
        )
        enter = f'echo $$ > "{group}/cgroup.procs"; exec "$@"'
        with (top / "boot.log").open("wb") as log:
            outer = subprocess.Popen(
                ["sh", "-c", enter, "sh", "unshare", *new, "sh", "-c", _BOOT, "boot", *places],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        living = cls(srv, scratch, group, outer)
        try:
            assert until(lambda: outer.poll() is not None or living._is_up(), 60), "systemd does not say that it runs"
            if outer.poll() is not None:
                raise CannotBootError((top / "boot.log").read_text().strip())
            living._install()
        except BaseException:
            living.halt()
            raise
        return living

    def _is_up(self) -> bool:
        children = Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children").read_text().split()
        self.inner = int(children[0]) if children else 0
        if not self.inner or Path(f"/proc/{self.inner}/comm").read_text().strip() != "systemd":
            return False
        return self.run("systemctl", "is-system-running", check=False).strip() in ("running", "degraded")

    def _install(self) -> None:
        """As a virtual environment would be: a command with its interpreter and packages, readable for everyone."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        python = f"{PYTHON}/bin/{version}"
        self.run(python, "-m", "venv", "--without-pip", PACKAGES)
        self.put(f"{PACKAGES}/lib/{version}/site-packages/all.pth", f"{PACKAGES}/own\n{FOREIGN}\n")
        self.put(COMMAND, f"#!{PACKAGES}/bin/python\nimport sys\nfrom forgewatch.__main__ import main\nsys.exit(main())\n")
        self.run("chmod", "755", COMMAND)

    def execute(self, *command: str, user: str = "", seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as root or as `user`, with a short environment."""
        into = ("nsenter", "--target", str(self.inner), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root")
        plain = (
            "env",
            "-i",
            "--chdir=/",
            f"PATH={PACKAGES}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL=C.UTF-8",
            "HOME=/root",
            "SYSTEMD_PAGER=",
        )
        become = ("setpriv", "--reuid", user, "--regid", user, "--init-groups", "env", f"HOME=/home/{user}") if user else ()
        if user and user in self.managers:
            become += (f"XDG_RUNTIME_DIR=/run/user/{self.managers[user]}",)
        return subprocess.run([*into, *plain, *become, *command], capture_output=True, text=True, timeout=seconds, check=False)

    def run(self, *command: str, user: str = "", check: bool = True) -> str:
        """As `execute`; returns what was printed, and a failure fails the test."""
        done = self.execute(*command, user=user)
        assert not check or done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def builds(self, root: str, play: str, user: str = "builder") -> str:
        """Let `user` do with `builder`, a Builder of the repository at `root`, what the lines of `play` say."""
        before = "import sys; sys.path.insert(0, '/opt/support')\nfrom pathlib import Path\nfrom builder import Builder\n"
        return self.run(f"{PACKAGES}/bin/python", "-c", f"{before}builder = Builder(Path(sys.argv[1]))\n{play}", root, user=user)

    def put(self, path: str, text: str) -> None:
        """Write a file inside."""
        self.run("sh", "-c", 'mkdir -p "$(dirname "$1")"; printf %s "$2" > "$1"', "sh", path, text)

    def shown(self, unit: str, name: str) -> str:
        """Return one property of a unit."""
        return self.run("systemctl", "show", "--value", "-p", name, unit).strip()

    def start_user_manager(self, user: str) -> None:
        """Start the service manager of `user`, whose commands then find it."""
        number = self.run("id", "-u", user).strip()
        self.run("systemctl", "start", f"user@{number}.service")
        self.managers[user] = number

    def said(self, unit: str) -> str:
        """Return all that the unit's processes printed."""
        return self.run("journalctl", "-q", "-o", "cat", "-u", unit)

    def halt(self) -> None:
        """End all of it, whatever state it is in."""
        if self.inner and Path(f"/proc/{self.inner}").exists():
            os.kill(self.inner, signal.SIGKILL)
        if self.outer.poll() is None:
            os.killpg(self.outer.pid, signal.SIGKILL)
        self.outer.wait()

        def removed() -> bool:
            for folder, _, _ in os.walk(self.group, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:
                    return False
            return not self.group.exists()

        assert until(removed), "a process of the living systemd is left"
