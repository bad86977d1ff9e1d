"""The database that most parts of bench/run measure."""

import json
import subprocess
import time

from support import aws
from support.login import Login
from support.poll import until
from support.server import PROGRAM, VENV_BIN, run

MASTER, PASSWORD = "postgres", "correct-horse-battery"
ROLES = f"""
CREATE USER jane WITH LOGIN; GRANT rds_iam TO jane;
CREATE USER bob WITH LOGIN PASSWORD '{PASSWORD}';
"""


def instance_status(rds, name):
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]["DBInstanceStatus"]


class Database:
    """The database of the login measurement: made by the AWS CLI as a person would, with a user of either kind."""

    def __init__(self, server):
        self.server = server
        begin = time.perf_counter()
        self.cli("rds", "create-db-cluster", "--db-cluster-identifier", "bench",
                 "--engine", "aurora-postgresql", "--master-username", MASTER, "--master-user-password", PASSWORD,
                 "--enable-iam-database-authentication")
        self.cli("rds", "create-db-instance", "--db-instance-identifier", "bench-1", "--db-cluster-identifier",
                 "bench", "--engine", "aurora-postgresql", "--db-instance-class", "db.r5.large")
        rds = aws.client(server, "rds")
        until(lambda: instance_status(rds, "bench-1") == "available", "the database is available")
        self.first_seconds = time.perf_counter() - begin
        found = self.cli("rds", "describe-db-clusters", "--db-cluster-identifier", "bench")["DBClusters"][0]
        self.host, self.port, self.resource_id = found["Endpoint"], found["Port"], found["DbClusterResourceId"]
        self.login = Login(server, self.host, self.port, server.bundle)
        self.login.psql(MASTER, PASSWORD, ROLES)
        arn = f"arn:aws:rds-db:{server.region}:{server.account}:dbuser:{self.resource_id}/jane"
        self.principal = aws.new_principal(server, "jane", [aws.document(aws.allow("rds-db:connect", arn))])

    def cli(self, *words):
        """Version 1 of the CLI goes to AWS itself for RDS in us-east-1 unless the address is an argument."""
        done = run([VENV_BIN / "aws", "--endpoint-url", self.server.url, *words, "--output", "json"], self.server.env())
        return json.loads(done.stdout)

    def token_environment(self):
        return self.server.env() | {"AWS_ACCESS_KEY_ID": self.principal.key_id,
                                    "AWS_SECRET_ACCESS_KEY": self.principal.secret}

    def token_words(self):
        return ["--hostname", self.host, "--port", str(self.port), "--region", self.server.region,
                "--username", "jane"]

    def token(self):
        done = subprocess.run([PROGRAM, "token", *self.token_words()], env=self.token_environment(),
                              capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def wait(self):
        """After a start of its server: until it answers."""
        until(lambda: self.login.psql(MASTER, PASSWORD, "SELECT 1", check=False).returncode == 0,
              "the database answers")
