"""Master passwords that RDS manages: read from Secrets Manager, and good for a login."""

import json

import botocore.exceptions
import pytest

from support import aws as api
from support.login import Login
from support.poll import until
from support.server import Server
from support.stock import MASTER, download_bundle

NAME = "managed"


@pytest.fixture(scope="module", name="rds")
def _rds(server):
    return api.client(server, "rds")


@pytest.fixture(scope="module", name="secrets")
def _secrets(server):
    return api.client(server, "secretsmanager")


@pytest.fixture(scope="module", name="instance")
def _instance(rds):
    rds.create_db_instance(DBInstanceIdentifier=NAME, Engine="postgres", DBInstanceClass="db.t4g.micro",
                           AllocatedStorage=20, MasterUsername=MASTER, ManageMasterUserPassword=True)
    available(rds)
    return described(rds)


def described(rds, name=NAME):
    return rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def available(rds, name=NAME):
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=name, WaiterConfig={"Delay": 1})


def rotated(rds):
    until(lambda: described(rds)["MasterUserSecret"]["SecretStatus"] == "active"
          and described(rds)["DBInstanceStatus"] == "available", "the password is in force")


def secret_of(rds):
    return described(rds)["MasterUserSecret"]["SecretArn"]


def password_in(answer):
    content = json.loads(answer["SecretString"])
    assert sorted(content) == ["password", "username"] and content["username"] == MASTER
    return content["password"]


def lets_in(server, rds, password, name=NAME):
    endpoint = described(rds, name)["Endpoint"]
    login = Login(server, endpoint["Address"], endpoint["Port"], download_bundle(server))
    return login.psql(MASTER, password, "SELECT 1", check=False).returncode == 0


def refused(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"]


def test_the_password_is_in_the_secret_and_nowhere_else(server, rds, secrets, instance, aws):
    assert instance["MasterUserSecret"]["SecretStatus"] == "active"
    arn = instance["MasterUserSecret"]["SecretArn"]
    read = aws("secretsmanager", "get-secret-value", "--secret-id", arn)
    assert read["ARN"] == arn and read["VersionStages"] == ["AWSCURRENT"] and arn.startswith(
        f"arn:aws:secretsmanager:{server.region}:{server.account}:secret:rds!db-")
    password = password_in(read)
    assert lets_in(server, rds, password) and not lets_in(server, rds, password + "x")
    assert password_in(secrets.get_secret_value(SecretId=read["Name"])) == password
    assert password_in(secrets.get_secret_value(SecretId=arn.rsplit("-", 1)[0])) == password
    files = [path for path in server.home.rglob("*") if path.is_file() and not {"base", "pg_wal"} & set(path.parts)]
    assert server.log in files and not [path for path in files if password.encode() in path.read_bytes()]


def test_the_secret_is_described_and_listed(rds, secrets, instance, aws):
    arn = secret_of(rds)
    shown = aws("secretsmanager", "describe-secret", "--secret-id", arn)
    assert (shown["OwningService"], shown["RotationEnabled"]) == ("rds", False)
    assert {"Key": "aws:rds:primaryDBInstanceArn", "Value": instance["DBInstanceArn"]} in shown["Tags"]
    assert list(shown["VersionIdsToStages"].values()) == [["AWSCURRENT"]]
    assert [one["ARN"] for one in aws("secretsmanager", "list-secrets", "--filters",
                                      "Key=owning-service,Values=rds")["SecretList"]] == [arn]
    assert secrets.list_secrets(Filters=[{"Key": "name", "Values": ["!rds!"]}])["SecretList"] == []
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId=arn)
    assert [version["VersionStages"] for version in secrets.list_secret_version_ids(SecretId=arn)["Versions"]] == [
        ["AWSCURRENT"]]


def test_the_secret_is_rotated_by_either_service(server, rds, secrets, instance):
    arn = secret_of(rds)
    first = password_in(secrets.get_secret_value(SecretId=arn))
    version = secrets.rotate_secret(SecretId=arn)["VersionId"]
    rotated(rds)
    read = secrets.get_secret_value(SecretId=arn)
    second = password_in(read)
    assert read["VersionId"] == version and second != first
    assert password_in(secrets.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")) == first
    assert lets_in(server, rds, second) and not lets_in(server, rds, first)
    rds.modify_db_instance(DBInstanceIdentifier=NAME, RotateMasterUserPassword=True, ApplyImmediately=True)
    rotated(rds)
    third = password_in(secrets.get_secret_value(SecretId=arn))
    assert third not in (first, second) and lets_in(server, rds, third)
    assert refused(secrets.get_secret_value, SecretId=arn, VersionStage="AWSPENDING") == "ResourceNotFoundException"
    assert refused(secrets.rotate_secret, SecretId=arn, RotateImmediately=False) == "InvalidParameterException"
    server.restart()
    available(rds)
    assert password_in(secrets.get_secret_value(SecretId=arn)) == third and lets_in(server, rds, third)


def test_only_those_read_it_who_may(server, rds, secrets, instance):
    arn = secret_of(rds)
    reader = api.new_principal(server, "secret-reader", [api.document(
        api.allow("secretsmanager:GetSecretValue", arn))])
    stranger = api.new_principal(server, "secret-stranger", [api.document(
        api.allow("rds:*", "*"), api.allow("secretsmanager:GetSecretValue", arn + "x"))])
    assert password_in(api.client(server, "secretsmanager", reader).get_secret_value(SecretId=arn))
    assert password_in(api.client(server, "secretsmanager", reader).get_secret_value(SecretId=arn.rsplit("-", 1)[0]))
    labelled = {"Condition": {"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}}
    current = api.new_principal(server, "secret-current", [api.document(
        api.allow("secretsmanager:GetSecretValue", arn) | labelled)])
    former = secrets.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")["VersionId"]
    assert password_in(api.client(server, "secretsmanager", current).get_secret_value(SecretId=arn))
    for version in ({"VersionId": former}, {"VersionStage": "AWSPREVIOUS"}):
        assert refused(api.client(server, "secretsmanager", current).get_secret_value, SecretId=arn, **version) == (
            "AccessDeniedException")
    for secret in (arn, arn.split(":secret:")[1].rsplit("-", 1)[0], "nothing"):
        assert refused(api.client(server, "secretsmanager", stranger).get_secret_value, SecretId=secret) == (
            "AccessDeniedException")
    others = api.client(server, "rds", stranger)
    assert refused(others.modify_db_instance, DBInstanceIdentifier=NAME, RotateMasterUserPassword=True,
                   ApplyImmediately=True) == "AccessDenied"
    assert refused(others.create_db_instance, DBInstanceIdentifier="other", Engine="postgres", AllocatedStorage=20,
                   DBInstanceClass="db.t4g.micro", MasterUsername=MASTER, ManageMasterUserPassword=True) == "AccessDenied"
    assert refused(secrets.get_secret_value, SecretId="nothing") == "ResourceNotFoundException"


def test_a_renamed_instance_keeps_its_secret(server, rds, secrets, instance):
    arn = secret_of(rds)
    rds.modify_db_instance(DBInstanceIdentifier=NAME, NewDBInstanceIdentifier="renamed", ApplyImmediately=True)
    available(rds, "renamed")
    assert described(rds, "renamed")["MasterUserSecret"]["SecretArn"] == arn
    assert {"Key": "aws:rds:primaryDBInstanceArn", "Value": described(rds, "renamed")["DBInstanceArn"]} in (
        secrets.describe_secret(SecretId=arn)["Tags"])
    rds.modify_db_instance(DBInstanceIdentifier="renamed", NewDBInstanceIdentifier=NAME, ApplyImmediately=True)
    available(rds)


def test_management_ends_with_a_password_of_ones_own(server, rds, secrets, instance):
    arn = secret_of(rds)
    rds.modify_db_instance(DBInstanceIdentifier=NAME, ManageMasterUserPassword=False,
                           MasterUserPassword="one-of-my-own", ApplyImmediately=True)
    until(lambda: lets_in(server, rds, "one-of-my-own"), "the password is in force")
    available(rds)
    assert "MasterUserSecret" not in described(rds)
    assert refused(secrets.get_secret_value, SecretId=arn) == "ResourceNotFoundException"
    rds.modify_db_instance(DBInstanceIdentifier=NAME, ManageMasterUserPassword=True, ApplyImmediately=True)
    rotated(rds)
    again = secret_of(rds)
    assert again != arn and lets_in(server, rds, password_in(secrets.get_secret_value(SecretId=again)))
    rds.delete_db_instance(DBInstanceIdentifier=NAME, SkipFinalSnapshot=True)
    assert refused(secrets.get_secret_value, SecretId=again) == "ResourceNotFoundException"
    assert secrets.list_secrets()["SecretList"] == []


def test_a_clusters_password_is_managed_and_its_key_can_be_turned():
    server = Server().start()
    try:
        rds, secrets = api.client(server, "rds"), api.client(server, "secretsmanager")
        rds.create_db_cluster(DBClusterIdentifier="shop", Engine="aurora-postgresql", MasterUsername=MASTER,
                              ManageMasterUserPassword=True)
        rds.get_waiter("db_cluster_available").wait(DBClusterIdentifier="shop", WaiterConfig={"Delay": 1})
        arn = rds.describe_db_clusters(DBClusterIdentifier="shop")["DBClusters"][0]["MasterUserSecret"]["SecretArn"]
        assert ":secret:rds!cluster-" in arn
        password = password_in(secrets.get_secret_value(SecretId=arn))
        for turning in ("turn", "drop"):
            server.command("sealing-key", turning)
            server.restart()
            assert password_in(secrets.get_secret_value(SecretId=arn)) == password
    finally:
        server.close()


def test_a_password_that_waits_for_the_window_is_pending(server, rds, secrets):
    def cluster():
        return rds.describe_db_clusters(DBClusterIdentifier="waiting")["DBClusters"][0]

    def settled():
        until(lambda: cluster()["Status"] == "available" and not cluster().get("PendingModifiedValues"), "it is settled")

    rds.create_db_cluster(DBClusterIdentifier="waiting", Engine="aurora-postgresql", MasterUsername=MASTER,
                          MasterUserPassword="one-of-my-own")
    rds.create_db_instance(DBInstanceIdentifier="waiting-1", DBClusterIdentifier="waiting", Engine="aurora-postgresql",
                           DBInstanceClass="db.r5.large")
    available(rds, "waiting-1")
    rds.modify_db_cluster(DBClusterIdentifier="waiting", ManageMasterUserPassword=True)
    arn = cluster()["MasterUserSecret"]["SecretArn"]
    assert cluster()["MasterUserSecret"]["SecretStatus"] == "rotating"
    assert refused(secrets.get_secret_value, SecretId=arn) == "ResourceNotFoundException"
    pending = password_in(secrets.get_secret_value(SecretId=arn, VersionStage="AWSPENDING"))
    assert lets_in(server, rds, "one-of-my-own", "waiting-1") and not lets_in(server, rds, pending, "waiting-1")
    assert refused(rds.modify_db_cluster, DBClusterIdentifier="waiting", RotateMasterUserPassword=True) == (
        "InvalidParameterCombination")
    rds.modify_db_cluster(DBClusterIdentifier="waiting", EnableIAMDatabaseAuthentication=True)
    assert refused(secrets.rotate_secret, SecretId=arn) == "InvalidRequestException"
    rds.modify_db_cluster(DBClusterIdentifier="waiting", EnableIAMDatabaseAuthentication=False)
    token = "a-token-of-the-client-of-32-letters"
    assert secrets.rotate_secret(SecretId=arn, ClientRequestToken=token)["VersionId"] == token
    assert secrets.rotate_secret(SecretId=arn, ClientRequestToken=token)["VersionId"] == token
    settled()
    password = password_in(secrets.get_secret_value(SecretId=arn))
    assert password != pending and lets_in(server, rds, password, "waiting-1")
    assert refused(secrets.get_secret_value, SecretId=arn, VersionStage="AWSPREVIOUS") == "ResourceNotFoundException"
    assert refused(rds.modify_db_cluster, DBClusterIdentifier="waiting", ManageMasterUserPassword=False,
                   MasterUserPassword="one-of-my-own") == "InvalidParameterCombination"
    assert password_in(secrets.get_secret_value(SecretId=arn)) == password
