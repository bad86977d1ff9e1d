"""What root's ./quickstart reads and writes: nothing that the server's unprivileged user could have put there."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

import pytest

from support.faults import need_root
from support.server import PROGRAM, REPOSITORY, clean_environment, run

QUICKSTART = (REPOSITORY / "quickstart").read_text()


@pytest.fixture
def place():
    home = pathlib.Path(tempfile.mkdtemp(prefix="countersign-place-", dir="/tmp"))
    home.chmod(0o755)
    yield home
    shutil.rmtree(home)


def functions(*names):
    """Functions of the script, to be run by themselves."""
    found = []
    for name in names:
        match = re.search(rf"^{name}\(\) {{.*?(?:^}}| }})$", QUICKSTART, re.MULTILINE | re.DOTALL)
        assert match, f"quickstart has no function {name}"
        found.append(match[0])
    return "\n".join(found)


def shell(script, **variables):
    lines = [f"{name}={shlex.quote(str(value))}" for name, value in variables.items()]
    return subprocess.run(["bash", "-euo", "pipefail", "-c", "\n".join([*lines, script])], capture_output=True, text=True,
                          env=clean_environment("/nonexistent"), timeout=60, check=False)


def default_state():
    """Where root's walk keeps its key and password, with nothing set."""
    found = re.search(r"^data_dir.*?^state=.*?$|^home=.*?^state=.*?$", QUICKSTART, re.MULTILINE | re.DOTALL)
    done = shell(found[0] + '\necho "$state"', HOME="/home/somebody", data_dir="/var/lib/countersign")
    return done.stdout.strip()


def test_the_state_of_roots_walk_is_not_below_the_servers_directory():
    need_root("it is root's place that is asked for")
    state = default_state()
    assert state and not state.startswith(("/var/lib/countersign", "/home"))


def test_nothing_that_was_kept_is_run():
    assert not re.search(r"(^|[;&|(\s])(\.|source)\s+\S*\$\{?(state|data_dir)", QUICKSTART)
    done = shell(functions("kept") + "\nkept evil", state=tempfile.gettempdir())
    assert done.stdout == ""


def test_a_value_that_looks_like_a_command_stays_a_value(place):
    (place / "access-key-id").write_text("$(touch run) `touch run`; touch run\n")
    done = shell(functions("kept") + '\ncd "$state"; value=$(kept access-key-id); echo "$value"', state=place)
    assert done.stdout == "$(touch run) `touch run`; touch run\n"
    assert not (place / "run").exists()


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_a_place_that_others_can_change_is_refused(place, mode):
    (place / "open").mkdir()
    (place / "open").chmod(mode)
    script = "die() { echo \"$*\"; exit 1; }\n" + functions("is_ours", "make_state") + "\nmake_state"
    refused = shell(script, state=place / "open/state")
    assert refused.returncode == 1 and "others can change" in refused.stdout
    assert shell(script, state=place / "state").returncode == 0


def test_a_link_of_the_servers_user_is_not_followed(place):
    need_root("the place belongs to another user")
    theirs = place / "theirs"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    (theirs / "state").symlink_to(place / "elsewhere")
    (place / "elsewhere").mkdir()
    os.chown(place / "elsewhere", 65534, 65534)
    script = "die() { echo \"$*\"; exit 1; }\n" + functions("is_ours", "make_state") + "\nmake_state"
    assert shell(script, state=theirs / "state").returncode == 1


def test_no_password_stands_on_a_command_line():
    for script in ("quickstart", "test", "scripts/common.sh", "bench/run"):
        text = (REPOSITORY / script).read_text()
        for value in re.findall(r"--master-user-password[ =]+(\S+)", text):
            assert value.strip("\"'").startswith("file://"), f"{script}: {value}"


def test_what_env_prints_is_safe_to_evaluate(new_server):
    """root evaluates it, and the file that it reads is the server's user's."""
    server = new_server().start()
    credentials = server.data / "credentials"
    text = credentials.read_text()
    credentials.write_text(re.sub(r"(aws_access_key_id *= *).*", r"\1$(touch /tmp/countersign-evaluated)'`id`", text))
    done = run([PROGRAM, "env", "--data-dir", server.data], clean_environment(server.user_home), check=False)
    script = f"{done.stdout}\nprintf '%s' \"$AWS_ACCESS_KEY_ID\""
    if done.returncode == 0:
        assert shell(script).stdout == "$(touch /tmp/countersign-evaluated)'`id`"
    assert not pathlib.Path("/tmp/countersign-evaluated").exists()
