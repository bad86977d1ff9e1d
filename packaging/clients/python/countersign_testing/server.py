"""The server: a process `countersign serve --ephemeral`, of which nothing stays."""

from __future__ import annotations

import configparser
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import typing
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

from . import signing

if typing.TYPE_CHECKING:
    from .database import Instance

START_SECONDS = 60.0
STOP_SECONDS = 60.0
API_VERSIONS = {"rds": "2014-10-31", "iam": "2010-05-08", "sts": "2011-06-15"}


class CountersignError(Exception):
    """What the server or a program said; `code` is the API's, where that refused."""

    def __init__(self, message: str, code: str = ""):
        super().__init__(message)
        self.code = code


def program() -> str:
    """COUNTERSIGN_PROGRAM, or `countersign` of the PATH."""
    named = os.environ.get("COUNTERSIGN_PROGRAM") or shutil.which("countersign")
    if not named:
        raise CountersignError("there is no program countersign on the PATH; name it with COUNTERSIGN_PROGRAM")
    return named


class Server:
    """A server of one's own, with an account and an administrator of its own. It ends with this process, however that
    ends: its standard input is a pipe from here."""

    def __init__(self, *options: str, command: str | None = None):
        self._options = options
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._log: typing.IO[bytes] | None = None
        self._instances = 0
        self.url = self.region = self.account = ""
        self.data_dir = pathlib.Path()
        self.administrator = signing.Credentials("", "")

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Server:
        self._log = tempfile.TemporaryFile(prefix="countersign-testing-")  # noqa: SIM115  pylint: disable=consider-using-with
        environment = {name: value for name, value in os.environ.items() if name != "COUNTERSIGN_DATA_DIR"}
        self._process = subprocess.Popen(  # pylint: disable=consider-using-with
            [self._command or program(), "serve", "--ephemeral", "--end-with-stdin", *self._options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, env=environment)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(STOP_SECONDS)
            raise CountersignError(f"the server did not start: {self.said()}")
        ready = json.loads(line)
        self.url, self.region, self.account = ready["listening"], ready["region"], ready["account"]
        self.data_dir = pathlib.Path(ready["data_dir"])
        self.administrator = self._administrator()
        return self

    def _administrator(self) -> signing.Credentials:
        keys = configparser.ConfigParser(interpolation=None)
        keys.read(self.data_dir / "credentials")
        return signing.Credentials(keys["default"]["aws_access_key_id"], keys["default"]["aws_secret_access_key"])

    def stop(self) -> None:
        """Nothing is left when it returns."""
        if self._process is None:
            return
        process, self._process = self._process, None
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        if self._log is not None:
            self._log.close()

    def said(self) -> str:
        """The end of what it wrote about itself."""
        if self._log is None or self._log.closed:
            return ""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-4000:]

    @property
    def bundle(self) -> pathlib.Path:
        """The authority by which databases' certificates are verified: for sslrootcert."""
        return self.data_dir / "global-bundle.pem"

    def environment(self, credentials: signing.Credentials | None = None) -> dict[str, str]:
        """For programs that ask by an AWS SDK or the AWS CLI; the administrator's key where none is given."""
        whose = credentials or self.administrator
        return {"AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": whose.access_key_id,
                "AWS_SECRET_ACCESS_KEY": whose.secret_access_key, "AWS_REGION": self.region,
                "AWS_DEFAULT_REGION": self.region}

    def boto3_session(self, credentials: signing.Credentials | None = None) -> typing.Any:
        """A boto3.Session whose clients ask this server, whatever the environment says."""
        from .boto import Session  # boto3 is needed by who asks for this alone

        return Session(self, credentials or self.administrator)

    def call(self, service: str, action: str, **parameters: str) -> xml.etree.ElementTree.Element:
        """An operation of rds, iam or sts as the administrator; the answer, without namespaces."""
        body = urllib.parse.urlencode({"Action": action, "Version": API_VERSIONS[service], **parameters})
        scope = signing.Scope(self.region, service, signing.now())
        host = urllib.parse.urlsplit(self.url).netloc
        headers = signing.call_headers(self.administrator, scope, host, body)
        request = urllib.request.Request(f"{self.url}/", data=body.encode(), headers=headers, method="POST")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=START_SECONDS) as answer:
                return _plain(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                told = _plain(error.read())
            code = told.findtext(".//Code", "")
            raise CountersignError(f"{action}: {code}: {told.findtext('.//Message', '')}", code) from None

    def create_instance(self, name: str | None = None, **parameters: str) -> Instance:
        """A PostgreSQL of its own, IAM authentication on; parameters are those of CreateDBInstance."""
        from .database import Instance  # which needs this module

        self._instances += 1
        return Instance.create(self, name or f"test-{self._instances}", parameters)


def _plain(text: bytes) -> xml.etree.ElementTree.Element:
    root = xml.etree.ElementTree.fromstring(text)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def wait_until(condition: typing.Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise CountersignError(f"not within {START_SECONDS:.0f} s: {what}")
        time.sleep(0.01)
