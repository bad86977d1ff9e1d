"""A root of a distribution as debootstrap makes it, and nothing more, entered by mount and process namespaces of its own.

The network is this machine's, as the package registries are reached by it.
"""

import os
import pathlib
import shlex
import shutil
import socket
import subprocess

MIRROR = "http://deb.debian.org/debian"
SECURITY = "http://deb.debian.org/debian-security"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Where this machine has the registries, and by whose word it believes them.
OF_REGISTRIES = ["http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL", "PIP_CERT", "NODE_EXTRA_CA_CERTS",
                 "npm_config_registry"]
CERTIFICATES = pathlib.Path("/usr/local/share/ca-certificates")

# $1: the root, $2: a compiler's cache of this machine or nothing, $3: whose home it is put into, $4: how it is mounted,
# then the command. The root is the namespace's own, so that programs in it may have user namespaces, which PostgreSQL's
# boundary needs.
ENTER = """
set -e
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs -o mode=0755 tmpfs run
[ -z "$2" ] || mount --bind "$2" ".$3/.cache/ccache"
[ -z "$2" ] || mount -o "remount,bind,$4" ".$3/.cache/ccache"
shift 4
pivot_root . .
umount -l .
exec chroot . "$@"
"""

# A compiler's cache that belongs to another user: what is in it is of use, and nothing is added to it.
READ_ONLY_CACHE = {"CCACHE_READONLY": "true", "CCACHE_NOSTATS": "true", "CCACHE_TEMPDIR": "/tmp/ccache"}


def _checked(words, patience, **more):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=patience,
                          **more)
    assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


class Root:
    """With a person, who has sudo and asks by it for what needs root, it is that person's machine; else it is root's."""

    def __init__(self, place, suite, person=None):
        self.place = pathlib.Path(place)
        self.person = person
        self.home = f"/home/{person}" if person else "/root"
        also = ["--include=sudo"] if person else []
        _checked(["debootstrap", "--variant=minbase", *also, suite, str(place), MIRROR], 1800)
        shutil.copy("/etc/resolv.conf", self.place / "etc/resolv.conf")
        hosts = ["127.0.0.1 localhost", f"127.0.1.1 {socket.gethostname()}", "::1 localhost ip6-localhost ip6-loopback"]
        (self.place / "etc/hosts").write_text("\n".join(hosts) + "\n")  # as the distribution's installer does
        lines = [f"deb {MIRROR} {suite} main", f"deb {MIRROR} {suite}-updates main", f"deb {SECURITY} {suite}-security main"]
        (self.place / "etc/apt/sources.list").write_text("\n".join(lines) + "\n")
        if CERTIFICATES.is_dir():  # taken up when the distribution's package of them is installed
            shutil.copytree(CERTIFICATES, self.place / CERTIFICATES.relative_to("/"), dirs_exist_ok=True)
        if person:
            self._chroot("useradd", "--create-home", "--shell", "/bin/bash", person)
            (self.place / "etc/sudoers.d/person").write_text(f"{person} ALL=(ALL) NOPASSWD: ALL\n")
        self.at(f"{self.home}/.cache/ccache").mkdir(parents=True)
        self._give(f"{self.home}/.cache")

    def at(self, inside):
        """Where this machine has it."""
        return self.place / inside.lstrip("/")

    def _chroot(self, *words):
        return _checked(["chroot", str(self.place), *words], 300, env={"PATH": PATH})

    def _give(self, inside):
        if self.person:
            self._chroot("chown", "-R", f"{self.person}:{self.person}", inside)

    def packages(self):
        return set(_checked(["dpkg-query", f"--admindir={self.place}/var/lib/dpkg", "-W", "-f=${Package}\n"], 60).split())

    def clone(self, repository, inside):
        """The newest commit of the repository, as git clone gives it."""
        _checked(["git", "clone", "--quiet", "--no-hardlinks", str(repository), str(self.at(inside))], 300)
        self._give(inside)

    def run(self, shell, log, patience, environment=None):
        """The exit code of what a person types, without a terminal. Whatever it started ends with it."""
        cache = _compilers_cache()
        own = {"LC_ALL": "C.UTF-8", **{name: os.environ[name] for name in OF_REGISTRIES if name in os.environ},
               **(READ_ONLY_CACHE if cache and self.person else {}), **(environment or {})}
        words = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--ipc", "--uts",
                 "bash", "-c", ENTER, "enter", str(self.place), str(cache or ""), self.home, "ro" if self.person else "rw",
                 *(self._as_person(own) if self.person else ["bash", "-c"]), shell]
        with open(log, "wb") as output:
            return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                  env={"PATH": PATH, "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", **own},
                                  check=False, timeout=patience).returncode

    def _as_person(self, environment):
        """A login of theirs, whose PATH has no directory of the administrator's; below a shell, as the first process has to
        take in orphans that end, and runuser takes none."""
        given = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
        return ["bash", "-c", 'runuser -l "$0" -c "$1" "$2"; exit $?', self.person, f'export {given}; exec bash -c "$0"']


def _compilers_cache():
    place = pathlib.Path.home() / ".cache/ccache"
    return place if place.is_dir() else None
