"""Requests by hand, and what the API answers where it refuses."""

import contextlib
import http.client
import re
import urllib.parse

import botocore.exceptions
import pytest

from support import tokens
from support.aws import administrator


def refused(function, **parameters):
    """Expects an error of the API and returns its code, text and HTTP status."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        function(**parameters)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["RequestId"]
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def send(server, body, headers, path="/", method="POST"):
    """One request as it is; returns the status, code, text and headers of the answer."""
    host, port = urllib.parse.urlsplit(server.url).netloc.split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=90)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
    code = re.search(r"<Code>(.*?)</Code>", text)
    message = re.search(r"<Message>(.*?)</Message>", text, re.DOTALL)
    return answer.status, code and code.group(1), message and message.group(1), answer


def signed(server, body, service="sts", principal=None, **how):
    principal = principal or administrator(server)
    host = urllib.parse.urlsplit(server.url).netloc
    headers = tokens.api_headers(principal, host, body, service, **how)
    del headers["host"]
    return send(server, body, headers)
