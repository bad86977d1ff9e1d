"""Operations of RDS that people and their tools call beside those on clusters and instances."""

import botocore.exceptions
import pytest

from support.aws import client, new_principal
from support.poll import until
from support.server import Server
from support.stock import MAJOR, Stock

FAMILY = f"postgres{MAJOR}"


@pytest.fixture(scope="module")
def rds(server):
    return client(server, "rds")


@pytest.fixture(scope="module")
def stock(server):
    return Stock(server)


def refused(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"]


def quotas(rds):
    return {one["AccountQuotaName"]: one for one in rds.describe_account_attributes()["AccountQuotas"]}


def test_a_change_that_waits_is_pending_maintenance(stock, rds, aws):
    iam = stock.describe()["IAMDatabaseAuthenticationEnabled"]
    rds.modify_db_cluster(DBClusterIdentifier=stock.name, EnableIAMDatabaseAuthentication=not iam)
    arn = stock.describe()["DBClusterArn"]
    waiting = aws("rds", "describe-pending-maintenance-actions", "--filters",
                  f"Name=db-cluster-id,Values={stock.name}")["PendingMaintenanceActions"]
    assert [one["ResourceIdentifier"] for one in waiting] == [arn]
    detail = waiting[0]["PendingMaintenanceActionDetails"][0]
    assert (detail["Action"], detail["OptInStatus"]) == ("system-update", "next-maintenance")
    assert "IAM database authentication is turned" in detail["Description"] and detail["CurrentApplyDate"]
    assert refused(rds.apply_pending_maintenance_action, ResourceIdentifier=arn, ApplyAction="os-upgrade",
                   OptInType="immediate") == "ResourceNotFoundFault"
    applied = aws("rds", "apply-pending-maintenance-action", "--resource-identifier", arn, "--apply-action",
                  "system-update", "--opt-in-type", "immediate")["ResourcePendingMaintenanceActions"]
    assert applied["PendingMaintenanceActionDetails"][0]["OptInStatus"] == "immediate"
    stock.until_available()
    assert stock.describe()["IAMDatabaseAuthenticationEnabled"] is not iam
    assert not rds.describe_pending_maintenance_actions(ResourceIdentifier=arn)["PendingMaintenanceActions"]
    rds.modify_db_cluster(DBClusterIdentifier=stock.name, EnableIAMDatabaseAuthentication=iam, ApplyImmediately=True)
    stock.until_available()


def test_maintenance_is_shown_and_applied_by_right(stock, server):
    arn = stock.describe()["DBClusterArn"]
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "rds:DescribePendingMaintenanceActions", "Resource": arn}]}
    somebody = client(server, "rds", new_principal(server, "maintainer", [policy]))
    assert somebody.describe_pending_maintenance_actions(ResourceIdentifier=arn)["PendingMaintenanceActions"] == []
    assert refused(somebody.describe_pending_maintenance_actions) == "AccessDenied"
    assert refused(somebody.apply_pending_maintenance_action, ResourceIdentifier=arn, ApplyAction="system-update",
                   OptInType="immediate") == "AccessDenied"


def test_quotas_are_counted(stock, rds, aws):
    shown = {one["AccountQuotaName"]: one for one in aws("rds", "describe-account-attributes")["AccountQuotas"]}
    assert shown["DBClusters"]["Used"] >= 1 and shown["DBClusters"]["Max"] == 40
    before = quotas(rds)["DBParameterGroups"]["Used"]
    rds.create_db_parameter_group(DBParameterGroupName="counted", DBParameterGroupFamily=FAMILY, Description="one")
    assert quotas(rds)["DBParameterGroups"]["Used"] == before + 1
    rds.delete_db_parameter_group(DBParameterGroupName="counted")
    assert quotas(rds)["DBParameterGroups"]["Used"] == before


def test_quotas_are_options():
    server = Server("--rds-quotas", "DBParameterGroups=1,DBInstances=200").start()
    try:
        rds = client(server, "rds")
        assert (quotas(rds)["DBParameterGroups"]["Max"], quotas(rds)["DBInstances"]["Max"]) == (1, 200)
        for name in ("one", "two"):
            made = {"DBParameterGroupName": name, "DBParameterGroupFamily": FAMILY, "Description": "one"}
            if name == "one":
                rds.create_db_parameter_group(**made)
            else:
                assert refused(rds.create_db_parameter_group, **made) == "DBParameterGroupQuotaExceeded"
    finally:
        server.close()


def test_a_parameter_group_is_copied(rds, aws):
    rds.create_db_parameter_group(DBParameterGroupName="original", DBParameterGroupFamily=FAMILY, Description="one")
    rds.modify_db_parameter_group(DBParameterGroupName="original", Parameters=[
        {"ParameterName": "work_mem", "ParameterValue": "8192", "ApplyMethod": "immediate"}])
    copied = aws("rds", "copy-db-parameter-group", "--source-db-parameter-group-identifier", "original",
                 "--target-db-parameter-group-identifier", "copy", "--target-db-parameter-group-description", "another",
                 "--tags", "Key=team,Value=a")["DBParameterGroup"]
    assert (copied["DBParameterGroupFamily"], copied["Description"]) == (FAMILY, "another")
    assert [(one["ParameterName"], one["ParameterValue"]) for one in rds.describe_db_parameters(
        DBParameterGroupName="copy", Source="user")["Parameters"]] == [("work_mem", "8192")]
    assert rds.list_tags_for_resource(ResourceName=copied["DBParameterGroupArn"])["TagList"] == [
        {"Key": "team", "Value": "a"}]
    rds.create_db_cluster_parameter_group(DBClusterParameterGroupName="original", Description="one",
                                          DBParameterGroupFamily=f"aurora-postgresql{MAJOR}")
    assert aws("rds", "copy-db-cluster-parameter-group", "--source-db-cluster-parameter-group-identifier", "original",
               "--target-db-cluster-parameter-group-identifier", "copy",
               "--target-db-cluster-parameter-group-description", "another")["DBClusterParameterGroup"][
                   "DBClusterParameterGroupName"] == "copy"
    assert refused(rds.copy_db_parameter_group, SourceDBParameterGroupIdentifier=f"default.{FAMILY}",
                   TargetDBParameterGroupIdentifier="third", TargetDBParameterGroupDescription="x") == (
                       "InvalidParameterValue")


def test_option_groups_are_the_default_ones(rds, aws, stock):
    groups = aws("rds", "describe-option-groups", "--engine-name", "postgres")["OptionGroupsList"]
    assert f"default:postgres-{MAJOR}" in [group["OptionGroupName"] for group in groups]
    assert all(group["Options"] == [] for group in groups)
    of_instance = rds.describe_db_instances(DBInstanceIdentifier=f"{stock.name}-1")["DBInstances"][0]
    name = of_instance["OptionGroupMemberships"][0]["OptionGroupName"]
    assert rds.describe_option_groups(OptionGroupName=name)["OptionGroupsList"][0]["OptionGroupName"] == name
    assert aws("rds", "describe-option-group-options", "--engine-name", "postgres")["OptionGroupOptions"] == []
    assert refused(rds.describe_option_groups, OptionGroupName="mine") == "OptionGroupNotFoundFault"


def test_event_subscriptions_are_kept(server, rds, aws, stock):
    topic = f"arn:aws:sns:{rds.meta.region_name}:{stock.describe()['DBClusterArn'].split(':')[4]}:pager"
    made = aws("rds", "create-event-subscription", "--subscription-name", "night", "--sns-topic-arn", topic,
               "--source-type", "db-cluster", "--source-ids", stock.name, "--event-categories", "failure",
               "configuration change")["EventSubscription"]
    assert (made["Status"], made["SourceIdsList"], made["Enabled"]) == ("active", [stock.name], True)
    aws("rds", "add-tags-to-resource", "--resource-name", made["EventSubscriptionArn"], "--tags", "Key=a,Value=b")
    server.restart()
    kept = rds.describe_event_subscriptions(SubscriptionName="night")["EventSubscriptionsList"][0]
    assert kept["EventCategoriesList"] == ["failure", "configuration change"]
    aws("rds", "remove-source-identifier-from-subscription", "--subscription-name", "night", "--source-identifier",
        stock.name)
    changed = aws("rds", "modify-event-subscription", "--subscription-name", "night", "--source-type", "db-instance",
                  "--no-enabled")["EventSubscription"]
    assert (changed["SourceType"], changed["Enabled"]) == ("db-instance", False)
    aws("rds", "add-source-identifier-to-subscription", "--subscription-name", "night", "--source-identifier",
        f"{stock.name}-1")
    pages = rds.get_paginator("describe_event_subscriptions").paginate()
    assert [one["SourceIdsList"] for page in pages for one in page["EventSubscriptionsList"]] == [[f"{stock.name}-1"]]
    assert aws("rds", "delete-event-subscription", "--subscription-name", "night")["EventSubscription"]
    assert refused(rds.describe_event_subscriptions, SubscriptionName="night") == "SubscriptionNotFound"


def test_events_are_found_by_their_category(rds, aws, stock):
    categories = aws("rds", "describe-event-categories", "--source-type", "db-cluster")["EventCategoriesMapList"]
    assert "creation" in categories[0]["EventCategories"]
    stock.until_available()
    created = rds.describe_events(EventCategories=["creation"], SourceType="db-cluster", SourceIdentifier=stock.name,
                                  Duration=600)["Events"]
    assert [(event["Message"], event["EventCategories"]) for event in created] == [("DB cluster created", ["creation"])]


def test_certificates_regions_and_modifications(rds, aws, stock):
    assert aws("rds", "modify-certificates", "--certificate-identifier", "countersign-ca")["Certificate"][
        "CustomerOverride"]
    assert rds.describe_certificates()["Certificates"][0]["CustomerOverride"]
    assert not aws("rds", "modify-certificates", "--remove-customer-override")["Certificate"]["CustomerOverride"]
    regions = aws("rds", "describe-source-regions")["SourceRegions"]
    assert rds.meta.region_name not in [region["RegionName"] for region in regions]
    assert all(region["Status"] == "available" for region in regions) and len(regions) > 10
    until(lambda: rds.describe_db_instances(DBInstanceIdentifier=f"{stock.name}-1")["DBInstances"][0][
        "DBInstanceStatus"] == "available", "the instance is available")
    valid = aws("rds", "describe-valid-db-instance-modifications", "--db-instance-identifier", f"{stock.name}-1")
    assert valid["ValidDBInstanceModificationsMessage"]["Storage"] == []
