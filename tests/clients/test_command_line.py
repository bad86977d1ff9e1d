"""The examples of the command line: C with libpq, psql, and three makers of tokens for them."""

import pathlib
import shutil

import pytest

from desk import CLIENTS, SAFE_SEARCH_PATH, check_example, checks
from support.server import BIN, VENV_BIN, run

# What comes first in PATH, for `aws`; `countersign` is there in any case.
MAKERS = {"aws of Debian": ("aws", "/usr/bin"), "aws of PyPI": ("aws", VENV_BIN), "countersign": ("countersign", BIN)}
makers = pytest.mark.parametrize("maker", [
    pytest.param(name, marks=pytest.mark.skipif(not (pathlib.Path(place) / program).exists(),
                                                reason=f"{place}/{program} is not there; ./test installs it"))
    for name, (program, place) in MAKERS.items()])


def check_program(desk, script, maker, check):
    program, place = MAKERS[maker]
    check_example(desk, ["bash", CLIENTS / script.format(program)], check, PATH=f"{place}:{BIN}:{SAFE_SEARCH_PATH}")


@pytest.fixture(name="login", scope="module")
def _login(desk):
    """The program, made where the examples run."""
    shutil.copy(CLIENTS / "c/login.c", desk.home)
    run(["bash", CLIENTS / "c/build.sh"], desk.environment(None), cwd=desk.home)


@pytest.mark.usefixtures("login")
@makers
@checks
def test_libpq(desk, maker, check):
    check_program(desk, "c/login_{}.sh", maker, check)


@makers
@checks
def test_psql(desk, maker, check):
    check_program(desk, "shell/psql_{}.sh", maker, check)


@makers
def test_the_makers_are_what_they_are_called(maker):
    program, place = MAKERS[maker]
    said = run([pathlib.Path(place) / program, "--version"], {}).stdout
    assert said.startswith({"aws of Debian": "aws-cli/2.", "aws of PyPI": "aws-cli/1."}.get(maker, "countersign ")), said
