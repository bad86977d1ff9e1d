"""An instance of its own, asked and logged in to by name."""

import contextlib

import botocore.exceptions
import psycopg
import pytest

from support import aws as api
from support.login import Login
from support.poll import until
from support.stock import MASTER, MASTER_PASSWORD, download_bundle


class Instance:
    """By its name, whether it is there or not."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.rds = api.client(server, "rds")
        self.bundle = download_bundle(server)

    def create(self, **more):
        self.rds.create_db_instance(DBInstanceIdentifier=self.name, Engine="postgres", DBInstanceClass="db.t3.micro",
                                    AllocatedStorage=20, MasterUsername=MASTER, MasterUserPassword=MASTER_PASSWORD, **more)
        return self.until_available()

    def replicate(self, name, **more):
        self.rds.create_db_instance_read_replica(DBInstanceIdentifier=name, SourceDBInstanceIdentifier=self.name, **more)
        return Instance(self.server, name).until_available()

    def describe(self):
        return self.rds.describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"][0]

    def until_available(self):
        until(lambda: self.describe()["DBInstanceStatus"] == "available", f"{self.name} is available")
        return self

    def login(self):
        endpoint = self.describe()["Endpoint"]
        return Login(self.server, endpoint["Address"], endpoint["Port"], self.bundle)

    def sql(self, text):
        with contextlib.closing(self.login().psycopg(MASTER, MASTER_PASSWORD)) as session:
            cursor = session.execute(text)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def has(self, text, rows):
        with contextlib.suppress(psycopg.OperationalError, psycopg.errors.UndefinedTable):
            return self.sql(text) == rows
        return False

    def events(self):
        return [one["Message"] for one in self.rds.describe_events(SourceIdentifier=self.name, SourceType="db-instance",
                                                                   Duration=60)["Events"]]

    def refused(self, call, **parameters):
        with pytest.raises(botocore.exceptions.ClientError) as error:
            call(DBInstanceIdentifier=self.name, **parameters)
        return error.value.response["Error"]["Code"]
