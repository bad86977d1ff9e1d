"""README's commands, and what types them in a root."""

import contextlib
import pathlib
import re
import shutil
import socket
import tempfile

from root import Root

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
POSTGRESQL = {"bookworm": "15", "trixie": "17"}  # the distribution's
HOURS = 3600


def two_commands():
    """The shell blocks of that section of the README."""
    section = (REPOSITORY / "README.md").read_text().split("## Two commands")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def _free_ports(number):
    """So many ports in a row that nobody has now."""
    for first in range(20000, 30000, number):
        with contextlib.ExitStack() as all_of_them:
            try:
                for port in range(first, first + number):
                    all_of_them.enter_context(socket.create_server(("127.0.0.1", port)))
                return first
            except OSError:
                continue
    raise AssertionError("no ports in a row are free")


@contextlib.contextmanager
def root_with_a_clone(suite, person=None):
    """A root that has a clone of this repository's newest commit and is gone afterwards."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="countersign-root-", dir=REPOSITORY / "build"))
    place.chmod(0o755)
    try:
        made = Root(place / suite, suite, person)
        made.suite = suite
        made.tree = f"{made.home}/countersign"
        made.clone(REPOSITORY, made.tree)
        yield made
    finally:
        shutil.rmtree(place)


def type_in(root, command, patience, **environment):
    """What the command said; it has to succeed."""
    log = REPOSITORY / f"build/distribution-{root.suite}{'-' if root.person else ''}{root.person or ''}.log"
    code = root.run(f"cd {root.tree}\n{command}", log, patience, environment)
    said = log.read_text(errors="replace")
    assert code == 0, f"{root.suite}: {command}: exit {code}\n{said[-6000:]}"
    assert "warning:" not in said, said[-6000:]
    return said


def quickstart(root):
    """README's first command, from nothing to a login by token."""
    assert not {"cmake", "g++", "python3", "git", "openssl", "curl", "postgresql-common"} & root.packages()
    first = _free_ports(20)
    said = type_in(root, two_commands()[0], 2 * HOURS, COUNTERSIGN_LISTEN=f"127.0.0.1:{first}",
                   COUNTERSIGN_DATABASE_PORTS=f"{first + 1}-{first + 19}")
    assert re.search(r"current_user \|\s+tls\s*\n[-+]+\n mydbuser +\| TLSv1\.3", said), said[-4000:]
    assert f"PostgreSQL {POSTGRESQL[root.suite]}." in said
    return said
