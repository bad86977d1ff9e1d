"""/metrics: figures for everybody who reaches the API, names for those who may see them."""

import re
import urllib.error
import urllib.request

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from support.aws import administrator, allow, deny, document, new_account, new_principal
from support.server import Server, StartFailed
from support.stock import Stock

RIGHT = "countersign:GetMetrics"


@pytest.fixture(scope="module", name="server")
def _server():
    """One with an address of /metrics of its own; it takes the place of the suite's."""
    made = Server("--metrics-listen", "127.0.0.1:0")
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture(scope="module", name="counted", autouse=True)
def _counted(stock, everybody):
    """A login has been counted."""
    stock.session(everybody, "jane").close()
    return stock


def fetched(url, headers=()):
    request = urllib.request.Request(url, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def signed(server, principal):
    request = botocore.awsrequest.AWSRequest("GET", server.url + "/metrics")
    key = botocore.credentials.Credentials(principal.key_id, principal.secret)
    botocore.auth.SigV4Auth(key, "countersign", server.region).add_auth(request)
    return fetched(request.url, request.headers.items())


def names_of(stock):
    return [f'database="{stock.name}"', stock.resource_id, stock.server.account]


def test_who_reaches_the_api_learns_no_name(server, stock):
    status, text = fetched(server.url + "/metrics")
    assert status == 200 and re.search(r'^countersign_logins_total\{check="",decision="allowed"\} [1-9]', text, re.M)
    assert "countersign_iam_db_auth_connection_success_total " in text
    for secret in (*names_of(stock), "database=", "resource_id=", "region="):
        assert secret not in text


def test_the_address_of_its_own_has_the_names(server, stock):
    url = server.ready["metrics"]
    status, text = fetched(url + "/metrics")
    assert status == 200 and all(name in text for name in names_of(stock)[:2])
    for path in ("/", "/healthz", "/global-bundle.pem", "/metrics/x"):
        assert fetched(url + path)[0] == 404
    assert fetched(url + "/?Action=GetCallerIdentity&Version=2011-06-15")[0] == 404


def test_an_account_sees_its_own_by_a_right(server, stock):
    status, text = signed(server, administrator(server))
    assert status == 200 and all(name in text for name in names_of(stock)[:2])
    _, stranger = new_account(server, "stranger")
    assert signed(server, stranger) == (200, "")
    nobody = new_principal(server, "nobody")
    reader = new_principal(server, "reader", [document(allow(RIGHT, "*"))])
    denied = new_principal(server, "denied", [document(allow("*", "*"), deny(RIGHT, "*"))])
    status, text = signed(server, reader)
    assert status == 200 and stock.resource_id in text
    for principal in (nobody, denied):
        status, text = signed(server, principal)
        assert status == 403 and RIGHT in text and stock.resource_id not in text
    forged = type(reader)(reader.key_id, "x" * 40)
    status, text = signed(server, forged)
    assert status == 403 and stock.resource_id not in text


@pytest.mark.parametrize("where", ["0.0.0.0:0", "[::]:0"])
def test_names_leave_the_machine_with_tls_alone(new_server, where):
    with pytest.raises(StartFailed, match=r"--metrics-listen .*needs TLS"):
        new_server("--metrics-listen", where).start()


def test_by_default_there_is_no_such_address(new_server):
    server = new_server().start()
    stock = Stock(server)
    assert "metrics" not in server.ready
    stock.session(stock.principal("everybody", stock.may_connect("*")), "jane").close()
    assert stock.name not in re.findall(r'database="(.*?)"', fetched(server.url + "/metrics")[1])
