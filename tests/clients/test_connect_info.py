"""The URLs of `countersign connect-info --format jdbc`, used as they are printed."""

import json
import shlex

from compiled import compiled
from desk import BUILT, CLIENTS
from support.server import clean_environment, run

JAVA = ["java", "-cp", f"{BUILT}/java/lib/*", str(CLIENTS / "connect_info/WhoAmI.java")]

pytestmark = compiled("java", "made-of")


def environment_of(desk, credentials):
    return clean_environment(desk.home) | {
        "AWS_ACCESS_KEY_ID": credentials.key_id, "AWS_SECRET_ACCESS_KEY": credentials.secret,
        "AWS_SESSION_TOKEN": credentials.session_token, "AWS_REGION": desk.server.region}


def urls(desk, credentials, *words):
    """Those of pgJDBC and of the wrapper, and the command that makes a token."""
    environment = environment_of(desk, credentials)
    lines = desk.server.command("connect-info", desk.stock.name, "--user", "jane", "--format", "jdbc", *words,
                                environment=environment).stdout.splitlines()
    plain, wrapper = (line for line in lines if not line.startswith("#"))
    parts = json.loads(desk.server.command("connect-info", desk.stock.name, "--user", "jane", "--json", *words,
                                           environment=environment).stdout)
    assert plain.split("&password=")[0] == parts["jdbc"].split("&password=")[0] and wrapper == parts["jdbc_aws_wrapper"]
    return plain, wrapper, parts["token_command"]


def who(desk, url, credentials, **more):
    done = run([*JAVA, url], environment_of(desk, credentials) | more, check=False)
    return done.stdout.strip() or done.stderr


def test_pgjdbc_takes_the_url_with_its_token(desk):
    for credentials in (desk.clerk, desk.session):
        plain, _, _ = urls(desk, credentials, "--with-token")
        assert who(desk, plain, credentials) == "jane"


def test_pgjdbc_takes_the_token_as_a_property(desk):
    plain, _, command = urls(desk, desk.session)
    assert "password" not in plain
    token = run(shlex.split(command), environment_of(desk, desk.session)).stdout.strip()
    assert who(desk, plain, desk.session, TOKEN=token) == "jane"
    assert "PAM authentication failed" in who(desk, plain, desk.session, TOKEN=token[:-1])


def test_the_wrapper_makes_its_own(desk):
    _, wrapper, _ = urls(desk, desk.session)
    assert who(desk, wrapper, desk.session) == "jane"
    assert desk.server.attempts()[-1]["access_key_id"] == desk.session.key_id
    assert "PAM authentication failed" in who(desk, wrapper, desk.stranger)
