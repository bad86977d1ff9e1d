"""The Java examples."""

import pytest

from compiled import awkward, compiled, expect_awkward  # pylint: disable=unused-import
from desk import BUILT, Elsewhere, check_example, checks, expect_failure, expect_jane
from support.login import PAM_REFUSED

JAVA = BUILT / "java"
EXAMPLES = {name: ["java", "-cp", f"{JAVA}/classes:{JAVA}/lib/*", name] for name in ("Pgjdbc", "Pool", "Wrapper")}

pytestmark = compiled("java", "made-of")


class Tunnel(Elsewhere):
    """The database under another port, at an address that its certificate has."""

    address = "127.0.0.1"


@pytest.mark.parametrize("example", EXAMPLES)
@checks
def test_example(desk, example, check):
    check_example(desk, EXAMPLES[example], check, IAM_HOST=desk.host)


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_name_that_has_to_be_escaped(desk, awkward, example):  # pylint: disable=redefined-outer-name
    expect_awkward(desk, EXAMPLES[example], awkward, IAM_HOST=desk.host)


def through_a_tunnel(desk, example, **environment):
    with Tunnel(desk.host, desk.port) as tunnel:
        return desk.run(EXAMPLES[example], desk.clerk, PGHOST=tunnel.address, PGPORT=tunnel.server_address[1],
                        **environment)


def test_the_wrapper_signs_for_the_endpoint_behind_a_tunnel(desk):
    mark = len(desk.server.logins())
    done = through_a_tunnel(desk, "Wrapper", IAM_HOST=desk.host, IAM_PORT=desk.port)
    expect_jane(desk, done, mark, desk.clerk)


@pytest.mark.parametrize("endpoint", ["the tunnel's name", "the tunnel's port"])
def test_a_token_for_the_tunnel_itself_is_refused(desk, endpoint):
    mark = len(desk.server.logins())
    if endpoint == "the tunnel's name":
        done = through_a_tunnel(desk, "Pgjdbc")
    else:
        done = through_a_tunnel(desk, "Wrapper", IAM_HOST=desk.host)
    expect_failure(done)
    assert PAM_REFUSED.format("jane") in done.stderr
    assert desk.stock.recorded_since(mark, "jane")[-1]["check"] == "token.endpoint"


def test_verify_ca_connects_under_any_name(desk):
    mark = len(desk.server.logins())
    with Elsewhere(desk.host, desk.port) as elsewhere:
        done = desk.run(EXAMPLES["Wrapper"], desk.clerk, PGHOST=elsewhere.address, PGPORT=elsewhere.server_address[1],
                        IAM_HOST=desk.host, IAM_PORT=desk.port, PGSSLMODE="verify-ca")
    expect_jane(desk, done, mark, desk.clerk)
