"""Databases through boto3: pages, tags, filters, protection, waiters, events."""

import json

import pytest

from support.api import refused
from support.aws import allow, client, document


def test_pages_of_iam(server):
    iam = client(server, "iam")
    names = {f"paged-{number:03}" for number in range(23)}
    for name in names:
        iam.create_user(UserName=name, Path="/paged/")
        iam.create_policy(PolicyName=name, Path="/paged/",
                          PolicyDocument=json.dumps(document(allow("rds-db:connect", "*"))))
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix="/paged/", PaginationConfig={"PageSize": 10}))
    assert [len(page["Users"]) for page in pages] == [10, 10, 3]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    found = [user["UserName"] for page in pages for user in page["Users"]]
    assert sorted(found) == sorted(names) and len(found) == len(names)
    pages = list(iam.get_paginator("list_policies").paginate(PathPrefix="/paged/", PaginationConfig={"PageSize": 7}))
    assert [len(page["Policies"]) for page in pages] == [7, 7, 7, 2]
    assert {policy["PolicyName"] for page in pages for policy in page["Policies"]} == names
    whole = iam.list_users(PathPrefix="/paged/")
    assert len(whole["Users"]) == 23 and whole["IsTruncated"] is False and "Marker" not in whole
    assert refused(iam.list_users, Marker="no such marker")[0] in ("ValidationError", "InvalidInput")


def test_pages_of_rds(server):
    rds = client(server, "rds")
    names = [f"paged-{number:03}" for number in range(45)]
    for name in names:
        rds.create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription="x",
                                   SubnetIds=["subnet-1", "subnet-2"])
    pages = list(rds.get_paginator("describe_db_subnet_groups").paginate(PaginationConfig={"PageSize": 20}))
    assert [len(page["DBSubnetGroups"]) for page in pages] == [20, 20, 5]
    assert [group["DBSubnetGroupName"] for page in pages for group in page["DBSubnetGroups"]] == names
    assert "Marker" not in rds.describe_db_subnet_groups()
    assert refused(rds.describe_db_subnet_groups, MaxRecords=19)[0] == "InvalidParameterValue"
    assert refused(rds.describe_db_subnet_groups, MaxRecords=101)[0] == "InvalidParameterValue"
    assert refused(rds.describe_db_subnet_groups, Marker="no marker!")[0] == "InvalidParameterValue"
    for operation in ("describe_db_clusters", "describe_db_instances"):
        assert "Marker" not in getattr(rds, operation)(MaxRecords=20)
    for name in names:
        rds.delete_db_subnet_group(DBSubnetGroupName=name)


def wait(rds, what, **parameters):
    rds.get_waiter(what).wait(**parameters, WaiterConfig={"Delay": 1, "MaxAttempts": 150})


def test_life_of_a_database_in_boto3(server):
    rds = client(server, "rds")
    create = {"DBClusterIdentifier": "Life", "Engine": "aurora-postgresql", "MasterUsername": "postgres",
              "MasterUserPassword": "correct-horse-battery", "DatabaseName": "app", "BackupRetentionPeriod": 7,
              "Tags": [{"Key": "env", "Value": "test"}], "DeletionProtection": True}
    made = rds.create_db_cluster(**create)["DBCluster"]
    assert made["DBClusterIdentifier"] == "life" and made["BackupRetentionPeriod"] == 7
    assert refused(rds.create_db_cluster, **create)[0] == "DBClusterAlreadyExistsFault"
    member = {"DBInstanceIdentifier": "life-1", "DBClusterIdentifier": "life", "Engine": "aurora-postgresql",
              "DBInstanceClass": "db.r5.large"}
    rds.create_db_instance(**member)
    assert refused(rds.create_db_instance, **member)[0] == "DBInstanceAlreadyExists"
    wait(rds, "db_instance_available", DBInstanceIdentifier="life-1")
    wait(rds, "db_cluster_available", DBClusterIdentifier="life")
    cluster = rds.describe_db_clusters(DBClusterIdentifier="life")["DBClusters"][0]
    instance = rds.describe_db_instances(DBInstanceIdentifier="life-1")["DBInstances"][0]
    assert cluster["DBClusterMembers"] == [
        {"DBInstanceIdentifier": "life-1", "IsClusterWriter": True, "DBClusterParameterGroupStatus": "in-sync",
         "PromotionTier": cluster["DBClusterMembers"][0]["PromotionTier"]}]
    assert cluster["DatabaseName"] == "app" and cluster["TagList"] == [{"Key": "env", "Value": "test"}]
    assert cluster["DBClusterArn"] == f"arn:aws:rds:us-west-2:{server.account}:cluster:life"
    assert instance["DBInstanceArn"] == f"arn:aws:rds:us-west-2:{server.account}:db:life-1"
    assert instance["DBClusterIdentifier"] == "life" and instance["Endpoint"]["Port"] == cluster["Port"]
    assert instance["DbiResourceId"] != cluster["DbClusterResourceId"]
    found = rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": [instance["DbiResourceId"]]}])
    assert [one["DBInstanceIdentifier"] for one in found["DBInstances"]] == ["life-1"]
    assert rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": ["db-NONE"]}])["DBInstances"] == []

    arn = cluster["DBClusterArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "team", "Value": "a b&c"}, {"Key": "env", "Value": "2"}])
    tags = {tag["Key"]: tag["Value"] for tag in rds.list_tags_for_resource(ResourceName=arn)["TagList"]}
    assert tags == {"env": "2", "team": "a b&c"}
    rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["env"])
    assert rds.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "team", "Value": "a b&c"}]

    code, message, _ = refused(rds.delete_db_cluster, DBClusterIdentifier="life", SkipFinalSnapshot=True)
    assert code in ("InvalidParameterCombination", "InvalidDBClusterStateFault")
    rds.delete_db_instance(DBInstanceIdentifier="life-1", SkipFinalSnapshot=True)
    wait(rds, "db_instance_deleted", DBInstanceIdentifier="life-1")
    code, message, _ = refused(rds.delete_db_cluster, DBClusterIdentifier="life", SkipFinalSnapshot=True)
    assert (code, message) == ("InvalidParameterCombination", ("Cannot delete protected Cluster, please disable "
                                                                 "deletion protection and try again."))
    rds.modify_db_cluster(DBClusterIdentifier="life", DeletionProtection=False, ApplyImmediately=True)
    rds.delete_db_cluster(DBClusterIdentifier="life", SkipFinalSnapshot=True)
    wait(rds, "db_cluster_deleted", DBClusterIdentifier="life")
    events = rds.describe_events(SourceType="db-cluster", SourceIdentifier="life")["Events"]
    assert events and all(event["Message"] for event in events)


@pytest.mark.parametrize("words", [("--engine-version", "999"), ("--engine-version", "12.1")])
def test_a_version_that_is_not_installed(aws, words):
    error = aws.refused("rds", "create-db-cluster", "--db-cluster-identifier", "v", "--engine", "aurora-postgresql",
                        "--master-username", "postgres", "--master-user-password", "correct-horse-battery", *words)
    assert error.code == "InvalidParameterCombination" and "Cannot find version" in error.message
