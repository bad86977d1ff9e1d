"""A person before a browser: follows links, fills in forms, keeps cookies."""

import html.parser
import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request


class Form(html.parser.HTMLParser):
    """The first form of a page whose action is this one: where it leads, and what is in it already."""

    def __init__(self, page, action):
        super().__init__()
        self.wanted, self.fields, self.inside = action, {}, False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self.inside = attributes["action"] == self.wanted
        if tag == "input" and self.inside and "name" in attributes:
            self.fields[attributes["name"]] = attributes.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False


class _Links(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found, self.address = {}, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.address = dict(attrs).get("href") if tag == "a" else None

    def handle_data(self, data):
        if self.address:
            self.found[data] = self.address


class _Stays(urllib.request.HTTPRedirectHandler):
    """Leads to this server's pages alone: a redirection elsewhere is what the page answered."""

    def __init__(self, url):
        self.url = url

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if not newurl.startswith(self.url + "/"):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Person:
    """`status`, `address`, `page` and `headers` are of the last answer."""

    def __init__(self, server):
        self.url = server.url
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), _Stays(self.url))
        self.status = self.address = self.page = self.headers = None

    def _ask(self, request):
        try:
            answer = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            self.page = answer.read().decode()
            self.status, self.address, self.headers = answer.status, answer.url, answer.headers
        return self.page

    def visit(self, address, **headers):
        address = address if "://" in address else self.url + address
        return self._ask(urllib.request.Request(address, headers=headers))

    def send(self, action, fields, **headers):
        """A form as a browser sends it: with the origin of the page that it is on."""
        headers = {"Origin": self.url} | headers
        return self._ask(urllib.request.Request(self.url + action, urllib.parse.urlencode(fields).encode(), headers))

    def follow(self, label):
        """The link of the present page that says so."""
        return self.visit(_Links(self.page).found[label])

    def fill(self, action, **fields):
        """The form of the present page that leads there."""
        return self.send(action, Form(self.page, action).fields | fields)

    def sign_in(self, address, user, password):
        self.visit(address)
        return self.fill("/console/signin", user=user, password=password)

    def choose_password(self, password):
        return self.fill("/console/signin/password", password=password, again=password)
