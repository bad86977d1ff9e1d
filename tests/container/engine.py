"""A container engine of its own for the tests: podman and runc from Debian, storage below build/, and a network namespace in
which it publishes ports. What runs there is reached by programs that enter that namespace, as clients on a host reach Docker's.

No registry is asked: what images stand on is made by debootstrap, as slim as Debian's own images.
"""

import os
import pathlib
import shutil
import stat
import subprocess
import tempfile

from support.poll import until
from support.server import REPOSITORY, VENV_BIN

SUITE = "trixie"
MIRROR = "http://deb.debian.org/debian"
SECURITY = "http://deb.debian.org/debian-security"
BASE = "localhost/countersign-test-base"
PATH = {"PATH": f"{VENV_BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
PATIENCE = 1800
# What Debian's slim images leave out, of the base and of every package that comes later.
LEFT_OUT = ("usr/share/doc", "usr/share/info", "usr/share/locale", "usr/share/man")
CACHES = ("var/cache/apt", "var/lib/apt/lists", "var/log")

# Not every machine lets root raise its limits, and not every one has systemd's timers for health checks.
CONTAINERS_CONF = """[containers]
default_ulimits = ["nofile=4096:4096", "nproc=10000:10000"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
image_default_format = "v2s2"
"""
STORAGE_CONF = """[storage]
driver = "vfs"
graphroot = "{place}/storage"
runroot = "{place}/run"
"""


def run(words, environment=None, check=True, **more):
    done = subprocess.run([str(word) for word in words], env=environment or PATH, capture_output=True, text=True, check=False,
                          timeout=PATIENCE, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{words}: exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done


def debian(suite=SUITE):
    """The root of a Debian as debootstrap makes it, kept from run to run."""
    place = REPOSITORY / f"build/root-image-{suite}-slim"
    if not place.exists():
        making = place.with_name(place.name + ".making")
        shutil.rmtree(making, ignore_errors=True)
        run(["debootstrap", "--variant=minbase", suite, making, MIRROR])
        (making / "etc/apt/sources.list").write_text(f"deb {MIRROR} {suite} main\ndeb {SECURITY} {suite}-security main\n")
        make_slim(making)
        making.rename(place)
    return place


def make_slim(root):
    (root / "etc/dpkg/dpkg.cfg.d/slim").write_text("".join(f"path-exclude /{folder}/*\n" for folder in LEFT_OUT))
    for folder in (*LEFT_OUT, *CACHES):
        for path in (root / folder).glob("*"):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


class Engine:
    """Its `docker` is a program that commands written for Docker find first."""

    def __init__(self):
        (REPOSITORY / "build").mkdir(exist_ok=True)
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="engine-", dir=REPOSITORY / "build"))
        self.home = self.place / "home"
        self.home.mkdir()
        (self.place / "containers.conf").write_text(CONTAINERS_CONF)
        (self.place / "storage.conf").write_text(STORAGE_CONF.format(place=self.place))
        self.environment = PATH | {"CONTAINERS_CONF": str(self.place / "containers.conf"), "HOME": str(self.home),
                                   "CONTAINERS_STORAGE_CONF": str(self.place / "storage.conf"), "BUILDAH_ISOLATION": "chroot"}
        self.network = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], env=PATH)
        own = os.readlink("/proc/self/ns/net")
        until(lambda: os.readlink(f"/proc/{self.network.pid}/ns/net") != own, "the network is there")
        self.enter = ["nsenter", f"--net=/proc/{self.network.pid}/ns/net"]
        run([*self.enter, "ip", "link", "set", "lo", "up"])
        self.programs = self.place / "bin"
        self.programs.mkdir()
        docker = self.programs / "docker"
        settings = " ".join(f"'{name}={value}'" for name, value in self.environment.items() if name.startswith(("CONT", "BUILDAH")))
        docker.write_text(f"#!/bin/sh\nexec {' '.join(self.enter)} env {settings} podman \"$@\"\n")
        docker.chmod(docker.stat().st_mode | stat.S_IXUSR)

    def podman(self, *words, check=True):
        """In the machine's own network, as it builds."""
        return run(["podman", *words], self.environment, check=check)

    def docker(self, *words, check=True):
        return run([self.programs / "docker", *words], PATH, check=check)

    def near(self, words, environment=None, check=True, **more):
        """A program of this machine, where ports are published."""
        return run([*self.enter, *words], PATH | {"HOME": str(self.home)} | (environment or {}), check=check, **more)

    def build(self, packages, tag, *options, suite=SUITE):
        # podman takes a stream as a file only; the root's own device files stay out of it
        archive = self.place / "base.tar"
        run(["tar", "--create", "--file", archive, "--directory", debian(suite), "--exclude=./dev/*", "."])
        self.podman("import", archive, BASE)
        archive.unlink()
        run([REPOSITORY / "packaging/container/build", packages, "--engine", "podman", "--base", BASE, "--tag", tag,
             *options, "--", "--network", "host", "--pull-never"], self.environment)

    def close(self):
        self.docker("rm", "--force", "--all", "--time", "60", check=False)
        self.podman("rmi", "--force", "--all", check=False)
        self.network.kill()
        self.network.wait()
        shutil.rmtree(self.place, ignore_errors=True)
