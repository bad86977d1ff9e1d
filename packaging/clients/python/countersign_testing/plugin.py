"""The pytest fixtures. Under pytest-xdist each worker has a server of its own."""

from __future__ import annotations

import typing

import pytest

from .database import Database, Instance
from .server import Server


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("countersign")
    group.addoption("--countersign", metavar="PROGRAM", help="the program countersign; default: that of the PATH")
    parser.addini("countersign_user", "database user of countersign_database", default="app")


@pytest.fixture(scope="session")
def countersign_server(request: pytest.FixtureRequest) -> typing.Iterator[Server]:
    """A server for the whole session: an account of its own, with its administrator."""
    with Server(command=request.config.getoption("--countersign")) as server:
        yield server


@pytest.fixture(scope="session")
def countersign_instance(countersign_server: Server) -> Instance:
    """A PostgreSQL for the whole session."""
    return countersign_server.create_instance()


@pytest.fixture
def countersign_database(request: pytest.FixtureRequest, countersign_instance: Instance) -> typing.Iterator[Database]:
    """A database of the test's own, with a user who may connect by token; dropped after it."""
    with countersign_instance.create_database(user=request.config.getini("countersign_user")) as database:
        yield database
