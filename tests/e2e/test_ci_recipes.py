"""The recipes of packaging/ci do what they say: read as the CI reads them, and every line run but the package manager's."""

import hashlib
import os
import pathlib
import platform
import re
import subprocess
import tarfile

import pytest
import yaml

from support.poll import PATIENCE, until
from support.server import BIN, REPOSITORY, clean_environment, is_alive, run

RECIPES = REPOSITORY / "packaging/ci"
BY_THE_DISTRIBUTION = re.compile(r"apt-get|/etc/postgresql-common")


def github():
    """The steps that run something: name, and text."""
    job = yaml.safe_load((RECIPES / "github-actions.yml").read_text())["jobs"]["tests"]
    return [(step["name"], step["run"]) for step in job["steps"] if "run" in step]


def gitlab():
    """The lines of the job's own shell, and those of the shell behind it."""
    job = yaml.safe_load((RECIPES / "gitlab-ci.yml").read_text())["tests"]
    return job["before_script"] + job["script"], job["after_script"]


@pytest.fixture(name="place")
def _place(tmp_path):
    """The project, and an archive as the page has it made."""
    archive = tmp_path / "countersign.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as made:
        made.add(BIN / "countersign", "bin/countersign")
        made.add(BIN / "libcountersign_pam.so", "lib/countersign/libcountersign_pam.so")
    project = tmp_path / "project"
    project.mkdir()
    environment = clean_environment(tmp_path)
    environment["PATH"] = ":".join(part for part in environment["PATH"].split(":") if part != str(BIN))
    environment |= {"COUNTERSIGN_ARCHIVE": archive.as_uri(), "RUNNER_TEMP": str(tmp_path), "CI_JOB_STATUS": "failed",
                    "COUNTERSIGN_SHA256": hashlib.sha256(archive.read_bytes()).hexdigest()}
    yield project, environment
    if (project / "countersign.pid").exists():
        pid = int((project / "countersign.pid").read_text())
        if is_alive(pid):
            os.kill(pid, 15)
        until(lambda: not is_alive(pid), "the server of the recipe has ended")


def bash(script, place):
    """As both run a step. The server lives on with its output in files."""
    project, environment = place
    return run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script], environment, cwd=project)


def take_over(file, environment, apply):
    """What a step left for those behind it, NAME=value or a folder each."""
    for line in file.read_text().splitlines():
        apply(environment, line)
    file.write_text("")


def test_github_actions(place, tmp_path):
    _, environment = place
    files = {name: tmp_path / name.lower() for name in ("GITHUB_ENV", "GITHUB_PATH")}
    for name, file in files.items():
        file.touch()
        environment[name] = str(file)
    said = {}
    for name, text in github():
        if BY_THE_DISTRIBUTION.search(text):
            continue
        said[name] = bash(text, place).stdout
        take_over(files["GITHUB_ENV"], environment, lambda of, line: of.update([line.split("=", 1)]))
        take_over(files["GITHUB_PATH"], environment, lambda of, line: of.update(PATH=f"{line}:{of['PATH']}"))
    assert "\n app\n" in said["Your tests"] and "allowed" in said["Why a login was refused"]
    assert environment["AWS_SECRET_ACCESS_KEY"] in said["The application's key"].removeprefix("::add-mask::")
    assert environment["PGUSER"] == "app" and "PGPASSWORD" not in environment


def test_gitlab(place, tmp_path):
    lines, behind = gitlab()
    whole = "\n".join(line for line in lines if not BY_THE_DISTRIBUTION.search(line))
    done = bash(whole.replace("/opt/countersign", str(tmp_path / "opt")), place)
    assert "\n app\n" in done.stdout
    project, _ = place
    pid = int((project / "countersign.pid").read_text())
    assert is_alive(pid)
    assert "database.isolation" in bash("\n".join(behind), place).stdout  # what it said, as the job failed
    until(lambda: not is_alive(pid), "the server has ended with the job")


def test_another_archive_is_refused(place):
    _, environment = place
    environment["COUNTERSIGN_SHA256"] = "0" * 64
    lines, _ = gitlab()
    fetching = "\n".join(line for line in lines if "countersign.tar.gz" in line)
    done = subprocess.run(["bash", "-eo", "pipefail", "-c", fetching], env=environment, cwd=place[0], capture_output=True,
                          text=True, timeout=PATIENCE, check=False)
    assert done.returncode != 0 and "did NOT match" in done.stderr + done.stdout


@pytest.mark.parametrize("text", [*(text for _, text in github()), *(line for part in gitlab() for line in part)])
def test_shellcheck_finds_nothing(text):
    lines = "#!/bin/bash\n# shellcheck disable=SC2155\n" + text  # SC2155: what fails there is seen at once
    done = subprocess.run(["shellcheck", "--norc", "-"], input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def package_of(library):
    """A folder may be known to the packages by its other name, /lib or /usr/lib."""
    real = pathlib.Path(library).resolve()
    for name in (library, real, f"/usr{library}", str(real).removeprefix("/usr")):
        found = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    return library


@pytest.mark.skipif(platform.freedesktop_os_release().get("VERSION_ID") != "12", reason="the lists are of Debian 12's packages")
def test_every_library_is_in_the_packages():
    """What the programs are linked with comes with a package of that list, or with what every Debian has."""
    linked = subprocess.run(["ldd", BIN / "countersign", BIN / "libcountersign_pam.so"], capture_output=True, text=True, check=True)
    owners = {package_of(library) for library in set(re.findall(r"=> (/\S+)", linked.stdout))}
    assert "libssl3" in owners
    by_systemd = {"libcap2", "libgcrypt20", "libgpg-error0", "liblz4-1", "libzstd1"}  # which it depends on
    for recipe in ("\n".join(text for _, text in github()), "\n".join(gitlab()[0])):
        assert not owners - set(recipe.split()) - by_systemd - {"libc6", "libgcc-s1", "libstdc++6"}
