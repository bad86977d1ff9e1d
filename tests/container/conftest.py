"""The fixtures of the container's tests."""

import os

import pytest

pytest.register_assert_rewrite("support", "engine", "place")

# pylint: disable=wrong-import-position
from engine import Engine
from place import Place


@pytest.fixture(name="make_place")
def _make_place(request):
    """Makes places in which the entry point runs as in a container, on this machine."""
    made = []

    def make(**environment):
        made.append(Place(**environment))
        return made[-1]
    try:
        yield make
    finally:
        for one in made:
            if request.session.testsfailed:
                print(f"--- the end of what it said ---\n{one.said()[-6000:]}")
            one.close()


@pytest.fixture(scope="session", name="engine")
def _engine():
    """With the image `countersign` of the packages that COUNTERSIGN_PACKAGES has."""
    engine = Engine()
    try:
        engine.build(os.environ["COUNTERSIGN_PACKAGES"], "countersign")
        yield engine
    finally:
        engine.close()
