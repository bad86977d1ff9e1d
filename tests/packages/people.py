"""What an administrator and a person do with an installed server: unmodified clients, over TLS."""

import json
import pathlib

from machine import until

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
AWS = str(REPOSITORY / "build/venv/bin/aws")
ENDPOINT = "http://127.0.0.1:7070"
PASSWORD = "correct-horse-9"
REFUSED = 'PAM authentication failed for user "jane_doe"'


class Server:
    """The API and the databases of a machine."""

    def __init__(self, machine):
        self.machine = machine
        self.environment = {"AWS_SHARED_CREDENTIALS_FILE": str(machine.path("/var/lib/countersign/credentials")),
                            "AWS_DEFAULT_REGION": "us-west-2",
                            "AWS_CONFIG_FILE": "/dev/null", "AWS_RETRY_MODE": "standard", "AWS_MAX_ATTEMPTS": "10"}

    def aws(self, *words, **more):
        done = self.machine.near([AWS, *words, "--endpoint-url", ENDPOINT, "--output", "json"], {**self.environment, **more})
        return json.loads(done.stdout) if done.stdout.strip() else None

    def wait(self):
        until(lambda: self.machine.path("/var/lib/countersign/credentials").exists(), "the server has made its key")

    def database(self, name):
        return self.aws("rds", "describe-db-instances", "--db-instance-identifier", name)["DBInstances"][0]


def let_jane_in(server, resource_id):
    """Makes jane, who may be jane_doe there, and returns her key."""
    account = server.aws("sts", "get-caller-identity")["Account"]
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "rds-db:connect",
         "Resource": f"arn:aws:rds-db:us-west-2:{account}:dbuser:{resource_id}/jane_doe"}]}
    server.aws("iam", "create-user", "--user-name", "jane")
    server.aws("iam", "put-user-policy", "--user-name", "jane", "--policy-name", "connect",
               "--policy-document", json.dumps(policy))
    key = server.aws("iam", "create-access-key", "--user-name", "jane")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def token(server, jane, host, port):
    words = [AWS, "rds", "generate-db-auth-token", "--hostname", host, "--port", str(port), "--region", "us-west-2",
             "--username", "jane_doe"]
    return server.machine.near(words, {**server.environment, **jane}).stdout.strip()


class Database:
    """A database with a user jane_doe, and jane, who may be her."""

    def __init__(self, server, name="orders"):
        self.server, self.name = server, name
        server.aws("rds", "create-db-instance", "--db-instance-identifier", name, "--engine", "postgres",
                   "--db-instance-class", "db.t4g.micro", "--allocated-storage", "20", "--master-username", "postgres",
                   "--master-user-password", PASSWORD, "--enable-iam-database-authentication")
        until(lambda: server.database(name)["DBInstanceStatus"] == "available", f"{name} is there")
        made = server.database(name)
        self.port = made["Endpoint"]["Port"]
        self.bundle = server.machine.path("/var/lib/countersign/global-bundle.pem")
        self.sql("CREATE USER jane_doe; GRANT rds_iam TO jane_doe; CREATE TABLE kept AS SELECT 42 AS answer; "
                 "GRANT SELECT ON kept TO jane_doe")
        self.jane = let_jane_in(server, made["DbiResourceId"])

    def psql(self, user, password, sql, check=True):
        where = f"host=localhost port={self.port} dbname=postgres user={user} sslmode=verify-full sslrootcert={self.bundle}"
        return self.server.machine.near(["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", where, "-c", sql],
                                        {"PGPASSWORD": password}, check)

    def sql(self, sql):
        return self.psql("postgres", PASSWORD, sql).stdout.strip()

    def token(self):
        return token(self.server, self.jane, "localhost", self.port)

    def login(self, password=None):
        return self.psql("jane_doe", password or self.token(), "SELECT current_user, answer FROM kept", check=False)

    def lets_in(self):
        return self.login().stdout.strip() == "jane_doe|42"
