"""The fixtures of the end-to-end tests, and `desk`, where a person sits who runs one of the examples."""

import importlib.util
import pathlib
import shutil
import sys

import pytest

E2E = pathlib.Path(__file__).resolve().parents[1] / "e2e"

pytest.register_assert_rewrite("desk")


def fixtures_of_e2e():
    """tests/e2e/conftest.py under a name of its own, because this file is a conftest too."""
    name = "conftest_of_e2e"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, E2E / "conftest.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


# pylint: disable=wrong-import-position
E2E_FIXTURES = fixtures_of_e2e()
server, new_server, aws = E2E_FIXTURES.server, E2E_FIXTURES.new_server, E2E_FIXTURES.aws
stock, everybody = E2E_FIXTURES.stock, E2E_FIXTURES.everybody
pytest_sessionstart = E2E_FIXTURES.pytest_sessionstart
pytest_terminal_summary = E2E_FIXTURES.pytest_terminal_summary

from desk import BUILT, CLIENTS, Desk


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
