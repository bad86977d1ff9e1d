"""The audit names the program and the database of a login, in the client's own words."""

import pytest

NAMES = [
    ("nightly report", "nightly report"),
    ("""it's "quoted" \\ {"decision": "allowed"}""", """it's "quoted" \\ {"decision": "allowed"}"""),
    ("n" * 1024, "n" * 255),
]


def attempts(server):
    return [login for login in server.logins() if login["decision"] != "ended"]


def newest(server):
    return attempts(server)[-1]


def test_psql_names_itself(server, stock, everybody):
    stock.login.psql("jane", stock.token(everybody, "jane"), "SELECT 1")
    login = newest(server)
    assert (login["decision"], login["application_name"], login["database_name"]) == ("allowed", "psql", "postgres")


@pytest.mark.parametrize("name, shown", NAMES, ids=["plain", "quotes", "long"])
def test_a_name_of_ones_own(server, stock, everybody, name, shown):
    with stock.session(everybody, "jane", application_name=name):
        assert newest(server)["application_name"] == shown


def test_line_ends_make_no_second_line(server, stock, everybody):
    lines = len(attempts(server))
    name = 'one\n{"decision": "allowed", "user": "rdsadmin"}\r\x1b[31m'
    with stock.session(everybody, "jane", application_name=name):
        login = newest(server)
    assert len(attempts(server)) == lines + 1
    assert login["user"] == "jane" and login["application_name"].startswith("one")
    assert login["application_name"].isprintable()


def test_a_refused_login_is_named_too(server, stock, everybody):
    stock.login.refused("jane", "no token", application_name="guessing", dbname="nowhere")
    login = newest(server)
    assert (login["decision"], login["application_name"], login["database_name"]) == ("refused", "guessing", "nowhere")
