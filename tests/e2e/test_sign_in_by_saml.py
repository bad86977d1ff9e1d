"""People who sign in with their company's own provider of SAML: a real one."""

import base64
import json
import urllib.parse
import xml.etree.ElementTree

import pytest

from support import aws
from support import identity_providers as idp
from support.person import Person
from support.poll import until
from test_identity_center import Center
from test_identity_center import refusal as refused

MAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
MFA = "https://refeds.org/profile/mfa"
METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
PEOPLE = {name: {"name": name, "attributes": {MAIL: mail}} for name, mail in {
    "ann": ["ann"], "ANN": ["Ann"], "stranger": ["stranger"], "two": ["ann", "bob"]}.items()}


class Company:
    """A provider, its registration, and the link to it on the sign-in page."""

    def __init__(self, center, directory):
        self.center, self.server = center, center.server
        self.reply = f"{self.server.url}/console/signin/saml/{center.store}/example"
        self.provider = idp.Saml(directory, PEOPLE, recipient=self.reply, destination=self.reply, audience=self.reply)
        self.iam = aws.client(self.server, "iam")
        self.arn = self.register("company", self.provider.metadata())
        said = self.put("example", self.arn).stdout
        assert self.reply in said.splitlines()
        center.add("ann")
        self.server.command("directory", "assign", "Dev", "--user", "ann")

    def register(self, name, metadata):
        return self.iam.create_saml_provider(Name=name, SAMLMetadataDocument=metadata)["SAMLProviderArn"]

    def put(self, name, arn, *words, **more):
        return self.server.command("directory", "signin-method", "put", name, "--provider", arn, "--label", "Company",
                                   *words, **more)

    def leave(self, person):
        """The person follows the link; the address at the provider that the browser is sent to."""
        person.visit(self.center.start_url)
        person.follow("Company")
        assert person.status == 303, person.page
        return person.headers["Location"]

    def post(self, form, path=None):
        """As the browser posts it from the provider's page: another site's form, without a cookie of this one."""
        browser = Person(self.server)
        browser.send(path or urllib.parse.urlsplit(self.reply).path, form,
                     **{"Origin": self.provider.url, "Sec-Fetch-Site": "cross-site"})
        return browser

    def come_back(self, person, form, path=None):
        browser = self.post(form, path)
        assert browser.status == 200, browser.page
        return person.visit(browser.headers["Refresh"].removeprefix("0; url="))

    def sign_in(self, person, name, **options):
        return self.come_back(person, self.provider.log_in(self.leave(person), name, **options))


@pytest.fixture(scope="module")
def company(stock, tmp_path_factory):
    made = Company(Center(stock), tmp_path_factory.mktemp("provider"))
    try:
        yield made
    finally:
        made.provider.close()


def refusal(company, person):
    """What the page says; nobody is signed in."""
    said = person.page
    assert person.status == 403, said
    person.visit(company.center.start_url)
    assert "User name" in person.page
    return said


def test_a_person_of_the_company(company):
    person = Person(company.server)
    company.sign_in(person, "ann")
    assert "You are <strong>ann</strong>" in person.page and person.address == company.center.start_url
    assert company.center.credentials(company.center.token(person))


def test_what_the_provider_says_of_the_sign_in(company):
    """A second factor there holds here, and the record says who vouched."""
    center, server = company.center, company.server
    center.permission_set("Careful", {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
                                      "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})
    server.command("directory", "assign", "Careful", "--user", "ann")

    def users_listed(**options):
        person = Person(server)
        company.sign_in(person, "ann", **options)
        return aws.client(server, "iam", center.credentials(center.token(person), "Careful")).list_users

    assert refused(users_listed()) == "AccessDenied"
    assert users_listed(authnContextClassRef=MFA)()["Users"] is not None
    trail = aws.client(server, "cloudtrail")
    until(lambda: "EXTERNAL_IDP" in json.dumps([event["CloudTrailEvent"] for event in trail.lookup_events()["Events"]]),
          "the sign-in is in the record", patience=30)


def test_who_is_nobody_here(company):
    for name in ("stranger", "ANN"):
        person = Person(company.server)
        company.sign_in(person, name)
        assert "nobody has this user name" in refusal(company, person)


def test_somebody_elses_sign_in_is_of_no_use(company):
    """The form that a person comes back with, in another browser and a second time."""
    person, other = Person(company.server), Person(company.server)
    form = company.provider.log_in(company.leave(person), "ann")
    company.come_back(other, form)
    assert "not begun in this browser" in refusal(company, other)
    own = company.provider.log_in(company.leave(other), "stranger")
    company.come_back(other, own | {"SAMLResponse": form["SAMLResponse"]})
    assert "does not answer this browser" in refusal(company, other)
    company.come_back(person, form)
    assert "You are <strong>ann</strong>" in person.page
    company.come_back(person, form)
    assert person.status == 403


def test_a_response_that_nobody_asked_for(company):
    person = Person(company.server)
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(company.leave(person)).query))
    unasked = idp.as_sent(company.provider.response("ann", recipient=company.reply))
    company.come_back(person, {"SAMLResponse": unasked, "RelayState": asked["RelayState"]})
    assert "does not answer this browser" in refusal(company, person)


def test_what_is_not_the_providers(company):
    def altered(form):
        text = base64.b64decode(form["SAMLResponse"]).decode()
        assert ">stranger<" in text
        return form | {"SAMLResponse": idp.as_sent(text.replace(">stranger<", ">ann<"))}

    person = Person(company.server)
    company.come_back(person, altered(company.provider.log_in(company.leave(person), "stranger")))
    assert "Response signature invalid" in refusal(company, person)
    for options in ({"audience": idp.AWS_AUDIENCE}, {"recipient": idp.AWS_RECIPIENT}, {"issuer": "https://other.example"}):
        company.sign_in(person, "ann", **options)
        assert "You are not signed in" in refusal(company, person)
    company.come_back(person, company.provider.log_in(company.leave(person), "ann") | {"SAMLResponse": "x"})
    assert "You are not signed in" in refusal(company, person)
    long = company.post({"SAMLResponse": "A" * 300_000, "RelayState": "x"})
    assert long.status == 400


def test_a_response_for_another_way(company):
    """It is sealed for the way that it was posted to."""
    company.put("other", company.arn)
    person = Person(company.server)
    form = company.provider.log_in(company.leave(person), "ann")
    browser = company.post(form, urllib.parse.urlsplit(company.reply).path.replace("example", "other"))
    company_way = browser.headers["Refresh"].removeprefix("0; url=").replace("other", "example")
    person.visit(company_way)
    refusal(company, person)
    company.server.command("directory", "signin-method", "delete", "other")


def test_the_name_may_be_an_attribute(company):
    company.put("example", company.arn, "--claim", MAIL)
    try:
        person = Person(company.server)
        company.sign_in(person, "ANN")
        assert "You are <strong>ann</strong>" in person.page
        person = Person(company.server)
        company.sign_in(person, "two")
        assert "nobody has this user name" in refusal(company, person)
    finally:
        company.put("example", company.arn)
    person = Person(company.server)
    company.sign_in(person, "ann", nameIdentifierFormat="urn:oasis:names:tc:SAML:2.0:nameid-format:transient")
    assert "another at each sign-in" in refusal(company, person)


def test_what_the_provider_is_told(company):
    person = Person(company.server)
    described = xml.etree.ElementTree.fromstring(person.visit(company.reply))
    service = described.find(f"{METADATA}SPSSODescriptor/{METADATA}AssertionConsumerService")
    assert described.get("entityID") == service.get("Location") == company.reply
    assert person.visit(company.reply.replace("example", "none")) and person.status == 404


def test_providers_that_do_not_fit(company):
    metadata = company.provider.metadata()
    refused = company.put("x", company.register("posts", metadata.replace(REDIRECT, REDIRECT.replace("Redirect", "POST"))),
                          check=False)
    assert refused.returncode == 1 and "HTTP-Redirect" in refused.stderr
    signing = metadata.replace("<IDPSSODescriptor", '<IDPSSODescriptor WantAuthnRequestsSigned="true"')
    assert signing != metadata
    refused = company.put("x", company.register("signs", signing), check=False)
    assert refused.returncode == 1 and "WantAuthnRequestsSigned" in refused.stderr
    refused = company.put("x", company.arn, "--client-id", "x", check=False)
    assert refused.returncode == 1 and "OpenID Connect" in refused.stderr
    refused = company.put("x", company.arn.replace("company", "none"), check=False)
    assert refused.returncode == 1 and "create-saml-provider" in refused.stderr
    assert company.arn in company.server.command("directory", "signin-method", "list").stdout
