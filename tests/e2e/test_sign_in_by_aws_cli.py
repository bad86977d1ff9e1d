"""`aws configure sso` profiles and `aws sso login` of the AWS CLI itself, with PKCE and with a device code.

Version 2.13 or later is needed, the first that can be told where the services are: Debian 13's, or the program that
COUNTERSIGN_AWS_CLI names.
"""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from support.poll import until
from support.server import clean_environment, run
from test_identity_center import Center

PLACES = [os.environ.get("COUNTERSIGN_AWS_CLI"), "/usr/bin/aws", shutil.which("aws")]


def version_of(program):
    said = re.match(r"aws-cli/(\d+)\.(\d+)\.", run([program, "--version"], os.environ, check=False).stdout)
    return tuple(int(part) for part in said.groups()) if said else (0, 0)


def program():
    found = [place for place in PLACES if place and pathlib.Path(place).exists() and version_of(place) >= (2, 13)]
    return found[0] if found else None


AWS = program()
pytestmark = pytest.mark.skipif(AWS is None, reason="no AWS CLI 2.13 or later is here (COUNTERSIGN_AWS_CLI names one)")


class Terminal:
    """A person's home with a profile as `aws configure sso` leaves it, and a browser that notes its address."""

    def __init__(self, center, home):
        self.center, self.address = center, home / "address"
        (home / ".aws").mkdir()
        (home / ".aws/config").write_text(
            f"[profile work]\nsso_session = work\nsso_account_id = {center.server.account}\nsso_role_name = Dev\n"
            f"region = {center.server.region}\nendpoint_url = {center.server.url}\n\n"
            f"[sso-session work]\nsso_start_url = {center.start_url}\nsso_region = {center.server.region}\n"
            "sso_registration_scopes = sso:account:access\n")
        browser = home / "browser"
        browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {self.address}.new && mv {self.address}.new {self.address}\n')
        browser.chmod(0o755)
        self.environment = clean_environment(home) | {"BROWSER": str(browser)}

    def login(self, person, action, *words):
        """`aws sso login`, answered by this person on the page that it opens."""
        self.address.unlink(missing_ok=True)
        process = subprocess.Popen([AWS, "sso", "login", "--profile", "work", *words], env=self.environment, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        until(self.address.exists, "the AWS CLI opens the browser")
        person.visit(self.address.read_text())
        person.fill(action, do="allow")
        if person.headers["Location"]:
            run(["curl", "-sS", "-o", "/dev/null", person.headers["Location"]], self.environment)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0 and "Successfully logged into Start URL" in said, said

    def aws(self, *words):
        return run([AWS, *words, "--profile", "work"], self.environment).stdout.strip()


@pytest.fixture(name="center", scope="module")
def _center(stock):
    return Center(stock)


@pytest.mark.parametrize("words, action", [((), "/authorize"), (("--use-device-code",), "/device")])
def test_aws_sso_login(center, tmp_path, words, action):
    stock = center.stock
    person = center.somebody(f"cli-{len(words)}")
    terminal = Terminal(center, tmp_path)
    terminal.login(person, action, *words)
    assert "AWSReservedSSO_Dev_" in terminal.aws("sts", "get-caller-identity", "--query", "Arn", "--output", "text")
    token = terminal.aws("rds", "generate-db-auth-token", "--hostname", stock.host, "--port", str(stock.port),
                         "--username", "jane")
    assert stock.login.psql("jane", token, "SELECT current_user").stdout.strip().endswith("jane")
