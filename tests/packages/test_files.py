"""What packages are made of, looked at without installing them."""

import os
import pathlib
import re
import subprocess

import pytest

from people import REPOSITORY

PROGRAM = pathlib.Path(os.environ.get("COUNTERSIGN_BIN", REPOSITORY / "build/release/bin")) / "countersign"
PACKAGING = REPOSITORY / "packaging"


def said(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(("unit", "tenths"), [("countersign", 30), ("countersign-agent", 31)])
def test_units_are_hardened(unit, tenths):
    done = said("systemd-analyze", "security", "--no-pager", "--offline=yes", f"--threshold={tenths}",
                str(PACKAGING / f"{unit}.service"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Overall exposure level for {unit}.service" in done.stdout


@pytest.mark.parametrize(("file", "command"), [("countersign.toml", "serve"), ("agent.toml", "agent")])
def test_what_configuration_files_offer_is_known(file, command):
    offered = set(re.findall(r"^#([a-z-]+) = ", (PACKAGING / file).read_text(), re.MULTILINE))
    known = set(re.findall(r"--([a-z-]+)", said(str(PROGRAM), command, "--help").stdout))
    assert offered and offered <= known


def test_the_configuration_is_read_as_it_is_offered(tmp_path):
    """With everything of it switched on, the command line alone is what is wrong."""
    mine = tmp_path / "countersign.toml"
    mine.write_text(re.sub(r"^#([a-z-]+ = )", r"\1", (PACKAGING / "countersign.toml").read_text(), flags=re.MULTILINE))
    done = said(str(PROGRAM), "--config", str(mine), "serve", "--data-dir", str(tmp_path / "data"), "--account-id", "x")
    assert done.returncode != 0 and "--account-id x: an account id has 12 digits" in done.stderr


def test_packages_say_the_version_of_the_tree():
    built = re.search(r"^project\(countersign VERSION ([0-9.]+)", (REPOSITORY / "CMakeLists.txt").read_text(), re.MULTILINE)
    assert (REPOSITORY / "debian/changelog").read_text().startswith(f"countersign ({built[1]})")


def test_a_release_is_of_a_tag():
    done = said(str(PACKAGING / "release"), "v999.0")
    assert done.returncode != 0 and "there is no tag v999.0" in done.stderr
