"""README's two commands, word for word, on a pristine root of each distribution: nothing is installed before."""

import os
import re

import pytest

from commands import HOURS, quickstart, root_with_a_clone, two_commands, type_in


@pytest.fixture(name="root", scope="module", params=os.environ.get("COUNTERSIGN_SUITES", "bookworm trixie").split())
def _root(request):
    with root_with_a_clone(request.param) as made:
        yield made


def test_readme_has_two_commands():
    assert two_commands() == ["./quickstart\n", "./test\n"]


def test_quickstart(root):
    quickstart(root)


def test_test(root):
    said = type_in(root, two_commands()[1], 6 * HOURS)
    assert re.search(r"^\d+ passed, 0 failed$", said, re.MULTILINE), said[-4000:]
