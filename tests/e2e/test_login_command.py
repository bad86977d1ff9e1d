"""`countersign login`, `logout` and `whoami`, and the profile that other tools take up."""

import configparser
import json
import re
import stat
import subprocess
import sys

import pytest

from support import aws
from support.person import Person
from support.poll import until
from support.server import PROGRAM, Server, clean_environment, run
from test_identity_center import Center


@pytest.fixture(scope="module")
def center(stock):
    return Center(stock)


class Terminal:
    """A person's own home, without a key and without a word about the server."""

    def __init__(self, home):
        self.home = home
        self.environment = clean_environment(home) | {"AWS_REGION": "us-west-2"}

    def run(self, *words, check=True, **variables):
        return run([PROGRAM, *words], self.environment | variables, check=check)

    def begin(self, *words, **variables):
        return subprocess.Popen([str(PROGRAM), *words], env=self.environment | variables, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def config(self):
        parser = configparser.ConfigParser()
        parser.read(self.home / ".aws/config")
        return parser

    def boto3(self, profile):
        """A session of boto3 by the profile alone, as a program of this person makes it."""
        script = ("import boto3, json, sys; c = boto3.session.Session(profile_name=sys.argv[1]).client('sts');"
                  "print(json.dumps(c.get_caller_identity()['Arn']))")
        return json.loads(run([sys.executable, "-c", script, profile], self.environment).stdout)


def login_by_code(terminal, person, *words):
    """Answers on the page that the command shows; what it printed."""
    process = terminal.begin("login", *words, "--no-browser")
    shown = ""
    while "and compare the code" not in shown:
        shown += process.stderr.readline()
    person.visit(re.search(r"http://\S+/device\?user_code=\S+", shown).group())
    person.fill("/device", do="allow")
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return out


def test_a_profile_for_every_tool(center, tmp_path):
    person = center.somebody("ann")
    terminal = Terminal(tmp_path)
    said = login_by_code(terminal, person, "work", "--start-url", center.start_url)
    assert f"profile work is Dev in account {center.server.account}" in said
    config = terminal.config()
    assert config["profile work"]["sso_role_name"] == "Dev"
    assert config["sso-session work"]["sso_start_url"] == center.start_url
    for file in (tmp_path / ".aws/config", *(tmp_path / ".aws/sso/cache").iterdir()):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert "AWSReservedSSO_Dev_" in terminal.boto3("work")
    token = terminal.run("token", "--hostname", center.stock.host, "--port", str(center.stock.port), "--username",
                         "jane", "--profile", "work").stdout.strip()
    assert center.stock.login.psql("jane", token, "SELECT current_user").stdout.strip().endswith("jane")
    shown = terminal.run("whoami", "--profile", "work").stdout
    assert "AWSReservedSSO_Dev_" in shown and f"{center.stock.name}" in shown and "as *" in shown
    facts = json.loads(terminal.run("whoami", "--profile", "work", "--json").stdout)
    assert {"DBIdentifier": center.stock.name, "DBUser": "*"} in facts["Access"] and facts["Expiration"]
    assert "Signed out" in terminal.run("logout", "work").stdout
    refused = terminal.run("whoami", "--profile", "work", check=False)
    assert refused.returncode == 1 and "aws sso login --profile work" in refused.stderr
    assert "is not signed in" in terminal.run("logout", "work", check=False).stderr
    again = login_by_code(terminal, person, "work")
    assert "profile work is Dev" in again
    assert terminal.run("login", "other", check=False, AWS_ENDPOINT_URL="").returncode == 1


def test_by_the_browser_of_this_machine(center, tmp_path):
    person = center.somebody("bea")
    terminal = Terminal(tmp_path)
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {tmp_path}/address.new && mv {tmp_path}/address.new {tmp_path}/address\n')
    browser.chmod(0o755)
    process = terminal.begin("login", "--start-url", center.start_url, BROWSER=str(browser))
    until((tmp_path / "address").exists, "the browser is opened")
    person.visit((tmp_path / "address").read_text())
    person.fill("/authorize", do="allow")
    assert person.status == 303
    came_back = person.headers["Location"]
    stranger = Person(center.server)
    stranger.url = came_back.split("/oauth/")[0]
    stranger.visit("/oauth/callback?code=x&state=y")
    assert stranger.status == 404
    stranger.visit(came_back.removeprefix(stranger.url))
    assert "You are signed in" in stranger.page
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "profile countersign is Dev" in out
    assert "AWSReservedSSO_Dev_" in terminal.boto3("countersign")


def test_who_may_several_things_says_which(center, tmp_path):
    person = center.somebody("cleo")
    center.permission_set("Read", aws.allow("rds:Describe*", "*"))
    center.server.command("directory", "assign", "Read", "--user", "cleo")
    terminal = Terminal(tmp_path)
    process = terminal.begin("login", "--start-url", center.start_url, "--no-browser")
    shown = ""
    while "and compare the code" not in shown:
        shown += process.stderr.readline()
    person.visit(re.search(r"http://\S+/device\?user_code=\S+", shown).group())
    person.fill("/device", do="allow")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1 and "--role Dev" in errors and "--role Read" in errors
    login_by_code(terminal, person, "--start-url", center.start_url, "--role", "Read")
    shown = terminal.run("whoami", "--profile", "countersign").stdout
    assert "No policy lets you connect to a database" in shown


def test_who_refuses_on_the_page_is_not_signed_in(center, tmp_path):
    person = center.somebody("dana")
    terminal = Terminal(tmp_path)
    process = terminal.begin("login", "--start-url", center.start_url, "--no-browser")
    shown = ""
    while "and compare the code" not in shown:
        shown += process.stderr.readline()
    person.visit(re.search(r"http://\S+/device\?user_code=\S+", shown).group())
    person.fill("/device", do="deny")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1 and "it was denied on the page" in errors
    assert not (tmp_path / ".aws/config").exists()


def test_a_server_without_a_directory_says_what_to_do(tmp_path):
    server = Server()
    try:
        server.start()
        terminal = Terminal(tmp_path)
        refused = terminal.run("login", "--start-url", f"{server.url}/start", "--no-browser", check=False)
        assert refused.returncode == 1 and "countersign directory" in refused.stderr
        refused = server.command("directory", "show", check=False)
        assert refused.returncode == 1 and "countersign directory create" in refused.stderr
        person = Person(server)
        person.visit("/start")
        assert person.status == 404 and "countersign directory create" in person.page
    finally:
        server.close()
