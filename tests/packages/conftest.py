"""The fixtures of the packages' tests. They need root, debootstrap and systemd-nspawn."""

import os
import pathlib
import shutil
import tempfile

import pytest
from machine import SUITE, Machine, make_template, run

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session", name="packages")
def _packages():
    """The packages that `packaging/release` made, by name, where COUNTERSIGN_PACKAGES says."""
    place = pathlib.Path(os.environ["COUNTERSIGN_PACKAGES"])
    found = {path.name.split("_")[0]: path for path in place.glob("*.deb")}
    assert {"countersign", "countersign-server", "countersign-agent", "libpam-countersign"} <= set(found)
    return found


@pytest.fixture(scope="session", name="template")
def _template(packages):
    place = REPOSITORY / f"build/root-{SUITE}"
    if not place.exists():
        make_template(place, [path for name, path in packages.items() if not name.endswith("-dbgsym")])
    return place


@pytest.fixture(name="machine")
def _machine(template):
    place = pathlib.Path(tempfile.mkdtemp(prefix="countersign-", dir=REPOSITORY / "build"))
    machine = Machine(place / "root")
    run(["cp", "-a", "--reflink=auto", str(template), str(place / "root")])
    try:
        yield machine.boot()
    finally:
        machine.stop()
        shutil.rmtree(place)
