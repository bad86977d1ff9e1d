"""The fixtures of the end-to-end tests, and `desk`, where a person sits who runs one of the examples."""

import shutil

import pytest

pytest.register_assert_rewrite("support", "desk")

# pylint: disable=wrong-import-position,unused-import
from desk import BUILT, CLIENTS, Desk
from support.fixtures import aws, everybody, new_server, pytest_sessionstart, pytest_terminal_summary, server, stock


@pytest.fixture(scope="module")
def desk(stock):  # pylint: disable=redefined-outer-name
    """The stock database, keys that may connect to it as jane and one that may not, and a way to run an example."""
    return Desk(stock)


@pytest.fixture(scope="module")
def javascript(tmp_path_factory):
    """The JavaScript examples beside their modules, as after npm ci."""
    directory = tmp_path_factory.mktemp("javascript")
    for file in (CLIENTS / "javascript").iterdir():
        shutil.copy(file, directory)
    (directory / "node_modules").symlink_to(BUILT / "javascript/node_modules")
    return directory
