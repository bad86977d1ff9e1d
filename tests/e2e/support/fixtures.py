"""Fixtures of every suite: each module has a server of its own; `stock` adds a database. Nothing outlives its module."""

import pytest

from support import aws as aws_client
from support.server import PROGRAM, Server
from support.stock import Stock


def pytest_sessionstart(session):
    if not PROGRAM.exists() and not hasattr(session.config, "workerinput"):
        pytest.exit(f"{PROGRAM} does not exist; build it, or say where it is with COUNTERSIGN_BIN", returncode=2)


def pytest_terminal_summary(terminalreporter):
    """What tests counted, such as the cases of a corpus that were left out."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "count":
                terminalreporter.write_line(str(value))


def end(server, request):
    if request.session.testsfailed:
        print(f"--- the end of what the server said ---\n{server.said()[-8000:]}")
    server.close()


@pytest.fixture(scope="module")
def server(request):
    """A running server."""
    made = Server()
    try:
        yield made.start()
    finally:
        end(made, request)


@pytest.fixture
def new_server(request):
    """Makes servers that are not started yet; for tests that need their own."""
    made = []

    def make(*options):
        made.append(Server(*options))
        return made[-1]
    try:
        yield make
    finally:
        for one in made:
            end(one, request)


@pytest.fixture(scope="module")
def aws(server):
    """The AWS CLI after eval "$(countersign env)"."""
    return aws_client.Aws(server)


@pytest.fixture(scope="module")
def stock(server):
    """The stock database on the module's server."""
    return Stock(server)


@pytest.fixture(scope="module")
def everybody(stock):
    """A principal that may connect to the stock database as anybody."""
    return stock.principal("everybody", stock.may_connect("*"))
