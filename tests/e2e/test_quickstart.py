"""./quickstart without a terminal, in directories of its own; it must not touch what a person has running."""

import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest

from support.ports import Ports
from support.server import REPOSITORY, clean_environment, is_alive

VARIABLES = ("COUNTERSIGN_DATA_DIR", "COUNTERSIGN_LISTEN", "COUNTERSIGN_DATABASE_PORTS", "COUNTERSIGN_QUICKSTART_DIR")


@pytest.fixture(scope="module")
def quickstart():
    text = (REPOSITORY / "quickstart").read_text()
    missing = [name for name in VARIABLES if name not in text]
    assert not missing, f"quickstart takes no {missing}, so it cannot be run beside a real one"
    home = pathlib.Path(tempfile.mkdtemp(prefix="countersign-quickstart-", dir="/tmp"))
    home.chmod(0o755)
    ports = Ports()
    environment = clean_environment(home) | {
        "COUNTERSIGN_DATA_DIR": str(home / "data"), "COUNTERSIGN_LISTEN": f"127.0.0.1:{ports.first}",
        "COUNTERSIGN_DATABASE_PORTS": f"{ports.first + 1}-{ports.last}",
        "COUNTERSIGN_QUICKSTART_DIR": str(home / "state")}

    def go(*words):
        return subprocess.run([REPOSITORY / "quickstart", *words], env=environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=1800, check=False)
    yield go, home
    go("--stop")
    shutil.rmtree(home, ignore_errors=True)
    ports.release()


def test_without_the_package_index_the_distributions_aws_is_taken(tmp_path):
    for part in ("build", "tests"):
        (tmp_path / part).mkdir()
    shutil.copy(REPOSITORY / "tests/requirements.txt", tmp_path / "tests")
    away = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_EXTRA_INDEX_URL": ""}
    done = subprocess.run(["bash", "-euc", f". {REPOSITORY}/scripts/common.sh; make_aws; aws --version"], cwd=tmp_path,
                          env=clean_environment(tmp_path) | away, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "taking the distribution's AWS CLI" in done.stdout and "aws-cli/" in done.stdout
    assert not (tmp_path / "build/venv").exists() and (tmp_path / "build/venv.log").read_text()


def server_pid(home):
    return int(re.search(r'"pid":\s*(\d+)', (home / "data/serve.json").read_text()).group(1))


def try_next(summary, home):
    """Runs what the summary says to try next, as it is printed."""
    *before, first, follow, last = re.search(r"where they are:\n(?:  .*\n)+\n(?:  .*\n){3}", summary)[0].split("\n  ")[1:]
    assert "logins --follow" in follow
    script = "\n".join([*before, first, f"timeout 3 {follow.split('#')[0]} || [ $? = 124 ]", last])
    done = subprocess.run(["bash", "-ec", script], env=clean_environment(home), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "allowed" in done.stdout and '"DBClusterIdentifier": "quickstart"' in done.stdout


def unpadded(text):
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


def test_it_walks_the_story_and_goes_on_where_it_was(quickstart):
    go, home = quickstart
    first = go()
    assert first.returncode == 0, first.stdout[-3000:] + first.stderr[-3000:]
    assert first.stdout.index("What this does") < first.stdout.index("Installing what is needed")
    readme = (REPOSITORY / "README.md").read_text().split("\n## Two commands\n")[1]
    shown = re.search(r"^```text\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)[1]
    assert "mydbuser" in shown and unpadded(shown) in unpadded(first.stdout)
    assert "allowed" in first.stdout and "./quickstart --stop" in first.stdout
    try_next(first.stdout, home)
    pid = server_pid(home)
    assert is_alive(pid)
    second = go()
    assert second.returncode == 0, second.stdout[-3000:] + second.stderr[-3000:]
    assert re.search(r"^\s*mydbuser\s*\|\s*TLSv1\.[23]$", second.stdout, re.MULTILINE)
    assert server_pid(home) == pid
    stopped = go("--stop")
    assert stopped.returncode == 0 and "has stopped" in stopped.stdout
    assert not is_alive(pid)
    again = go("--stop")
    assert again.returncode == 0 and "not running" in again.stdout
    third = go()
    assert third.returncode == 0, third.stdout[-3000:] + third.stderr[-3000:]
    assert re.search(r"^\s*mydbuser\s*\|\s*TLSv1\.[23]$", third.stdout, re.MULTILINE)


def test_words_that_it_does_not_know(quickstart):
    go, _ = quickstart
    refused = go("--nonsense")
    assert refused.returncode == 2 and "--stop" in refused.stderr
    assert go("--help").returncode == 0
