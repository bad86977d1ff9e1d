"""The fixtures of the packages' tests. They need root, debootstrap and systemd-nspawn."""

import hashlib
import os
import pathlib
import shutil
import tempfile

import pytest

from machine import SUITE, Machine, make_template, needs_of, run

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
    needs = needs_of(path for name, path in packages.items() if not name.endswith("-dbgsym"))
    made_of = hashlib.sha256(" ".join(needs).encode()).hexdigest()[:12]
    place = REPOSITORY / f"build/root-{SUITE}-{made_of}"
    if not place.exists():
        make_template(place, needs)
    return place


@pytest.fixture(name="machine")
def _machine(template):
    place = pathlib.Path(tempfile.mkdtemp(prefix="countersign-", dir=REPOSITORY / "build"))
    run(["cp", "-a", "--reflink=auto", str(template), str(place / "root")])
    machine = Machine(place / "root")
    try:
        yield machine.boot()
    finally:
        machine.stop()
        shutil.rmtree(place)
