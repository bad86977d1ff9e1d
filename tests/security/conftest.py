"""The fixtures of the end-to-end tests, for attacks: each file is one boundary that was tried. In the long form every
server is under load meanwhile."""

import os

import pytest

pytest.register_assert_rewrite("support")

# pylint: disable=wrong-import-position,unused-import
from load import Load
from support.fixtures import aws, everybody, new_server, pytest_sessionstart, pytest_terminal_summary, server, stock
from support.server import Server


@pytest.fixture(scope="session", autouse=bool(os.environ.get("COUNTERSIGN_LONG")))
def under_load():
    """Each server that is started from now on is asked by others, too."""
    start = Server.start

    def start_and_ask(self):
        started = start(self)
        Load(self)
        return started
    Server.start = start_and_ask
    yield
    Server.start = start
