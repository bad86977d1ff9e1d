"""A pristine Debian with a booted systemd, in namespaces of its own: what is installed there touches nothing here.

Programs of this machine (the AWS CLI, psql) run in its network alone, as clients do.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
BASE = "systemd,systemd-sysv,dbus,ca-certificates,iproute2"
PATH = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive"}
BOOT_PATIENCE = 120


def run(words, environment=None, check=True, patience=600):
    done = subprocess.run(words, env=environment or PATH, capture_output=True, text=True, check=False, timeout=patience)
    if check and done.returncode != 0:
        raise AssertionError(f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def until(condition, what, patience=90.0):
    deadline = time.monotonic() + patience
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {patience:.0f} s: {what}"
        time.sleep(0.1)


def _write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def needs_of(packages):
    """The distribution's packages that these depend on."""
    wanted, ours = set(), set()
    for package in packages:
        name, depends = (run(["dpkg-deb", "--field", str(package), field]).stdout.strip() for field in ("Package", "Depends"))
        ours.add(name)
        wanted |= {one.split("|")[0].split("(")[0].strip() for one in depends.split(",") if one.strip()}
    return sorted(wanted - ours)


def make_template(place, needs):
    """A root as debootstrap makes it, with what the packages depend on, since a machine has no way out."""
    making = place.with_name(place.name + ".making")
    shutil.rmtree(making, ignore_errors=True)
    run(["debootstrap", "--variant=minbase", f"--include={BASE}", SUITE, str(making), MIRROR], patience=1800)
    shutil.copy("/etc/resolv.conf", making / "etc/resolv.conf")
    _write(making / "etc/apt/sources.list", f"deb {MIRROR} {SUITE} main\n"
           f"deb http://deb.debian.org/debian-security {SUITE}-security main\n")
    _write(making / "etc/apt/apt.conf.d/90", 'APT::Install-Recommends "false";\n')
    _write(making / "etc/postgresql-common/createcluster.conf", "create_main_cluster = false\n")
    _write(making / "usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
    chroot = ["chroot", str(making)]
    run([*chroot, "apt-get", "-qq", "update"])
    run([*chroot, "apt-get", "-y", "-qq", "dist-upgrade"])
    run([*chroot, "apt-get", "-y", "-qq", "install", *needs], patience=1800)
    run([*chroot, "apt-get", "clean"])
    (making / "usr/sbin/policy-rc.d").unlink()
    (making / "etc/machine-id").write_text("")
    making.rename(place)


class ControlGroups:
    """A group of its own in each hierarchy that systemd manages, so that several machines do not take each other's."""

    def __init__(self, name):
        mounts = [line.split() for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]
        roots = [pathlib.Path(words[1]) for words in mounts
                 if words[2] == "cgroup2" or (words[2] == "cgroup" and "name=systemd" in words[3].split(","))]
        self.places = [root / name for root in roots]
        for place in self.places:
            place.mkdir()

    def enter(self):
        for place in self.places:
            (place / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self):
        for place in self.places:
            for inner, _, _ in os.walk(place, topdown=False):
                until(lambda inner=inner: self._emptied(inner), f"{inner} has no process")

    @staticmethod
    def _emptied(place):
        with contextlib.suppress(OSError):
            os.rmdir(place)
        return not os.path.exists(place)


class Machine:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.name = f"countersign-{os.getpid()}-{time.monotonic_ns()}"
        self.groups = ControlGroups(self.name)
        self.nspawn = None
        self.leader = None

    def boot(self):
        with (self.root.parent / "console").open("wb") as console:
            self.nspawn = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--console=pipe", "--private-network",
                 f"--directory={self.root}", f"--machine={self.name}", "--boot"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, env=PATH, start_new_session=True,
                preexec_fn=self.groups.enter)
        self.leader = until(self._first_process, "the container has a first process")
        until(lambda: self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded"),
              "systemd has booted", BOOT_PATIENCE)
        self.run("ip", "link", "set", "lo", "up")
        return self

    def _first_process(self):
        """Of nspawn's children the one that is alone in its namespace; one before it only makes that."""
        children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split()
        for child in children:
            with contextlib.suppress(OSError):
                if re.search(r"^NSpid:.*\s1$", pathlib.Path(f"/proc/{child}/status").read_text(), re.MULTILINE):
                    return int(child)
        return None

    def run(self, *words, check=True, patience=600):
        """In the machine, as root."""
        return run(["nsenter", "--target", str(self.leader), "--all", *words], check=check, patience=patience)

    def shell(self, text, check=True):
        return self.run("bash", "-c", text, check=check)

    def near(self, words, environment, check=True):
        """A program of this machine, in that one's network."""
        return run(["nsenter", "--target", str(self.leader), "--net", *words], {**PATH, **environment}, check=check)

    def processes(self, *names):
        """The users that run programs of these names in the machine."""
        own = os.readlink(f"/proc/{self.leader}/ns/pid")
        users = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.readlink(process / "ns/pid") == own and (process / "comm").read_text().strip() in names:
                    users.append(process.stat().st_uid)
        return users

    def path(self, inside):
        return self.root / inside.lstrip("/")

    def install(self, *packages, check=True):
        for package in packages:
            shutil.copy(package, self.path("/root"))
        return self.run("apt-get", "-y", "install", "--allow-downgrades", *(f"/root/{package.name}" for package in packages),
                        check=check)

    def service(self, name, what):
        return self.run("systemctl", "show", "--property", what, "--value", name).stdout.strip()

    def journal(self, unit):
        return self.run("journalctl", "--unit", unit, "--no-pager", "--output", "cat", check=False).stdout

    def stop(self):
        if self.nspawn is not None:
            self._power_off()
        self.groups.remove()

    def _power_off(self):
        if self.leader is None:
            self.nspawn.kill()
            self.nspawn.wait()
            return
        print(self.journal("countersign")[-6000:], self.journal("countersign-agent")[-3000:])  # shown of a test that failed
        os.kill(self.leader, signal.SIGRTMIN + 4)  # systemd's word for: power off
        try:
            self.nspawn.wait(90)
        except subprocess.TimeoutExpired:
            os.kill(self.leader, signal.SIGKILL)  # with the first process all end
            self.nspawn.wait()
