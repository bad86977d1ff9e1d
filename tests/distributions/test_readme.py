"""README's two commands, word for word, on a pristine root of each distribution: nothing is installed before."""

import os
import pathlib
import re
import shutil
import socket
import tempfile

import pytest

from root import Root

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
POSTGRESQL = {"bookworm": "15", "trixie": "17"}  # the distribution's
HOURS = 3600
TREE = "/root/countersign"


def two_commands():
    """The shell blocks of that section of the README."""
    section = (REPOSITORY / "README.md").read_text().split("## Two commands")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def free_ports(number):
    """So many ports in a row that nobody has now."""
    for first in range(20000, 30000, number):
        with_all = []
        try:
            for port in range(first, first + number):
                with_all.append(socket.create_server(("127.0.0.1", port)))
            return first
        except OSError:
            continue
        finally:
            for one in with_all:
                one.close()
    raise AssertionError("no ports in a row are free")


@pytest.fixture(name="root", scope="module", params=os.environ.get("COUNTERSIGN_SUITES", "bookworm trixie").split())
def _root(request):
    place = pathlib.Path(tempfile.mkdtemp(prefix="countersign-root-", dir=REPOSITORY / "build"))
    place.chmod(0o755)
    try:
        made = Root(place / request.param, request.param)
        made.suite = request.param
        made.clone(REPOSITORY, TREE)
        yield made
    finally:
        shutil.rmtree(place)


def type_in(root, command, patience, **environment):
    """What the command said; it has to succeed."""
    log = REPOSITORY / f"build/distribution-{root.suite}.log"
    code = root.run(f"cd {TREE}\n{command}", log, patience, environment)
    said = log.read_text(errors="replace")
    assert code == 0, f"{root.suite}: {command}: exit {code}\n{said[-6000:]}"
    return said


def test_readme_has_two_commands():
    assert two_commands() == ["./quickstart\n", "./test\n"]


def test_quickstart(root):
    assert not {"cmake", "g++", "python3", "git", "openssl", "curl", "postgresql-common"} & root.packages()
    first = free_ports(20)
    said = type_in(root, two_commands()[0], 2 * HOURS, COUNTERSIGN_LISTEN=f"127.0.0.1:{first}",
                   COUNTERSIGN_DATABASE_PORTS=f"{first + 1}-{first + 19}")
    assert re.search(r"current_user \|\s+tls\s*\n[-+]+\n mydbuser +\| TLSv1\.3", said), said[-4000:]
    assert f"PostgreSQL {POSTGRESQL[root.suite]}." in said
    assert "warning:" not in said


def test_test(root):
    said = type_in(root, two_commands()[1], 6 * HOURS)
    assert re.search(r"^\d+ passed, 0 failed$", said, re.MULTILINE), said[-4000:]
    assert "warning:" not in said
