"""Both scripts as a person types them who is not root, but has sudo, on a root where sudo is all that was installed."""

import pytest

from commands import HOURS, quickstart, root_with_a_clone, type_in

PERSON = "somebody"


@pytest.fixture(name="root", scope="module")
def _root():
    with root_with_a_clone("bookworm", PERSON) as made:
        yield made


def files_of_others(root):
    """What lies in the person's home and is not theirs."""
    owner = root.at(root.home).stat().st_uid
    found = [root.at(root.home), *root.at(root.home).rglob("*")]
    return [str(path) for path in found if path.lstat().st_uid != owner]


def test_quickstart(root):
    said = quickstart(root)
    assert f"with its data in {root.home}/.local/share/countersign" in said
    assert files_of_others(root) == []


def test_test(root):
    said = type_in(root, "./test floors lint unit", 2 * HOURS)
    assert "3 passed, 0 failed" in said
    assert files_of_others(root) == []
