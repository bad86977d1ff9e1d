"""Who may do what, in AWS's words."""

import json

from support.api import refused
from support.aws import Aws, allow, client, deny, document, new_principal


def test_denied_in_awss_words(server):
    weak = new_principal(server, "weak")
    iam, rds = client(server, "iam", weak), client(server, "rds", weak)
    me = f"arn:aws:iam::{server.account}:user/weak"
    rds_arn = f"arn:aws:rds:us-west-2:{server.account}"

    def sentence(action, resource):
        return (f"User: {me} is not authorized to perform: {action} on resource: {resource} because no "
                f"identity-based policy allows the {action} action")
    assert refused(rds.describe_db_instances) == (
        "AccessDenied", sentence("rds:DescribeDBInstances", f"{rds_arn}:db:*"), 403)
    assert refused(rds.describe_db_instances, DBInstanceIdentifier="x") == (
        "AccessDenied", sentence("rds:DescribeDBInstances", f"{rds_arn}:db:x"), 403)
    assert refused(rds.describe_db_clusters) == (
        "AccessDenied", sentence("rds:DescribeDBClusters", f"{rds_arn}:cluster:*"), 403)
    assert refused(rds.create_db_cluster, DBClusterIdentifier="y", Engine="aurora-postgresql",
                   MasterUsername="postgres", MasterUserPassword="correct-horse-battery") == (
        "AccessDenied", sentence("rds:CreateDBCluster", f"{rds_arn}:cluster:y"), 403)
    assert refused(rds.delete_db_cluster, DBClusterIdentifier="y", SkipFinalSnapshot=True) == (
        "AccessDenied", sentence("rds:DeleteDBCluster", f"{rds_arn}:cluster:y"), 403)
    assert refused(rds.create_db_subnet_group, DBSubnetGroupName="g", DBSubnetGroupDescription="d",
                   SubnetIds=["subnet-1", "subnet-2"]) == (
        "AccessDenied", sentence("rds:CreateDBSubnetGroup", f"{rds_arn}:subgrp:g"), 403)
    assert refused(iam.list_users) == (
        "AccessDenied", sentence("iam:ListUsers", f"arn:aws:iam::{server.account}:user/"), 403)
    assert refused(iam.create_user, UserName="z") == (
        "AccessDenied", sentence("iam:CreateUser", f"arn:aws:iam::{server.account}:user/z"), 403)
    assert refused(iam.create_access_key, UserName="weak") == ("AccessDenied", sentence("iam:CreateAccessKey", me), 403)
    assert refused(iam.get_user) == ("AccessDenied", sentence("iam:GetUser", me), 403)


def test_explicit_deny_in_awss_words(server):
    limited = new_principal(server, "limited", [
        document(allow("*", "*"), deny("rds:DeleteDBCluster", "*"))])
    code, message, status = refused(client(server, "rds", limited).delete_db_cluster, DBClusterIdentifier="c",
                                    SkipFinalSnapshot=True)
    assert (code, status) == ("AccessDenied", 403)
    assert message == (f"User: arn:aws:iam::{server.account}:user/limited is not authorized to perform: "
                       f"rds:DeleteDBCluster on resource: arn:aws:rds:us-west-2:{server.account}:cluster:c with an "
                       "explicit deny in an identity-based policy")
    assert client(server, "rds", limited).describe_db_clusters()["DBClusters"] == []


def test_a_right_on_one_thing_is_none_on_another(server):
    arn = f"arn:aws:iam::{server.account}:user/mine-*"
    principal = new_principal(server, "half", [document(allow(["iam:CreateUser", "iam:GetUser"], arn))])
    iam = client(server, "iam", principal)
    iam.create_user(UserName="mine-1")
    assert iam.get_user(UserName="mine-1")["User"]["UserName"] == "mine-1"
    assert refused(iam.create_user, UserName="yours-1")[0] == "AccessDenied"
    assert refused(iam.delete_user, UserName="mine-1")[0] == "AccessDenied"


def test_a_deny_of_other_networks_spares_services_alone(server):
    """The policy of IAM's User Guide: whoever calls by themselves is bound to their networks."""
    def elsewhere(networks):
        return deny("*", "*") | {"Condition": {"NotIpAddress": {"aws:SourceIp": networks},
                                               "Bool": {"aws:ViaAWSService": "false"}}}
    away = new_principal(server, "away", [document(allow("rds:Describe*", "*"), elsewhere(["192.0.2.0/24"]))])
    home = new_principal(server, "home", [document(allow("rds:Describe*", "*"), elsewhere(["127.0.0.0/8", "::1/128"]))])
    assert refused(client(server, "rds", away).describe_db_clusters)[0] == "AccessDenied"
    client(server, "rds", home).describe_db_clusters()


def test_rights_change_at_once(server):
    principal = new_principal(server, "changing")
    iam, rds = client(server, "iam"), client(server, "rds", principal)
    for _ in range(3):
        assert refused(rds.describe_db_clusters)[0] == "AccessDenied"
        iam.put_user_policy(UserName="changing", PolicyName="p", PolicyDocument=json.dumps(
            document(allow("rds:Describe*", "*"))))
        rds.describe_db_clusters()
        iam.delete_user_policy(UserName="changing", PolicyName="p")


def test_creating_in_a_cluster_takes_a_right_on_every_part(server):
    member = f"arn:aws:rds:us-west-2:{server.account}:db:m"
    principal = new_principal(server, "partly", [document(allow("rds:CreateDBInstance", member))])
    code, message, _ = refused(client(server, "rds", principal).create_db_instance, DBInstanceIdentifier="m",
                               DBClusterIdentifier="c", Engine="aurora-postgresql", DBInstanceClass="db.r5.large")
    assert code == "AccessDenied" and f":{server.account}:cluster:c " in message


def test_two_principals_in_two_shells(server):
    second = new_principal(server, "second-shell")
    assert Aws(server, second)("sts", "get-caller-identity")["Arn"].endswith(":user/second-shell")
