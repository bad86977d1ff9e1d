"""pgAdmin 4 in server mode, in a real browser: what docs/pgadmin.md says, step by step.

Pictures of each step are kept in build/artefacts/pgadmin; docs/pictures has copies of some, with fewer colours.
"""

import json
import os
import shutil
import sqlite3
import types

import pytest

from pgadmin.browser import Browser
from pgadmin.instance import EMAIL, SHARED, PgAdmin
from pgadmin.pages import Pages
from support import aws, tokens
from support.login import PAM_REFUSED
from support.poll import until
from support.server import REPOSITORY, clean_environment

PICTURES = REPOSITORY / "build/artefacts/pgadmin"
BUNDLE = "global-bundle.pem"
TABLE = """
CREATE TABLE parcels (id integer PRIMARY KEY, destination text NOT NULL);
INSERT INTO parcels VALUES (1, 'Lyon'), (2, 'Turin'), (3, 'Graz');
GRANT SELECT ON parcels TO jane;
"""
QUERY = "SELECT current_user AS who, id, destination FROM parcels ORDER BY id"
ROWS = [["jane", "1", "Lyon"], ["jane", "2", "Turin"], ["jane", "3", "Graz"]]
GROUP = "Countersign"


def plain_entry(shop, name, root_certificate):
    """A server of servers.json whose password is typed, in the manual's own words."""
    return {"Name": name, "Group": GROUP, "Host": shop.stock.host, "Port": shop.stock.port, "MaintenanceDB": "postgres",
            "Username": "jane", "SSLMode": "verify-full", "SSLRootCert": root_certificate}


def command_entry(shop, name, profile="jane", expiration=None):
    """What `countersign pgadmin` prints for somebody who signs with this profile."""
    done = shop.stock.server.command("pgadmin", shop.stock.name, "--user", "jane", "--profile", profile, "--sslrootcert",
                                     f"/{BUNDLE}", environment=shop.pgadmin.environment)
    entry = json.loads(done.stdout)["Servers"]["1"]
    assert entry["ConnectionParameters"]["sslmode"] == "verify-full"
    assert entry["PasswordExecExpiration"] == 840
    return entry | {"Name": name} | ({"PasswordExecExpiration": expiration} if expiration is not None else {})


def put_credentials(shop, **keys):
    """~/.aws/credentials of the user that pgAdmin runs as."""
    place = shop.pgadmin.user_home / ".aws"
    place.mkdir(exist_ok=True, mode=0o700)
    text = "".join(f"[{name}]\naws_access_key_id = {key.key_id}\naws_secret_access_key = {key.secret}\n"
                   for name, key in keys.items())
    fresh = place / "credentials.new"
    fresh.write_text(text)
    fresh.chmod(0o600)
    fresh.rename(place / "credentials")


def second_key(shop):
    made = shop.stock.iam.create_access_key(UserName="jane-at-pgadmin")["AccessKey"]
    return aws.Principal(made["AccessKeyId"], made["SecretAccessKey"], name="jane-at-pgadmin")


@pytest.fixture(scope="module")
def shop(stock):
    """The stock database with a table, jane's keys, and a pgAdmin that knows servers of it."""
    stock.sql(TABLE)
    made = types.SimpleNamespace(stock=stock, jane=stock.principal("jane-at-pgadmin", stock.may_connect("jane")),
                                 stranger=stock.principal("stranger", stock.may_connect("bob")), pgadmin=PgAdmin())
    try:
        made.pgadmin.start()
        for place in (made.pgadmin.storage(), made.pgadmin.certificates):
            shutil.copy(stock.login.bundle, place / BUNDLE)
        made.other_key = second_key(made)
        put_credentials(made, jane=made.jane, lost=made.jane)
        entries = [plain_entry(made, "from a file", f"/{BUNDLE}"),
                   plain_entry(made, "shared certificate", f"{SHARED}:/{BUNDLE}"),
                   plain_entry(made, "path of the host", str(stock.login.bundle)),
                   command_entry(made, "by command"), command_entry(made, "renewed often", expiration=1),
                   command_entry(made, "without credentials", profile="lost")]
        put_credentials(made, jane=made.jane)
        made.pgadmin.load_servers(entries)
        yield made
    finally:
        made.pgadmin.close()


@pytest.fixture(scope="module")
def browser(shop, request):
    made = Browser(PICTURES)
    try:
        made.driver.get(shop.pgadmin.url)
        yield made
        if request.session.testsfailed:
            made.picture("failed")
    finally:
        made.close()


@pytest.fixture(scope="module")
def pages(shop, browser):
    """The administrator, signed in, with the group of servers open."""
    made = Pages(browser.driver)
    made.see("input[name=email]")
    browser.picture("login")
    made.sign_in(EMAIL, shop.pgadmin.password)
    made.open(GROUP)
    browser.picture("servers")
    return made


def token(shop, principal=None, user="jane"):
    """What a person gets who types `countersign token`."""
    principal = principal or shop.jane
    keys = {"AWS_ACCESS_KEY_ID": principal.key_id, "AWS_SECRET_ACCESS_KEY": principal.secret}
    words = ["--hostname", shop.stock.host, "--port", shop.stock.port, "--region", shop.stock.server.region]
    environment = clean_environment(shop.stock.server.user_home) | keys
    return shop.stock.server.command("token", *words, "--username", user, environment=environment).stdout.strip()


def newest(shop, mark):
    return shop.stock.recorded_since(mark, "jane")[-1]


def sessions_of_jane(shop):
    """Of pgAdmin's sessions: with TLS or not."""
    return {tls for (tls,) in shop.stock.sql("SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
                                             "WHERE usename = 'jane' AND application_name LIKE 'pgAdmin 4%'")}


def connect_with_token(shop, pages, name):
    if not pages.is_connected(GROUP, name):
        pages.double_click(GROUP, name)
        pages.give_password(token(shop))
        pages.until_connected(GROUP, name)


def assert_nowhere(shop, pages, browser, secret):
    """Neither whole nor as its signature, on the page or in a log."""
    signature = secret.rpartition("=")[2].strip()
    heard = {"the page": browser.driver.page_source, "the browser's log": str(browser.driver.get_log("browser")),
             "pgAdmin's log": shop.pgadmin.logged(), "the server's log": shop.stock.server.said(), "text": pages.text()}
    assert len(heard["pgAdmin's log"]) > 1000
    found = [where for where, text in heard.items() if signature in text or "X-Amz-Signature" in text]
    assert not found


@pytest.mark.parametrize("name", ["from a file", "shared certificate"])
def test_a_server_from_a_file_takes_a_token_as_the_password(shop, pages, browser, name):
    mark = len(shop.stock.server.logins())
    pages.double_click(GROUP, name)
    assert "Please enter the password for the user 'jane'" in pages.said("Save Password")
    browser.picture(f"password-{name.split()[0]}")
    secret = token(shop)
    pages.give_password(secret)
    pages.until_connected(GROUP, name)
    pages.open(GROUP, name)
    browser.picture(f"connected-{name.split()[0]}")
    login = newest(shop, mark)
    assert login["decision"] == "allowed" and login["access_key_id"] == shop.jane.key_id
    assert login["application_name"].startswith("pgAdmin 4")
    assert sessions_of_jane(shop) == {True}
    assert_nowhere(shop, pages, browser, secret)


def test_a_server_by_hand(shop, pages, browser, tmp_path):
    mine = tmp_path / "my-bundle.pem"
    shutil.copy(shop.stock.login.bundle, mine)
    mark = len(shop.stock.server.logins())
    pages.select("Servers")
    pages.menu("Object", "Register", "Server...")
    pages.paste("input[name=name]", "by hand")
    browser.picture("by-hand-general")
    pages.tab("Connection")
    for field, value in (("host", shop.stock.host), ("port", str(shop.stock.port)), ("username", "jane"),
                         ("password", token(shop))):
        pages.paste(f"[data-testid=Connection] input[name={field}]", value)
    browser.picture("by-hand-connection")
    pages.tab("Parameters")
    pages.choose_parameter("sslmode", "verify-full")
    pages.add_parameter("Root certificate", "sslrootcert")
    pages.click(f"{pages.parameter('sslrootcert')} button:not([data-test=delete-row])")
    pages.upload(mine)
    browser.picture("by-hand-upload")
    pages.select_file(mine.name)
    assert pages.see(f"{pages.parameter('sslrootcert')} input[name=value]").get_attribute("value") == f"/{mine.name}"
    browser.picture("by-hand-parameters")
    pages.save()
    pages.until_connected("Servers", "by hand")
    assert newest(shop, mark)["decision"] == "allowed"
    assert sessions_of_jane(shop) == {True}
    parameters = json.loads(saved(shop, "by hand")[0])
    assert (parameters["sslmode"], parameters["sslrootcert"]) == ("verify-full", f"/{mine.name}")


def saved(shop, name):
    """What pgAdmin's own database has of a server."""
    with sqlite3.connect(shop.pgadmin.data / "pgadmin4.db") as database:
        return database.execute("SELECT connection_params, passexec_cmd, passexec_expiration FROM server WHERE name = ?",
                                [name]).fetchone()


def test_a_table_in_the_tree_and_its_rows_in_the_query_tool(shop, pages, browser):
    connect_with_token(shop, pages, "from a file")
    path = (GROUP, "from a file", "Databases", "postgres", "Schemas", "public", "Tables")
    pages.open(*path)
    pages.select(*path, "parcels")
    browser.picture("tree")
    pages.open_query_tool()
    assert pages.run_query(QUERY) == ROWS
    browser.picture("query")
    pages.close(GROUP, "from a file")


def test_the_command_makes_tokens_and_renews_them(shop, pages, browser):
    server = shop.stock.server
    path = {name: (GROUP, name) for name in ("by command", "renewed often")}
    pages.select(*path["by command"])
    pages.menu("Object", "Properties...")
    pages.tab("Advanced")
    browser.picture("command")
    command = pages.see("input[name=passexec_cmd]").get_attribute("value")
    assert os.path.isabs(command.split()[0]) and str(server.data) in command
    pages.click("button[data-label=Close]", "Close")
    pages.gone("button[data-label=Save]")

    for name in path.values():
        mark = len(server.logins())
        pages.double_click(*name)
        pages.until_connected(*name)
        assert newest(shop, mark)["access_key_id"] == shop.jane.key_id
    browser.picture("command-connected")

    put_credentials(shop, jane=shop.other_key)
    assert key_of_query_tool(shop, pages, path["by command"]) == shop.jane.key_id, "a token is kept for 840 s"
    until(lambda: key_of_query_tool(shop, pages, path["renewed often"]) == shop.other_key.key_id,
          "another token, when the first is older than a second")
    assert pages.run_query(QUERY) == ROWS
    browser.picture("command-renewed")

    mark = len(server.logins())
    pages.disconnect(*path["by command"])
    pages.double_click(*path["by command"])
    pages.until_connected(*path["by command"])
    pages.open(*path["by command"], "Databases")
    pages.close(*path["by command"])
    assert newest(shop, mark)["access_key_id"] == shop.other_key.key_id
    assert "X-Amz" not in shop.pgadmin.logged()


def key_of_query_tool(shop, pages, path):
    """Opens a Query Tool, which makes a connection of its own; returns the access key of that login's token."""
    pages.open(*path, "Databases")
    pages.select(*path, "Databases", "postgres")
    mark = len(shop.stock.server.logins())
    pages.open_query_tool()
    used = newest(shop, mark)["access_key_id"]
    pages.close(*path)
    return used


def test_a_refused_token(shop, pages, browser):
    secret = token(shop, shop.stranger)
    connect_with_token(shop, pages, "from a file")
    pages.disconnect(GROUP, "from a file")
    mark = len(shop.stock.server.logins())
    pages.double_click(GROUP, "from a file")
    pages.give_password(secret)
    said = pages.said("failed")
    browser.picture("refused")
    assert f'FATAL: {PAM_REFUSED.format("jane")}' in said
    login = newest(shop, mark)
    assert (login["decision"], login["check"]) == ("refused", "policy")
    assert_nowhere(shop, pages, browser, secret)
    altered = tokens.with_signature_altered(token(shop))
    mark = len(shop.stock.server.logins())
    pages.give_password(altered)
    assert newest(shop, mark)["check"] == "signature"
    assert PAM_REFUSED.format("jane") in pages.said("failed")
    assert_nowhere(shop, pages, browser, altered)
    pages.cancel()


def test_a_path_of_the_host_is_no_path_in_server_mode(shop, pages, browser):
    mark = len(shop.stock.server.logins())
    pages.double_click(GROUP, "path of the host")
    pages.give_password(token(shop))
    assert "/.postgresql/root.crt\" does not exist" in pages.said("failed")
    browser.picture("no-certificate")
    pages.cancel()
    assert not shop.stock.server.logins()[mark:]


def test_a_command_that_fails(shop, pages, browser):
    mark = len(shop.stock.server.logins())
    pages.double_click(GROUP, "without credentials")
    assert "returned non-zero exit status" in pages.said("exit status")
    browser.picture("command-failed")
    pages.cancel()
    assert "lost" in shop.pgadmin.logged()
    assert not shop.stock.server.logins()[mark:]


def test_without_the_setting_the_command_is_dropped(shop):
    """ENABLE_SERVER_PASS_EXEC_CMD is off as pgAdmin comes."""
    assert "token" in saved(shop, "by command")[1]
    shop.pgadmin.configure(commands=False)
    shop.pgadmin.load_servers([command_entry(shop, "no command", profile="jane")])
    assert saved(shop, "no command")[1:] == (None, None)
