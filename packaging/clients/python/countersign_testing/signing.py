"""AWS Signature Version 4: signed calls and tokens, with nothing but the standard library."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import hmac
import urllib.parse

TOKEN_SECONDS = 900  # the most that a server accepts


@dataclasses.dataclass(frozen=True)
class Credentials:
    """An access key; the secret is not shown."""

    access_key_id: str
    secret_access_key: str = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class Scope:
    """For whom a signature counts."""

    region: str
    service: str
    moment: datetime.datetime

    @property
    def date(self) -> str:
        return self.moment.strftime("%Y%m%d")

    @property
    def timestamp(self) -> str:
        return self.moment.strftime("%Y%m%dT%H%M%SZ")

    @property
    def text(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)  # noqa: UP017  (Python 3.9)


def _signature(secret: str, scope: Scope, canonical_request: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    hashed = hashlib.sha256(canonical_request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{scope.timestamp}\n{scope.text}\n{hashed}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def database_token(credentials: Credentials, region: str, endpoint: str, user: str) -> str:
    """What goes in place of the password of `user` at HOST:PORT, for 15 minutes."""
    scope = Scope(region, "rds-db", now())
    query = urllib.parse.urlencode(sorted({
        "Action": "connect", "DBUser": user, "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{credentials.access_key_id}/{scope.text}", "X-Amz-Date": scope.timestamp,
        "X-Amz-Expires": str(TOKEN_SECONDS), "X-Amz-SignedHeaders": "host"}.items()), quote_via=urllib.parse.quote, safe="-_.~")
    nothing = hashlib.sha256(b"").hexdigest()
    request = f"GET\n/\n{query}\nhost:{endpoint}\n\nhost\n{nothing}"
    return f"{endpoint}/?{query}&X-Amz-Signature={_signature(credentials.secret_access_key, scope, request)}"


def call_headers(credentials: Credentials, scope: Scope, host: str, body: str) -> dict[str, str]:
    """Of a POST to `/` with a form."""
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8", "host": host, "x-amz-date": scope.timestamp}
    signed = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n/\n\n{lines}\n{signed}\n{hashlib.sha256(body.encode()).hexdigest()}"
    signature = _signature(credentials.secret_access_key, scope, request)
    headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{scope.text}, "
                                f"SignedHeaders={signed}, Signature={signature}")
    return headers
