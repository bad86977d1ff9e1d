"""What a page's commands meet outside of this machine: nothing. And what a person and a CI system do for them."""

import contextlib
import http.server
import json
import socketserver
import threading
import urllib.parse

from support import identity_providers as idp


class _Proxy(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.asked.append(self.request.recv(4096).decode(errors="replace").split("\r\n")[0])


@contextlib.contextmanager
def nowhere():
    """The environment of programs that reach this machine alone, and what they asked of others."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Proxy) as server:
        server.asked = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        near = "127.0.0.1,localhost,::1"
        yield {"http_proxy": url, "https_proxy": url, "HTTPS_PROXY": url, "ALL_PROXY": url, "no_proxy": near,
               "NO_PROXY": near}, server.asked
        server.shutdown()


class _Federation(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # pylint: disable=invalid-name
        asked = urllib.parse.urlsplit(self.path)
        answer = self.server.answers[asked.path](urllib.parse.parse_qs(asked.query), self.headers)
        self.send_response(200 if answer else 401)
        self.end_headers()
        self.wfile.write((answer or "").encode())

    def log_message(self, *args):  # pylint: disable=arguments-differ
        pass


@contextlib.contextmanager
def federation(directory, account):
    """The environment of a page on federation: a job of a CI system with a real OpenID Connect provider behind it, and a
    person whose browser logs in at the SAML provider that the page describes (idp.key and idp.pem)."""
    openid = idp.Openid(directory, {"repo:example/orders:ref:refs/heads/main": {}})

    def job_token(query, headers):
        if headers["Authorization"] != "bearer of-the-job":
            return None
        return json.dumps({"value": openid.id_token("repo:example/orders:ref:refs/heads/main", query["audience"][0])})

    def browser(_query, _headers):
        role = f"arn:aws:iam::{account}:role/people,arn:aws:iam::{account}:saml-provider/workforce"
        said = {"Role": [role], "RoleSessionName": "jane@example.com", "PrincipalTag:dbuser": "jane"}
        people = {"jane": {"name": "jane", "attributes": {idp.SAML_ATTRIBUTE + key: value for key, value in said.items()}}}
        pair = [(directory / name).read_text() for name in ("idp.pem", "idp.key")]
        with contextlib.closing(idp.Saml(directory, people, pair, issuer="https://idp.example.com/metadata")) as provider:
            return idp.as_sent(provider.response("jane"))

    with contextlib.closing(openid), http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Federation) as server:
        server.answers = {"/token": job_token, "/browser": browser}
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        yield {"ISSUER": openid.issuer, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job",
               "ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/token?api-version=2.0", "BROWSER": f"{url}/browser"}
        server.shutdown()


@contextlib.contextmanager
def application(directory, _account):
    """The environment of a page on applications: the company's provider, and what it says of a person who signed in."""
    with contextlib.closing(idp.Openid(directory, {"grace": {}})) as openid:
        yield {"ISSUER": openid.issuer, "THUMBPRINT": openid.thumbprint, "ID_TOKEN": openid.id_token("grace")}
