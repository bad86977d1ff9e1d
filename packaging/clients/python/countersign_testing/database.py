"""Instances, and databases in them with a user whose password is a token."""

from __future__ import annotations

import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import typing
import urllib.parse

from . import signing
from .server import CountersignError, Server, wait_until

MASTER = "postgres"
PSQL_SECONDS = 60.0


def _psql() -> str:
    """Of the PATH, or of the newest PostgreSQL where Debian puts them."""
    there = shutil.which("psql")
    if there:
        return there
    installed = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/psql"), key=lambda one: float(one.parts[4]))
    if not installed:
        raise CountersignError("there is no program psql")
    return str(installed[-1])


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


class Instance:
    """A PostgreSQL server. As a context manager it is deleted at the end."""

    def __init__(self, server: Server, name: str, master_password: str):
        self.server = server
        self.name = name
        self.master = MASTER
        self.master_password = master_password
        self.host = self.resource_id = ""
        self.port = 0
        self._databases = 0

    @classmethod
    def create(cls, server: Server, name: str, parameters: dict[str, str]) -> Instance:
        instance = cls(server, name, secrets.token_urlsafe(24))
        server.call("rds", "CreateDBInstance", **{
            "DBInstanceIdentifier": name, "Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": "20",
            "MasterUsername": MASTER, "MasterUserPassword": instance.master_password,
            "EnableIAMDatabaseAuthentication": "true", **parameters})
        wait_until(instance._is_available, f"{name} is available")
        return instance

    def _is_available(self) -> bool:
        told = self.server.call("rds", "DescribeDBInstances", DBInstanceIdentifier=self.name)
        status = told.findtext(".//DBInstanceStatus", "")
        if status == "failed":
            raise CountersignError(f"{self.name} failed: {self.server.said()}")
        self.host = told.findtext(".//Endpoint/Address", "")
        self.port = int(told.findtext(".//Endpoint/Port", "0"))
        self.resource_id = told.findtext(".//DbiResourceId", "")
        return status == "available"

    def __enter__(self) -> Instance:
        return self

    def __exit__(self, *_: object) -> None:
        self.delete()

    def delete(self) -> None:
        self.server.call("rds", "DeleteDBInstance", DBInstanceIdentifier=self.name, SkipFinalSnapshot="true")

    def sql(self, *statements: str, database: str = "postgres") -> str:
        """What psql prints, as the master user; each statement by itself."""
        settings = {"PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": self.master, "PGDATABASE": database,
                    "PGPASSWORD": self.master_password, "PGSSLMODE": "verify-full",
                    "PGSSLROOTCERT": str(self.server.bundle), "PGPASSFILE": os.devnull}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | settings
        done = subprocess.run([_psql(), "-XAtq", "-v", "ON_ERROR_STOP=1", *(f"--command={one}" for one in statements)],
                              env=environment, capture_output=True, text=True, timeout=PSQL_SECONDS, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise CountersignError(done.stderr.strip())
        return done.stdout

    def create_database(self, name: str | None = None, user: str = "app") -> Database:
        """A database that belongs to a new user, who may connect by token and has an access key of its own."""
        self._databases += 1
        database = Database(self, name or f"test_{self._databases}", user)
        database._create()  # pylint: disable=protected-access
        return database


class Database:
    """A database with its user. As a context manager both are dropped at the end, and the access key is deleted."""

    def __init__(self, instance: Instance, name: str, user: str):
        self.instance = instance
        self.server = instance.server
        self.name = name
        self.user = user
        self.host, self.port = instance.host, instance.port
        self.credentials = signing.Credentials("", "")
        plain = re.sub(r"[^\w+=,.@-]", "-", user, flags=re.ASCII)
        self.principal = f"{plain[:40]}-{secrets.token_hex(4)}"  # the IAM user

    # A user that is granted to the master user while it is a member of rds_iam would take that one's password away.
    def _create(self) -> None:
        user, master = _name(self.user), _name(self.instance.master)
        self.instance.sql(f"CREATE USER {user}", f"GRANT {user} TO {master}",
                          f"CREATE DATABASE {_name(self.name)} OWNER {user}", f"REVOKE {user} FROM {master}",
                          f"GRANT rds_iam TO {user}")
        iam = self.server.call
        iam("iam", "CreateUser", UserName=self.principal)
        self.allow()
        key = iam("iam", "CreateAccessKey", UserName=self.principal)
        self.credentials = signing.Credentials(key.findtext(".//AccessKeyId", ""), key.findtext(".//SecretAccessKey", ""))

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()

    def drop(self) -> None:
        user, master = _name(self.user), _name(self.instance.master)
        self.instance.sql(f"REVOKE rds_iam FROM {user}", f"GRANT {user} TO {master}",
                          f"DROP DATABASE {_name(self.name)} WITH (FORCE)", f"DROP USER {user}")
        self.deny()
        self.server.call("iam", "DeleteAccessKey", UserName=self.principal, AccessKeyId=self.credentials.access_key_id)
        self.server.call("iam", "DeleteUser", UserName=self.principal)

    def allow(self) -> None:
        """The policy by which the user may connect; there from the start."""
        arn = f"arn:aws:rds-db:{self.server.region}:{self.server.account}:dbuser:{self.instance.resource_id}/{self.user}"
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "rds-db:connect", "Resource": arn}]}
        self.server.call("iam", "PutUserPolicy", UserName=self.principal, PolicyName="connect", PolicyDocument=json.dumps(document))

    def deny(self) -> None:
        """Takes that policy away: the next login is refused."""
        try:
            self.server.call("iam", "DeleteUserPolicy", UserName=self.principal, PolicyName="connect")
        except CountersignError as error:
            if error.code != "NoSuchEntity":
                raise

    def token(self) -> str:
        """A new token: the password of one connection, for 15 minutes. Give the method itself to a pool that asks."""
        return signing.database_token(self.credentials, self.server.region, f"{self.host}:{self.port}", self.user)

    @property
    def dsn(self) -> str:
        """A URL for libpq and drivers that read such, without a password."""
        quoted = {part: urllib.parse.quote(text, safe="") for part, text in
                  {"user": self.user, "name": self.name, "bundle": str(self.server.bundle)}.items()}
        return (f"postgresql://{quoted['user']}@{self.host}:{self.port}/{quoted['name']}"
                f"?sslmode=verify-full&sslrootcert={quoted['bundle']}")

    @property
    def dsn_with_token(self) -> str:
        """The same with a new token for a password."""
        before, at, behind = self.dsn.partition("@")
        return f"{before}:{urllib.parse.quote(self.token(), safe='')}{at}{behind}"

    def connect_args(self) -> dict[str, typing.Any]:
        """For psycopg.connect() and its like; the password is a new token."""
        return {"host": self.host, "port": self.port, "dbname": self.name, "user": self.user, "password": self.token(),
                "sslmode": "verify-full", "sslrootcert": str(self.server.bundle)}

    def environment(self) -> dict[str, str]:
        """For an application of its own process: the access key, and where and as whom to connect."""
        return {**self.server.environment(self.credentials), "PGHOST": self.host, "PGPORT": str(self.port),
                "PGDATABASE": self.name, "PGUSER": self.user, "PGSSLMODE": "verify-full",
                "PGSSLROOTCERT": str(self.server.bundle)}

    def boto3_session(self) -> typing.Any:
        """A boto3.Session of the user's own key: session.client("rds").generate_db_auth_token(...)."""
        return self.server.boto3_session(self.credentials)
