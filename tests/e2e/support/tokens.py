"""AWS Signature Version 4 by hand, for what no honest client makes: other clocks, hosts, regions and lifetimes.

test_token.py holds these tokens against those of the real clients.
"""

import datetime
import hashlib
import hmac
import urllib.parse

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


def now():
    return datetime.datetime.now(datetime.UTC)


def quote(text):
    return urllib.parse.quote(text, safe="-_.~")


def signing_key(secret, date, region, service):
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def signature(secret, moment, region, service, canonical_request):
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical_request.encode()).hexdigest()])
    return hmac.new(signing_key(secret, stamp[:8], region, service), text.encode(), hashlib.sha256).hexdigest()


def database_token(principal, host, port, user, region="us-west-2", at=None, expires=900, service="rds-db"):
    """What `aws rds generate-db-auth-token` prints at the moment `at`."""
    at = at or now()
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    parameters = [
        ("Action", "connect"),
        ("DBUser", user),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", f"{principal.key_id}/{stamp[:8]}/{region}/{service}/aws4_request"),
        ("X-Amz-Date", stamp),
        ("X-Amz-Expires", str(expires)),
        ("X-Amz-SignedHeaders", "host"),
    ]
    if principal.session_token:
        parameters.append(("X-Amz-Security-Token", principal.session_token))
    encoded = [f"{quote(name)}={quote(value)}" for name, value in parameters]
    canonical = "\n".join(["GET", "/", "&".join(sorted(encoded)), f"host:{host.lower()}:{port}", "", "host",
                           EMPTY_SHA256])
    signed = signature(principal.secret, at, region, service, canonical)
    return f"{host}:{port}/?{'&'.join(encoded)}&X-Amz-Signature={signed}"


def with_signature_altered(token):
    """The same token with one nibble of the signature changed."""
    return token[:-1] + ("0" if token[-1] != "0" else "1")


def api_headers(principal, host, body, service, region="us-west-2", at=None):
    """Headers of a signed POST / of the Query protocol, signed at the moment `at`."""
    at = at or now()
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "host": host,
        "x-amz-date": stamp,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = "\n".join(["POST", "/", "", lines, names, hashlib.sha256(body.encode()).hexdigest()])
    signed = signature(principal.secret, at, region, service, canonical)
    headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={principal.key_id}/{stamp[:8]}/{region}/{service}"
                                f"/aws4_request, SignedHeaders={names}, Signature={signed}")
    return headers
