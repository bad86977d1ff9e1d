"""The whole story with nothing but the AWS CLI and psql, for a cluster and for an instance of its own."""

import json
import urllib.request

import pytest

from support.aws import Aws, Principal
from support.login import Login
from support.poll import until

MASTER = "postgres"
PASSWORD = "correct-horse-battery"
MAKE_USER = "CREATE USER mydbuser WITH LOGIN; GRANT rds_iam TO mydbuser;"


class Walk:
    """One walk: what it is called, and what has been learnt on the way."""

    def __init__(self, server, aws, name):
        self.server = server
        self.aws = aws
        self.name = name
        self.principal = None
        self.policy_arn = None
        self.login = None

    def make_subnet_group(self):
        made = self.aws("rds", "create-db-subnet-group", "--db-subnet-group-name", self.name,
                        "--db-subnet-group-description", "of the walk",
                        "--subnet-ids", "subnet-1111aaaa", "subnet-2222bbbb")["DBSubnetGroup"]
        assert made["DBSubnetGroupName"] == self.name
        assert made["SubnetGroupStatus"] == "Complete"
        assert [subnet["SubnetIdentifier"] for subnet in made["Subnets"]] == ["subnet-1111aaaa", "subnet-2222bbbb"]
        assert made["DBSubnetGroupArn"].endswith(f":subgrp:{self.name}")

    def make_principal(self, resource_id):
        account = self.aws.text("sts", "get-caller-identity", "--query", "Account", "--output", "text").strip()
        assert account == self.server.account
        document = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": ["rds-db:connect"],
            "Resource": [f"arn:aws:rds-db:{self.server.region}:{account}:dbuser:{resource_id}/mydbuser"]}]}
        file = self.server.home / f"{self.name}.json"
        file.write_text(json.dumps(document))
        policy = self.aws("iam", "create-policy", "--policy-name", self.name,
                          "--policy-document", f"file://{file}")["Policy"]
        assert policy["Arn"] == f"arn:aws:iam::{account}:policy/{self.name}"
        assert policy["PolicyId"].startswith("ANPA") and policy["DefaultVersionId"] == "v1"
        assert policy["AttachmentCount"] == 0 and policy["CreateDate"]
        self.policy_arn = policy["Arn"]
        user = self.aws("iam", "create-user", "--user-name", self.name)["User"]
        assert user["Arn"] == f"arn:aws:iam::{account}:user/{self.name}" and user["UserId"].startswith("AIDA")
        self.aws("iam", "attach-user-policy", "--user-name", self.name, "--policy-arn", self.policy_arn)
        key = self.aws("iam", "create-access-key", "--user-name", self.name)["AccessKey"]
        assert key["AccessKeyId"].startswith("AKIA") and key["Status"] == "Active"
        self.principal = Principal(key["AccessKeyId"], key["SecretAccessKey"], name=self.name)
        second = Aws(self.server, self.principal)
        assert second("sts", "get-caller-identity")["Arn"] == user["Arn"]

    def log_in(self, host, port):
        bundle = self.server.home / f"{self.name}.pem"
        urllib.request.urlretrieve(self.server.url + "/global-bundle.pem", bundle)
        self.login = Login(self.server, host, port, bundle)
        self.login.psql(MASTER, PASSWORD, MAKE_USER)
        second = Aws(self.server, self.principal)
        token = second.text("rds", "generate-db-auth-token", "--hostname", host, "--port", str(port),
                            "--region", self.server.region, "--username", "mydbuser").strip()
        question = ("SELECT current_user, session_user, ssl.version FROM pg_stat_ssl ssl "
                    "WHERE pid = pg_backend_pid()")
        row = self.login.psql("mydbuser", token, question).stdout.strip()
        assert row in ("mydbuser|mydbuser|TLSv1.3", "mydbuser|mydbuser|TLSv1.2")
        last = self.server.attempts()[-1]
        assert (last["user"], last["decision"]) == ("mydbuser", "allowed")
        assert last["principal_arn"] == f"arn:aws:iam::{self.server.account}:user/{self.name}"
        assert last["access_key_id"] == self.principal.key_id
        assert last["database"] == self.name

    def end_principal(self):
        """In AWS's order; what comes too early is refused."""
        assert self.aws.refused("iam", "delete-user", "--user-name", self.name).code == "DeleteConflict"
        assert self.aws.refused("iam", "delete-policy", "--policy-arn", self.policy_arn).code == "DeleteConflict"
        self.aws("iam", "delete-access-key", "--user-name", self.name,
                 "--access-key-id", self.principal.key_id)
        refused = self.aws.refused("iam", "delete-user", "--user-name", self.name)
        assert refused.code == "DeleteConflict" and "detach" in refused.message
        self.aws("iam", "detach-user-policy", "--user-name", self.name, "--policy-arn", self.policy_arn)
        self.aws("iam", "delete-user", "--user-name", self.name)
        self.aws("iam", "delete-policy", "--policy-arn", self.policy_arn)
        assert self.aws.refused("iam", "get-user", "--user-name", self.name).code == "NoSuchEntity"
        assert self.aws.refused("iam", "get-policy", "--policy-arn", self.policy_arn).code == "NoSuchEntity"


def gone(aws, *describe):
    """Waits until what a describe command names is gone, and returns the error that says so."""
    found = []

    def look():
        try:
            aws(*describe)
        except AssertionError as error:
            found.append(error)
        return found
    until(look, f"{describe} finds nothing")
    return found[0]


def test_cluster(server, aws):
    walk = Walk(server, aws, "walk")
    walk.make_subnet_group()
    made = aws("rds", "create-db-cluster", "--db-cluster-identifier", "walk", "--engine", "aurora-postgresql",
               "--master-username", MASTER, "--master-user-password", PASSWORD,
               "--db-subnet-group-name", "walk", "--vpc-security-group-ids", "sg-12345678")["DBCluster"]
    assert made["DBClusterIdentifier"] == "walk" and made["Engine"] == "aurora-postgresql"
    assert made["Status"] in ("creating", "available") and made["MasterUsername"] == MASTER
    assert made["DBSubnetGroup"] == "walk" and made["IAMDatabaseAuthenticationEnabled"] is False
    assert [group["VpcSecurityGroupId"] for group in made["VpcSecurityGroups"]] == ["sg-12345678"]
    assert PASSWORD not in json.dumps(made)
    assert aws.refused("rds", "delete-db-subnet-group", "--db-subnet-group-name",
                       "walk").code == "InvalidDBSubnetGroupStateFault"
    instance = aws("rds", "create-db-instance", "--db-instance-identifier", "walk-1",
                   "--db-cluster-identifier", "walk", "--engine", "aurora-postgresql",
                   "--db-instance-class", "db.r6g.large")["DBInstance"]
    assert instance["DBInstanceStatus"] in ("creating", "available")
    assert instance["DBInstanceClass"] == "db.r6g.large" and instance["DbiResourceId"].startswith("db-")
    aws("rds", "wait", "db-instance-available", "--db-instance-identifier", "walk-1")
    aws("rds", "modify-db-cluster", "--db-cluster-identifier", "walk", "--apply-immediately",
        "--enable-iam-database-authentication")
    until(lambda: aws("rds", "describe-db-clusters", "--db-cluster-identifier", "walk", "--query",
                      "DBClusters[0].[IAMDatabaseAuthenticationEnabled,Status]") == [True, "available"],
          "IAM authentication is on")
    aws("rds", "wait", "db-cluster-available", "--db-cluster-identifier", "walk")
    rows = aws("rds", "describe-db-clusters", "--query", "DBClusters[*].[DBClusterIdentifier,DbClusterResourceId]")
    assert [row[0] for row in rows] == ["walk"]
    resource_id = rows[0][1]
    assert resource_id.startswith("cluster-") and len(resource_id) == len("cluster-") + 26
    host, port = aws("rds", "describe-db-clusters", "--db-cluster-identifier", "walk",
                     "--query", "DBClusters[0].[Endpoint,Port]")
    walk.make_principal(resource_id)
    walk.log_in(host, port)

    walk.login.psql(MASTER, PASSWORD, "DROP USER mydbuser")
    refused = aws.refused("rds", "delete-db-cluster", "--db-cluster-identifier", "walk", "--skip-final-snapshot")
    assert refused.code == "InvalidDBClusterStateFault"
    assert refused.message == "Cluster cannot be deleted, it still contains DB instances in non-deleting state."
    aws("rds", "delete-db-instance", "--db-instance-identifier", "walk-1", "--skip-final-snapshot")
    assert gone(aws, "rds", "describe-db-instances", "--db-instance-identifier", "walk-1").code == "DBInstanceNotFound"
    aws("rds", "wait", "db-instance-deleted", "--db-instance-identifier", "walk-1")
    refused = aws.refused("rds", "delete-db-cluster", "--db-cluster-identifier", "walk")
    assert refused.code == "InvalidParameterCombination" and "FinalDBSnapshotIdentifier" in refused.message
    aws("rds", "delete-db-cluster", "--db-cluster-identifier", "walk", "--skip-final-snapshot")
    missing = gone(aws, "rds", "describe-db-clusters", "--db-cluster-identifier", "walk")
    assert missing.code == "DBClusterNotFoundFault" and missing.message == "DBCluster walk not found."
    aws("rds", "wait", "db-cluster-deleted", "--db-cluster-identifier", "walk")
    walk.end_principal()
    aws("rds", "delete-db-subnet-group", "--db-subnet-group-name", "walk")
    assert aws.refused("rds", "describe-db-subnet-groups", "--db-subnet-group-name",
                       "walk").code == "DBSubnetGroupNotFoundFault"
    assert not server.database_directory(resource_id).exists()


def test_instance(server, aws):
    walk = Walk(server, aws, "plain")
    walk.make_subnet_group()
    made = aws("rds", "create-db-instance", "--db-instance-identifier", "plain", "--engine", "postgres",
               "--db-instance-class", "db.t3.micro", "--allocated-storage", "20", "--master-username", MASTER,
               "--master-user-password", PASSWORD, "--db-subnet-group-name", "plain",
               "--enable-iam-database-authentication")["DBInstance"]
    assert made["DBInstanceIdentifier"] == "plain" and made["Engine"] == "postgres"
    assert made["AllocatedStorage"] == 20 and made["IAMDatabaseAuthenticationEnabled"] is True
    aws("rds", "wait", "db-instance-available", "--db-instance-identifier", "plain")
    row = aws("rds", "describe-db-instances", "--query",
              "DBInstances[*].[DBInstanceIdentifier,DbiResourceId,Endpoint.Address,Endpoint.Port]")
    assert [one[0] for one in row] == ["plain"]
    _, resource_id, host, port = row[0]
    assert resource_id.startswith("db-") and len(resource_id) == len("db-") + 26
    walk.make_principal(resource_id)
    walk.log_in(host, port)

    assert aws.refused("rds", "delete-db-subnet-group", "--db-subnet-group-name",
                       "plain").code == "InvalidDBSubnetGroupStateFault"
    refused = aws.refused("rds", "delete-db-instance", "--db-instance-identifier", "plain")
    assert refused.code == "InvalidParameterCombination" and "FinalDBSnapshotIdentifier" in refused.message
    aws("rds", "delete-db-instance", "--db-instance-identifier", "plain", "--skip-final-snapshot")
    missing = gone(aws, "rds", "describe-db-instances", "--db-instance-identifier", "plain")
    assert missing.code == "DBInstanceNotFound" and missing.message == "DBInstance plain not found."
    aws("rds", "wait", "db-instance-deleted", "--db-instance-identifier", "plain")
    walk.end_principal()
    aws("rds", "delete-db-subnet-group", "--db-subnet-group-name", "plain")
    assert not server.database_directory(resource_id).exists()


@pytest.mark.parametrize("engine, resource", [("aurora-postgresql", "DBEngineVersions[*].Engine"),
                                              ("postgres", "DBEngineVersions[*].Engine")])
def test_what_can_be_ordered(aws, engine, resource):
    found = aws("rds", "describe-db-engine-versions", "--engine", engine, "--query", resource)
    assert found and set(found) == {engine}
    options = aws("rds", "describe-orderable-db-instance-options", "--engine", engine, "--query",
                  "OrderableDBInstanceOptions[*].[Engine,DBInstanceClass]")
    assert options and all(option[0] == engine for option in options)


def test_the_certificates_are_named(aws):
    found = aws("rds", "describe-certificates")["Certificates"]
    assert found and all(one["CertificateIdentifier"] for one in found)
