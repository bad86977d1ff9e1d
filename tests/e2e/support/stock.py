"""A database as most tests want it: made through the API, with a few roles in it."""

import contextlib
import ssl
import urllib.request

from support import aws, tokens
from support.login import Login
from support.own_postgres import PROGRAMS
from support.poll import until

MAJOR = int(PROGRAMS.parent.name)  # of a database of which nobody asks for a version
MASTER = "postgres"
MASTER_PASSWORD = "correct-horse-battery"
ROLES = """
CREATE USER jane WITH LOGIN; GRANT rds_iam TO jane;
CREATE USER bob WITH LOGIN PASSWORD 'bobs-own-password';
CREATE USER dora WITH LOGIN PASSWORD 'doras-own-password'; GRANT rds_iam TO dora;
"""


def download_bundle(server):
    """The CA's certificates, fetched as a person would."""
    bundle = server.home / "downloaded-bundle.pem"
    trust = ssl.create_default_context()  # of the environment as it is now; Python 3.12 keeps what it had at its first request
    with urllib.request.urlopen(server.url + "/global-bundle.pem", timeout=60, context=trust) as answer:
        bundle.write_bytes(answer.read())
    return bundle


class Stock:
    """One Aurora cluster `name` with an instance, IAM authentication on; `everybody` may connect as anybody."""

    def __init__(self, server, name="c1", iam=True):
        self.server = server
        self.name = name
        self.rds = aws.client(server, "rds")
        self.iam = aws.client(server, "iam")
        self.rds.create_db_cluster(DBClusterIdentifier=name, Engine="aurora-postgresql", MasterUsername=MASTER,
                                   MasterUserPassword=MASTER_PASSWORD, EnableIAMDatabaseAuthentication=iam)
        self.rds.create_db_instance(DBInstanceIdentifier=f"{name}-1", DBClusterIdentifier=name,
                                    Engine="aurora-postgresql", DBInstanceClass="db.r5.large")
        self.until_available()
        found = self.describe()
        self.host, self.port, self.resource_id = found["Endpoint"], found["Port"], found["DbClusterResourceId"]
        self.login = Login(server, self.host, self.port, download_bundle(server))
        self.sql(ROLES)

    def describe(self):
        return self.rds.describe_db_clusters(DBClusterIdentifier=self.name)["DBClusters"][0]

    def until_available(self):
        def available():
            instances = self.rds.describe_db_instances(
                Filters=[{"Name": "db-cluster-id", "Values": [self.name]}])["DBInstances"]
            return (self.describe()["Status"] == "available" and instances
                    and all(instance["DBInstanceStatus"] == "available" for instance in instances))
        until(available, f"{self.name} and its instances are available")

    def until_it_answers(self):
        """After a start: its PostgreSQL runs, and the API says that it is available."""
        until(self.takes_the_masters_password, f"{self.name} answers")
        self.until_available()

    def set_iam(self, enabled):
        self.rds.modify_db_cluster(DBClusterIdentifier=self.name, EnableIAMDatabaseAuthentication=enabled,
                                   ApplyImmediately=True)
        until(lambda: self.describe()["IAMDatabaseAuthenticationEnabled"] == enabled
              and self.describe()["Status"] == "available", f"IAM authentication is {enabled}")

    def master(self, dbname=None):
        return self.login.psycopg(MASTER, MASTER_PASSWORD, dbname=dbname)

    def takes_the_masters_password(self):
        """From PostgreSQL 16 on the rules name who is a member of rds_iam in form alone, so a grant to the master user takes
        a moment, and so does its end."""
        return self.login.psql(MASTER, MASTER_PASSWORD, "SELECT 1", check=False).returncode == 0

    def sql(self, text, dbname=None):
        """Runs statements as the master user; returns the rows of the last one."""
        with contextlib.closing(self.master(dbname)) as session:
            cursor = session.execute(text)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def user_arn(self, user, resource_id=None):
        return (f"arn:aws:rds-db:{self.server.region}:{self.server.account}:dbuser:"
                f"{resource_id or self.resource_id}/{user}")

    def may_connect(self, user, resource_id=None):
        return aws.document(aws.allow("rds-db:connect", self.user_arn(user, resource_id)))

    def principal(self, name, *documents):
        return aws.new_principal(self.server, name, documents)

    def token(self, principal, user, **other):
        facts = {"host": self.host, "port": self.port, "region": self.server.region} | other
        return tokens.database_token(principal, user=user, **facts)

    def session(self, principal, user, **more):
        """A session of `user`, opened with a token of that principal."""
        return self.login.psycopg(user, self.token(principal, user), **more)

    def recorded_since(self, mark, user, count=1):
        """The newest records of attempts by `user` after the first `mark`; waits until there are so many."""
        def enough():
            found = [entry for entry in self.server.logins()[mark:]
                     if entry["user"] == user and entry["decision"] != "ended"]
            return found if len(found) >= count else None
        return until(enough, f"{count} attempts of {user} in the log of logins", patience=30)
