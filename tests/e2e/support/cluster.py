"""A cluster with readers, and what its instances are asked, or done to."""

import contextlib
import os
import re
import signal

from support.login import Login
from support.poll import until
from support.stock import MASTER, MASTER_PASSWORD, Stock


def number_of(instance):
    return int(instance.rpartition("-")[2])


def postmaster_in(home):
    """Its process id, as it was started last."""
    return int((home / "postmaster").read_text().split()[0])


class Cluster(Stock):
    """A cluster with instances NAME-1, the writer of the beginning, and NAME-2 and so on, its readers."""

    def __init__(self, server, name, readers):
        super().__init__(server, name)
        for number in range(2, readers + 2):
            self.add(number)
        self.until_available()

    def add(self, number, **more):
        self.rds.create_db_instance(DBInstanceIdentifier=f"{self.name}-{number}", DBClusterIdentifier=self.name,
                                    Engine="aurora-postgresql", DBInstanceClass="db.r5.large", **more)

    def instance(self, number):
        return self.rds.describe_db_instances(DBInstanceIdentifier=f"{self.name}-{number}")["DBInstances"][0]

    def writer(self):
        return [one["DBInstanceIdentifier"] for one in self.describe()["DBClusterMembers"] if one["IsClusterWriter"]]

    def login_at(self, number):
        endpoint = self.instance(number)["Endpoint"]
        return Login(self.server, endpoint["Address"], endpoint["Port"], self.login.bundle)

    def ask(self, number, text):
        with contextlib.closing(self.login_at(number).psycopg(MASTER, MASTER_PASSWORD)) as session:
            return session.execute(text).fetchall()

    def has_followers(self, count):
        return self.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == [(count,)]

    def until_synchronous(self):
        until(lambda: self.sql("SHOW synchronous_standby_names") != [("",)]
              and self.last_event_of(r"Commits (wait|do not wait)|Completed failover").startswith("Commits wait for"),
              "commits wait for a reader, and that is recorded")

    def events(self):
        pages = self.rds.get_paginator("describe_events").paginate(SourceIdentifier=self.name, SourceType="db-cluster",
                                                                   Duration=60)
        return [one["Message"] for page in pages for one in page["Events"]]

    def last_event_of(self, pattern):
        return next((one for one in reversed(self.events()) if re.match(pattern, one)), "")

    def home(self, number):
        """Where its data is: the first writer's is the cluster's."""
        own = self.server.database_directory(self.instance(number)["DbiResourceId"])
        return own if own.exists() else self.server.database_directory(self.resource_id)

    def postmaster(self, number):
        return postmaster_in(self.home(number))

    def kill(self, number):
        """Its postmaster ends at once, and nothing is shut down."""
        os.kill(self.postmaster(number), signal.SIGKILL)
