"""The JavaScript examples."""

import shutil

import pytest

from desk import BUILT, CLIENTS, check_example, checks, needs

MODULES = BUILT / "javascript/node_modules"

pytestmark = needs(MODULES)


@pytest.fixture(name="javascript", scope="module")
def _javascript(tmp_path_factory):
    """The examples beside their modules, as after npm ci."""
    directory = tmp_path_factory.mktemp("javascript")
    for file in (CLIENTS / "javascript").iterdir():
        shutil.copy(file, directory)
    (directory / "node_modules").symlink_to(MODULES)
    return directory


@pytest.mark.parametrize("example", ["pg", "postgres"])
@checks
def test_example(desk, javascript, example, check):
    check_example(desk, ["node", javascript / f"with_{example}.js"], check)
