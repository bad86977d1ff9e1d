"""Debian's own AWS CLI; Debian 12's is older than AWS_ENDPOINT_URL: --endpoint-url, and `countersign aws` for it."""

import pathlib

import pytest

from support.aws import Aws
from support.server import PROGRAM, run

DEBIAN = pathlib.Path("/usr/bin/aws")
VERSIONS = ("aws-cli/2.9.19 ", "aws-cli/2.23.6 ")  # of Debian 12 and 13


@pytest.fixture(scope="module")
def old(server):
    """The old CLI as `aws`, without the variable that Debian 12's does not know."""
    if not DEBIAN.exists():
        pytest.skip(f"{DEBIAN} is not installed (apt-get install awscli)")
    shell = Aws(server)
    shell.environment["PATH"] = f"{DEBIAN.parent}:/bin:{PROGRAM.parent}"
    shell.prologue += f'unset AWS_ENDPOINT_URL\naws() {{ {DEBIAN} --endpoint-url {server.url} "$@"; }}\n'
    return shell


def test_its_age(old):
    version = run([DEBIAN, "--version"], old.environment).stdout
    assert version.startswith(VERSIONS), version


def test_the_story(server, old):
    assert old("sts", "get-caller-identity")["Account"] == server.account
    made = old("rds", "create-db-cluster", "--db-cluster-identifier", "old", "--engine", "aurora-postgresql",
               "--master-username", "postgres", "--master-user-password", "correct-horse-battery",
               "--enable-iam-database-authentication")["DBCluster"]
    assert made["DBClusterIdentifier"] == "old"
    old("rds", "create-db-instance", "--db-instance-identifier", "old-1", "--db-cluster-identifier", "old",
        "--engine", "aurora-postgresql", "--db-instance-class", "db.r6g.large")
    old("rds", "wait", "db-instance-available", "--db-instance-identifier", "old-1")
    assert old("iam", "create-user", "--user-name", "old")["User"]["UserName"] == "old"
    assert old("iam", "list-users", "--query", "Users[].UserName") == ["old"]
    assert old.refused("iam", "get-user", "--user-name", "none").code == "NoSuchEntity"
    token = old.text("rds", "generate-db-auth-token", "--hostname", "localhost", "--port", "1", "--username", "u")
    assert token.startswith("localhost:1/?Action=connect&DBUser=u&")


def test_countersign_aws_needs_no_endpoint_url(server, old):
    for words in (["sts", "get-caller-identity", "--query", "Account"],
                  ["rds", "describe-db-clusters", "--query", "DBClusters[0].DBClusterArn"]):
        done = server.command("aws", *words, "--output", "text", environment=old.environment)
        assert server.account in done.stdout
