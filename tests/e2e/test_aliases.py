"""Endpoint aliases: further names in tokens, strict otherwise, and in certificates."""

import json

import pytest

from support.poll import until

ALIAS = "alias.example"


def connect(stock, principal, host, port=None):
    """psycopg through the name `host`, verified, at this machine's address; the token is signed for that name."""
    token = stock.token(principal, "jane", host=host, port=port or stock.port)
    conninfo = (f"host={host} hostaddr=127.0.0.1 port={stock.port} dbname=postgres user=jane sslmode=verify-full "
                f"sslrootcert={stock.login.bundle}")
    import psycopg  # pylint: disable=import-outside-toplevel
    try:
        with psycopg.connect(conninfo, password=token, passfile="/dev/null") as session:
            return session.execute("SELECT session_user").fetchone()[0]
    except psycopg.OperationalError as error:
        return str(error)


@pytest.fixture(name="alias")
def _alias(stock):
    name = f"{ALIAS}:{stock.port}"
    stock.server.command("alias", "add", stock.name, name)
    try:
        yield name
    finally:
        stock.server.command("alias", "remove", stock.name, name, check=False)


def test_a_token_for_the_alias_is_accepted_with_the_name_verified(stock, everybody, alias):
    until(lambda: connect(stock, everybody, ALIAS) == "jane", f"the certificate carries {alias}")
    assert connect(stock, everybody, "localhost") == "jane"


def test_a_token_for_an_undeclared_name_is_refused(stock, everybody):
    mark = len(stock.server.logins())
    token = stock.token(everybody, "jane", host="undeclared.example")
    assert "PAM authentication failed" in stock.login.refused("jane", token)
    entry = stock.recorded_since(mark, "jane")[-1]
    assert entry["check"] == "token.endpoint" and "undeclared.example" in entry["reason"]


def test_the_port_is_a_part_of_the_name(stock, everybody):
    stock.server.command("alias", "add", stock.name, "tunnel.example:15999")
    try:
        token = stock.token(everybody, "jane", host="tunnel.example", port=15999)
        until(lambda: stock.login.bare("jane", token.encode()) is None, "the alias counts")
        other = stock.token(everybody, "jane", host="tunnel.example")
        assert "PAM authentication failed" in stock.login.refused("jane", other)
    finally:
        stock.server.command("alias", "remove", stock.name, "tunnel.example:15999")


def test_a_removed_alias_counts_no_longer(stock, everybody, alias):
    until(lambda: connect(stock, everybody, ALIAS) == "jane", "the alias counts")
    stock.server.command("alias", "remove", stock.name, alias)
    token = stock.token(everybody, "jane", host=ALIAS)
    until(lambda: stock.login.bare("jane", token.encode()) is not None, "the alias counts no longer")


def test_aliases_are_listed(stock, alias):
    listed = json.loads(stock.server.command("alias", "list", stock.name, "--json").stdout)
    assert listed == {"Aliases": [{"DBIdentifier": stock.name, "Endpoint": alias}]}
    assert alias in stock.server.command("alias", "list").stdout


@pytest.mark.parametrize("words, said", [
    (("add", "c1", "no-port"), "is not HOST:PORT"),
    (("add", "c1", "a,b:5432"), "is not HOST:PORT"),
    (("add", "nothing", "a.example:1"), "There is no database nothing"),
    (("remove", "c1", "a.example:1"), "is no alias"),
])
def test_what_is_wrong_is_said(stock, words, said):
    done = stock.server.command("alias", *words, check=False)
    assert done.returncode == 1 and said in done.stderr


def test_a_name_is_declared_once(stock, alias):
    done = stock.server.command("alias", "add", stock.name, alias.upper(), check=False)
    assert done.returncode == 1 and "already" in done.stderr


def test_aliases_survive_a_restart(stock, everybody, alias):
    stock.server.restart()
    stock.until_it_answers()
    assert connect(stock, everybody, ALIAS) == "jane", alias
