"""A boto3 session that asks a server of ours."""

from __future__ import annotations

import typing

import boto3

from .signing import Credentials

if typing.TYPE_CHECKING:
    from .server import Server


class Session(boto3.Session):
    """Its clients and resources have the server's endpoint unless they are told another."""

    def __init__(self, server: Server, credentials: Credentials):
        super().__init__(aws_access_key_id=credentials.access_key_id,
                         aws_secret_access_key=credentials.secret_access_key, region_name=server.region)
        self._url = server.url

    def client(self, *arguments: typing.Any, **more: typing.Any) -> typing.Any:
        return super().client(*arguments, **{"endpoint_url": self._url, **more})

    def resource(self, *arguments: typing.Any, **more: typing.Any) -> typing.Any:
        return super().resource(*arguments, **{"endpoint_url": self._url, **more})
