"""Identity providers as they run in the world: an OpenID Connect one over https and a SAML one, each a Node program of
tests/e2e/providers, with a person's login done by hand; and forgeries of what they issue."""

import base64
import hashlib
import html
import http.cookiejar
import json
import os
import re
import secrets
import ssl
import subprocess
import urllib.parse
import urllib.request

from support.aws import Aws, Principal
from support.server import REPOSITORY, run

PROGRAMS = REPOSITORY / "tests/e2e/providers"
MODULES = REPOSITORY / "build/node/node_modules"
AWS_AUDIENCE = "urn:amazon:webservices"
AWS_RECIPIENT = "https://signin.aws.amazon.com/saml"
SAML_ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/"
CALLBACK = "https://localhost/callback"
CLIENTS = {"orders": "RS256", "orders-ec": "ES256", "strangers": "RS256", "sts.amazonaws.com": "RS256"}


def openssl(*words):
    run(["openssl", *words], os.environ)


def new_certificate(directory, name, *more):
    """A certificate and its key as texts; without more, one that vouches for itself."""
    certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", key,
            "-out", certificate, *more)
    return certificate.read_text(), key.read_text()


def public_key(certificate):
    done = run(["openssl", "x509", "-noout", "-pubkey"], os.environ, input=certificate)
    return done.stdout


def thumbprint(pem):
    return hashlib.sha1(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


class Program:
    """A provider's process. It ends when its standard input does."""

    def __init__(self, name, configuration):
        assert MODULES.is_dir(), f"{MODULES} does not exist; ./test makes it"
        environment = {"PATH": os.environ["PATH"], "NODE_PATH": str(MODULES)}
        self.process = subprocess.Popen(["node", PROGRAMS / f"{name}.cjs", json.dumps(configuration)], text=True,
                                        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.ready = self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        assert line, f"the provider ended with {self.process.wait(60)}"
        return json.loads(line)

    def tell(self, **commands):
        """Commands of the program, such as clock=SECONDS that its clock is ahead."""
        self.process.stdin.write(json.dumps(commands) + "\n")
        self.process.stdin.flush()
        self._answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


class Arrived(Exception):
    """The browser was sent back to the application."""

    def __init__(self, url):
        super().__init__(url)
        self.url = url
        self.answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


class UntilCallback(urllib.request.HTTPRedirectHandler):
    """Follows redirects as a browser does, up to the application."""

    def __init__(self, callback=CALLBACK):
        self.callback = callback

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if newurl.startswith(self.callback):
            raise Arrived(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Openid(Program):
    """https://localhost:PORT with a certificate of a CA of its own."""

    def __init__(self, directory, people, issuer=None, callback=CALLBACK):
        authority, _ = new_certificate(directory, "authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        certificate, key = new_certificate(
            directory, "localhost", "-CA", directory / "authority.pem", "-CAkey", directory / "authority.key",
            "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE")
        clients = [{"client_id": name, "client_secret": "of " + name, "redirect_uris": list({CALLBACK, callback}),
                    "id_token_signed_response_alg": algorithm} for name, algorithm in CLIENTS.items()]
        super().__init__("openid", {"tls": {"cert": certificate + authority, "key": key}, "clients": clients,
                                    "people": people, "issuer": issuer})
        self.url, self.issuer = self.ready["url"], self.ready["issuer"]
        self.host = self.issuer.removeprefix("https://")
        self.thumbprint = thumbprint(authority)
        self._tls = ssl.create_default_context(cadata=authority)

    def fetch(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60, context=self._tls) as answer:
            return json.load(answer)

    def id_token(self, person, client="orders"):
        """What an application holds after that person logged in: the authorization code flow, with PKCE."""
        browser = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self._tls), UntilCallback(),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        proof = secrets.token_urlsafe(32)
        question = urllib.parse.urlencode({
            "client_id": client, "response_type": "code", "scope": "openid", "redirect_uri": CALLBACK,
            "code_challenge": encoded(hashlib.sha256(proof.encode()).digest()), "code_challenge_method": "S256"})
        code = self._log_in(browser, f"{self.url}/auth?{question}", person).answer["code"]
        identity = base64.b64encode(urllib.parse.urlencode({client: "of " + client}).replace("=", ":").encode())
        asked = urllib.request.Request(f"{self.url}/token", urllib.parse.urlencode({
            "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK,
            "code_verifier": proof}).encode(), {"Authorization": f"Basic {identity.decode()}"})
        with browser.open(asked, timeout=60) as answer:
            return json.load(answer)["id_token"]

    def log_in(self, url, person, callback):
        """That person, sent to this address by an application: where the browser is sent back to."""
        browser = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self._tls), UntilCallback(callback),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        return self._log_in(browser, url, person).url

    @staticmethod
    def _log_in(browser, url, person):
        """Fills in the two forms that a person sees, the login and the consent."""
        form = None
        try:
            for prompt in ("login", "consent", "nothing more"):
                with browser.open(url, form, timeout=60) as page:
                    text = page.read().decode()
                url = html.unescape(re.search(r'<form[^>]* action="(.*?)"', text).group(1))
                form = urllib.parse.urlencode({"prompt": prompt, "login": person, "password": "x"}).encode()
        except Arrived as back:
            return back
        raise AssertionError(f"the provider asks for more: {text}")


class Saml(Program):
    """http://localhost:PORT; it signs with the key of a certificate that vouches for itself, or of the one that is given."""

    def __init__(self, directory, people, pair=None, **options):
        self.certificate, key = pair or new_certificate(directory, "saml")
        super().__init__("saml", {"people": people, "options": {
            "cert": self.certificate, "key": key, "recipient": AWS_RECIPIENT, "destination": AWS_RECIPIENT,
            "audience": AWS_AUDIENCE, "lifetimeInSeconds": 300, **options}})
        self.url = self.ready["url"]
        self.issuer = self.ready["issuer"]

    def metadata(self):
        with urllib.request.urlopen(f"{self.url}/metadata", timeout=60) as answer:
            return answer.read().decode()

    def response(self, person, **options):
        """The XML that a browser would carry to the service provider after that person's login."""
        self.tell(set=options)
        try:
            with urllib.request.urlopen(f"{self.url}/sso/{person}", timeout=60) as answer:
                page = answer.read().decode()
        finally:
            self.tell(reset=True)
        assert f'action="{options.get("recipient", AWS_RECIPIENT)}"' in page
        return base64.b64decode(re.search(r'name="SAMLResponse"\s+value="(.*?)"', page).group(1)).decode()


    def log_in(self, url, person, **options):
        """That person, sent to this address by an application: the form that the browser posts back, as text."""
        self.tell(set=options)
        try:
            with urllib.request.urlopen(url.replace("/sso?", f"/sso/{person}?"), timeout=60) as answer:
                page = answer.read().decode()
        finally:
            self.tell(reset=True)
        return {name: html.unescape(re.search(rf'name="{name}"\s+value="(.*?)"', page).group(1))
                for name in ("SAMLResponse", "RelayState")}


def encoded(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def claims_of(token):
    return decoded(token.split(".")[1])


def with_claims(token, **claims):
    """The same token, saying something else."""
    header, _, signature = token.split(".")
    return ".".join([header, encoded(json.dumps(claims_of(token) | claims).encode()), signature])


def with_header(token, signature, **header):
    """The same token with another header, and what stands for a signature then."""
    first, payload, _ = token.split(".")
    return ".".join([encoded(json.dumps(decoded(first) | header).encode()), payload, signature])


def as_sent(response):
    return base64.b64encode(response.encode()).decode()


def principal_of(credentials):
    return Principal(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])


def without_keys(server, **variables):
    """The AWS CLI of somebody who has no access key."""
    aws = Aws(server, **variables)
    aws.prologue += "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN\n"
    return aws


def with_session(server, credentials):
    """The AWS CLI of somebody with temporary credentials."""
    return Aws(server, principal_of(credentials), AWS_SESSION_TOKEN=credentials["SessionToken"])


def trust(provider_arn, condition, *actions):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": provider_arn},
                                                    "Action": list(actions), "Condition": condition}]}
