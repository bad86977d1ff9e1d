"""Where SDKs find credentials: a profile, a program of its own, the environment; the first that there is."""

import json
import shlex

import pytest

from desk import BUILT, CLIENTS, expect_jane, needs

PYTHON = BUILT / "python/bin/python"

pytestmark = needs(PYTHON, BUILT / "javascript/node_modules")


@pytest.fixture(name="example", params=["boto3", "rds-signer"])
def _example(request, javascript):
    return {"boto3": [PYTHON, CLIENTS / "python/with_psycopg.py"],
            "rds-signer": ["node", javascript / "with_pg.js"]}[request.param]


@pytest.fixture(name="home")
def _home(tmp_path):
    (tmp_path / ".aws").mkdir()
    return tmp_path


def environment_variables(principal):
    return {"AWS_ACCESS_KEY_ID": principal.key_id, "AWS_SECRET_ACCESS_KEY": principal.secret} | (
        {"AWS_SESSION_TOKEN": principal.session_token} if principal.session_token else {})


def profile(principal, name="orders"):
    lines = [f"{variable.lower()} = {value}" for variable, value in environment_variables(principal).items()]
    return "\n".join([f"[{name}]", *lines, ""])


def logs_in(desk, example, principal, **environment):
    """Without credentials in the environment, unless they are given here."""
    mark = len(desk.server.logins())
    expect_jane(desk, desk.run(example, None, **environment), mark, principal)


@pytest.mark.parametrize("who", ["clerk", "session"])
def test_environment_variables(desk, example, home, who):
    principal = getattr(desk, who)
    logs_in(desk, example, principal, HOME=home, **environment_variables(principal))


@pytest.mark.parametrize("who", ["clerk", "session"])
def test_a_profile(desk, example, home, who):
    principal = getattr(desk, who)
    (home / ".aws/credentials").write_text(profile(desk.stranger, "default") + profile(principal))
    logs_in(desk, example, principal, HOME=home, AWS_PROFILE="orders")


@pytest.mark.parametrize("who", ["clerk", "session"])
def test_credential_process(desk, example, home, who):
    principal = getattr(desk, who)
    said = {"Version": 1, "AccessKeyId": principal.key_id, "SecretAccessKey": principal.secret}
    if principal.session_token:
        said |= {"SessionToken": principal.session_token, "Expiration": "2100-01-01T00:00:00Z"}
    (home / "said.json").write_text(json.dumps(said))
    (home / ".aws/config").write_text(f"[profile orders]\ncredential_process = cat {shlex.quote(str(home / 'said.json'))}\n")
    logs_in(desk, example, principal, HOME=home, AWS_PROFILE="orders")


def test_a_profile_that_may_not_connect(desk, example, home):
    (home / ".aws/credentials").write_text(profile(desk.stranger))
    mark = len(desk.server.logins())
    done = desk.run(example, None, HOME=home, AWS_PROFILE="orders")
    assert done.returncode == 1 and "PAM authentication failed" in done.stderr
    assert desk.stock.recorded_since(mark, "jane")[-1]["principal_arn"].endswith("/stranger")


def test_without_credentials_no_login_is_tried(desk, example, home):
    mark = len(desk.server.logins())
    done = desk.run(example, None, HOME=home, AWS_EC2_METADATA_DISABLED="true")
    assert done.returncode == 1 and "credentials" in done.stderr
    assert not desk.server.logins()[mark:]
