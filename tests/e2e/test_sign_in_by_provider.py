"""People who sign in with their company's own provider of OpenID Connect: a real one, over https."""

import html
import re
import urllib.parse

import pytest

from support import aws
from support.identity_providers import Openid
from support.person import Person
from test_identity_center import Center

PEOPLE = {"ann": {}, "stranger": {}}


class Company:
    """A provider, its registration, and the button for it on the sign-in page."""

    def __init__(self, center, directory):
        self.center, self.server = center, center.server
        self.callback = f"{self.server.url}/console/signin/oidc/{center.store}/example"
        self.provider = Openid(directory, PEOPLE, callback=self.callback)
        iam = aws.client(self.server, "iam")
        self.arn = iam.create_open_id_connect_provider(
            Url=self.provider.issuer, ClientIDList=["orders"],
            ThumbprintList=[self.provider.thumbprint])["OpenIDConnectProviderArn"]
        secret = directory / "client-secret"
        secret.write_text("of orders\r\n")
        self.words = ["--provider", self.arn, "--client-id", "orders", "--client-secret-file", secret, "--claim", "sub",
                      "--scopes", "openid", "--label", "Sign in with <Example>"]
        said = self.server.command("directory", "signin-method", "put", "example", *self.words).stdout
        assert said.splitlines()[-1] == self.callback

    def leave(self, person):
        """The person presses the button; the address at the provider that the browser is sent to."""
        person.visit(self.center.start_url)
        assert "Sign in with &lt;Example&gt;" in person.page
        person.follow("Sign in with <Example>")
        assert person.status == 303, person.page
        return person.headers["Location"]

    def sign_in(self, person, name):
        back = self.provider.log_in(self.leave(person), name, self.callback)
        return self.come_back(person, back)

    @staticmethod
    def come_back(person, address):
        person.visit(address)
        assert person.status == 200
        following = html.unescape(re.search(r'href="([^"]*finish[^"]*)"', person.page).group(1))
        assert person.headers["Refresh"] == f"0; url={following}"
        return person.visit(following)


@pytest.fixture(scope="module")
def company(stock, tmp_path_factory):
    made = Company(Center(stock), tmp_path_factory.mktemp("provider"))
    try:
        yield made
    finally:
        made.provider.close()


def test_a_person_of_the_company(company):
    center = company.center
    center.add("ann")
    center.server.command("directory", "assign", "Dev", "--user", "ann")
    person = Person(company.server)
    company.sign_in(person, "ann")
    assert "You are <strong>ann</strong>" in person.page and person.address == center.start_url
    assert center.credentials(center.token(person))


def test_who_is_nobody_here(company):
    person = Person(company.server)
    company.sign_in(person, "stranger")
    assert person.status == 403 and "nobody has this user name" in person.page
    person.visit(company.center.start_url)
    assert "User name" in person.page


def test_somebody_elses_sign_in_is_of_no_use(company):
    """The address that a person comes back with, in another browser and a second time."""
    person, other = Person(company.server), Person(company.server)
    back = company.provider.log_in(company.leave(person), "ann", company.callback)
    company.come_back(other, back)
    assert other.status == 403
    company.leave(other)
    company.come_back(other, back)
    assert other.status == 403
    company.come_back(person, back)
    assert "You are <strong>ann</strong>" in person.page
    company.come_back(person, back)
    assert person.status == 403


def test_who_refuses_at_the_provider(company):
    person = Person(company.server)
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(company.leave(person)).query)["state"][0]
    company.come_back(person, f"{company.callback}?{urllib.parse.urlencode({'error': 'access_denied', 'state': state})}")
    assert person.status == 403 and "did not sign you in" in person.page


def test_a_code_of_another_sign_in(company):
    """One's own state with the code of somebody else: the verifier is another's."""
    person, other = Person(company.server), Person(company.server)
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(company.leave(person)).query)["state"][0]
    stolen = urllib.parse.urlsplit(company.provider.log_in(company.leave(other), "ann", company.callback))
    code = urllib.parse.parse_qs(stolen.query)["code"][0]
    company.come_back(person, f"{company.callback}?{urllib.parse.urlencode({'code': code, 'state': state})}")
    assert person.status == 500 or person.status == 403
    person.visit(company.center.start_url)
    assert "User name" in person.page


def test_a_code_comes_back_to_the_way_that_it_was_asked_by(company):
    """Else somebody else's way, of another provider, would be handed the codes of this one."""
    server = company.server
    server.command("directory", "signin-method", "put", "other", *company.words)
    person = Person(server)
    fields = {"store": company.center.store, "method": "other", "to": "/start"}
    person.visit("/console/signin/provider?" + urllib.parse.urlencode(fields))
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(person.headers["Location"]).query))
    assert asked["redirect_uri"].endswith("/other")
    answer = urllib.parse.urlencode({"code": "x", "state": asked["state"]})
    company.come_back(person, f"{company.callback}?{answer}")
    assert person.status == 403 and "Begin anew" in person.page
    person.visit("/console/signin/provider?" + urllib.parse.urlencode(fields))
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(person.headers["Location"]).query))
    answer = urllib.parse.urlencode({"code": "x", "state": asked["state"], "iss": "https://elsewhere.example"})
    company.come_back(person, f"{asked['redirect_uri']}?{answer}")
    assert person.status == 403 and "another provider" in person.page
    server.command("directory", "signin-method", "delete", "other")


def test_ways_to_sign_in(company):
    server = company.server
    assert "example" in server.command("directory", "signin-method", "list").stdout
    refused = server.command("directory", "signin-method", "put", "x", "--provider", company.arn, "--client-id", "none",
                             check=False)
    assert refused.returncode == 1 and "add-client-id-to-open-id-connect-provider" in refused.stderr
    server.command("directory", "signin-method", "put", "other", *company.words)
    server.command("directory", "signin-method", "delete", "other")
    assert "other" not in server.command("directory", "signin-method", "list", "--json").stdout
    iam = aws.client(server, "iam")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=company.arn, ClientID="orders")
    person = Person(server)
    person.visit(f"/console/signin/provider?store={company.center.store}&method=example&to=/start")
    assert person.status == 404
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=company.arn, ClientID="orders")
