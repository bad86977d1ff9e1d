"""A root of a distribution as debootstrap makes it, and nothing more, entered by mount and process namespaces of its own.

The network is this machine's, as the package registries are reached by it.
"""

import os
import pathlib
import shutil
import subprocess

MIRROR = "http://deb.debian.org/debian"
SECURITY = "http://deb.debian.org/debian-security"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Where this machine has the registries, and by whose word it believes them.
OF_REGISTRIES = ["http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL", "PIP_CERT", "NODE_EXTRA_CA_CERTS",
                 "npm_config_registry"]
CERTIFICATES = pathlib.Path("/usr/local/share/ca-certificates")

# $1: the root, $2: a compiler's cache of this machine or nothing, then the command. The root is the namespace's own, so
# that programs in it may have user namespaces, which PostgreSQL's boundary needs.
ENTER = """
set -e
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs -o mode=0755 tmpfs run
mkdir -p root/.cache/ccache
[ -z "$2" ] || mount --bind "$2" root/.cache/ccache
shift 2
pivot_root . .
umount -l .
exec chroot . "$@"
"""


def _checked(words, patience, **more):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=patience,
                          **more)
    assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


class Root:
    def __init__(self, place, suite):
        self.place = pathlib.Path(place)
        _checked(["debootstrap", "--variant=minbase", suite, str(place), MIRROR], 1800)
        shutil.copy("/etc/resolv.conf", self.place / "etc/resolv.conf")
        lines = [f"deb {MIRROR} {suite} main", f"deb {MIRROR} {suite}-updates main", f"deb {SECURITY} {suite}-security main"]
        (self.place / "etc/apt/sources.list").write_text("\n".join(lines) + "\n")
        if CERTIFICATES.is_dir():  # taken up when the distribution's package of them is installed
            shutil.copytree(CERTIFICATES, self.place / CERTIFICATES.relative_to("/"), dirs_exist_ok=True)

    def packages(self):
        return set(_checked(["dpkg-query", f"--admindir={self.place}/var/lib/dpkg", "-W", "-f=${Package}\n"], 60).split())

    def clone(self, repository, inside):
        """The newest commit of the repository, as git clone gives it."""
        _checked(["git", "clone", "--quiet", "--no-hardlinks", str(repository), str(self.place / inside.lstrip("/"))], 300)

    def run(self, shell, log, patience, environment=None):
        """The exit code of what a person types, as root and without a terminal. Whatever it started ends with it."""
        words = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--ipc", "--uts",
                 "bash", "-c", ENTER, "enter", str(self.place), str(_compilers_cache() or ""), "bash", "-c", shell]
        own = {"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
               **{name: os.environ[name] for name in OF_REGISTRIES if name in os.environ}, **(environment or {})}
        with open(log, "wb") as output:
            return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=own,
                                  check=False, timeout=patience).returncode


def _compilers_cache():
    place = pathlib.Path.home() / ".cache/ccache"
    return place if place.is_dir() else None
