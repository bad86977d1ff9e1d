"""The rules of a database's security groups decide who may connect: by token, by password, and from the next connection on."""

import botocore.exceptions
import pytest

from support.aws import client
from support.poll import until
from support.relays import login_from
from support.stock import MASTER, MASTER_PASSWORD

HERE, THERE = "127.0.0.1", "127.0.0.2"


@pytest.fixture(name="ec2", scope="module")
def ec2_of_the_administrator(server):
    return client(server, "ec2")


def rule(source):
    return [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, **source}]


def cidr(address):
    return rule({"IpRanges": [{"CidrIp": f"{address}/32"}]})


@pytest.fixture(name="group", scope="module")
def group_of_the_database(ec2, stock):
    """A group that admits nobody, and the database in it alone."""
    group = ec2.create_security_group(GroupName="databases", Description="who may connect")["GroupId"]
    stock.rds.modify_db_cluster(DBClusterIdentifier=stock.name, VpcSecurityGroupIds=[group])
    until(lambda: enters(stock.login) is False, "the rules of the new group count")
    return group


@pytest.fixture(autouse=True)
def no_rules(ec2, group):
    yield
    left = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    if left:
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=left)


def enters(login, user=MASTER, password=MASTER_PASSWORD):
    """Whether this is let in; what it is told where it is not must be of the network."""
    done = login.psql(user, password, "SELECT 1", check=False)
    if done.returncode != 0:
        assert "pg_hba.conf rejects connection" in done.stderr, done.stderr
    return done.returncode == 0


def test_the_default_group_admits_this_machine(stock):
    """What every other test of a database relies on; here for a database of which nobody asked for groups."""
    made = stock.rds.create_db_instance(
        DBInstanceIdentifier="usual", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername=MASTER, MasterUserPassword=MASTER_PASSWORD, PubliclyAccessible=True)["DBInstance"]
    ec2 = client(stock.server, "ec2")
    default, = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"]
    assert [one["VpcSecurityGroupId"] for one in made["VpcSecurityGroups"]] == [default["GroupId"]]
    assert not default["IpPermissions"][0]["IpRanges"]
    vpc, = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    assert made["PubliclyAccessible"] and made["DBSubnetGroup"]["VpcId"] == vpc["VpcId"]
    events = stock.rds.describe_events(SourceType="db-instance", SourceIdentifier="usual")["Events"]
    assert [event for event in events if event["Message"].startswith("PubliclyAccessible has no effect here")]


def test_a_rule_counts_for_the_next_connection(stock, everybody, ec2, group):
    token = stock.token(everybody, "jane")
    for user, password in ((MASTER, MASTER_PASSWORD), ("jane", token)):
        assert not enters(stock.login, user, password)
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=cidr(HERE))
        assert enters(stock.login, user, password)
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=cidr(HERE))
        assert not enters(stock.login, user, password)


def test_other_addresses_stay_out(stock, everybody, ec2, group):
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=cidr(THERE))
    with login_from(THERE, stock.login) as there:
        assert enters(there) and not enters(stock.login)
        assert enters(there, "jane", stock.token(everybody, "jane"))
    with login_from("127.0.0.3", stock.login) as elsewhere:
        assert not enters(elsewhere)


def test_references_resolve(stock, ec2, group):
    lists = ec2.create_managed_prefix_list(PrefixListName="hosts", MaxEntries=3, AddressFamily="IPv4")["PrefixList"]
    ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=rule({"PrefixListIds": [{"PrefixListId": lists["PrefixListId"]}]}))
    assert not enters(stock.login)
    ec2.modify_managed_prefix_list(PrefixListId=lists["PrefixListId"], CurrentVersion=1,
                                   AddEntries=[{"Cidr": f"{HERE}/32"}])
    assert enters(stock.login)
    ec2.modify_managed_prefix_list(PrefixListId=lists["PrefixListId"], CurrentVersion=2,
                                   RemoveEntries=[{"Cidr": f"{HERE}/32"}])
    assert not enters(stock.login)
    app = ec2.create_security_group(GroupName="app", Description="programs")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rule({"UserIdGroupPairs": [{"GroupId": app}]}))
    assert enters(stock.login), "members of a group are on this machine"


def test_more_than_can_be_enforced_is_nobody(stock, ec2, group):
    many = ec2.create_managed_prefix_list(PrefixListName="many", MaxEntries=5, AddressFamily="IPv4")["PrefixList"]
    listed = rule({"PrefixListIds": [{"PrefixListId": many["PrefixListId"]}]})
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=listed)
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=cidr(HERE))
    assert enters(stock.login)
    ec2.modify_managed_prefix_list(PrefixListId=many["PrefixListId"], MaxEntries=1000)
    for hundred in range(7):
        ec2.modify_managed_prefix_list(PrefixListId=many["PrefixListId"], CurrentVersion=hundred + 1, AddEntries=[
            {"Cidr": f"{hundred * 31 + 3}.{one * 2}.{one}.{hundred}/32"} for one in range(100)])
    until(lambda: not enters(stock.login), "nobody is admitted")
    assert "database.rules_too_many" in stock.server.said()
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=listed)
    until(lambda: enters(stock.login), "what is left is enforced")


def test_the_audit_says_network(stock, everybody, group):
    mark = len(stock.server.logins())
    assert group and not enters(stock.login, "jane", stock.token(everybody, "jane"))
    entry = stock.recorded_since(mark, "jane")[0]
    assert (entry["decision"], entry["check"]) == ("refused", "network")
    assert entry["reason"] == f"no rule of the database's security groups admits the address {HERE}"
    assert entry["source_address"] == HERE
    explained = stock.server.command("explain", entry["login_id"], check=False).stdout
    assert "network" in explained and "aws ec2 authorize-security-group-ingress" in explained


def test_without_tls_it_is_the_network_too(stock, group):
    mark = len(stock.server.logins())
    done = stock.login.psql("bob", "bobs-own-password", "SELECT 1", sslmode="disable", check=False)
    assert group and "pg_hba.conf rejects connection" in done.stderr
    assert stock.recorded_since(mark, "bob")[0]["check"] == "network"


def test_rules_outlive_a_restart(stock, ec2, group):
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=cidr(THERE))
    stock.server.restart()
    with login_from(THERE, stock.login) as there:
        until(lambda: enters(there), "the database answers")
        assert not enters(stock.login)


def test_a_group_in_use_stays(ec2, group):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        ec2.delete_security_group(GroupId=group)
    assert caught.value.response["Error"]["Code"] == "DependencyViolation"


def test_ids_that_nobody_made_are_kept_and_told(stock, ec2, group):
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=cidr(HERE))
    foreign = "sg-0123456789abcdef0"
    changed = stock.rds.modify_db_cluster(DBClusterIdentifier=stock.name, VpcSecurityGroupIds=[foreign, group])
    shown = [one["VpcSecurityGroupId"] for one in changed["DBCluster"]["VpcSecurityGroups"]]
    assert shown == [foreign, group] and enters(stock.login)
    events = stock.rds.describe_events(SourceType="db-cluster", SourceIdentifier=stock.name)["Events"]
    assert f"The security group {foreign} has no effect here, where nobody made it: the rules of the others count" in [
        event["Message"] for event in events]


def test_subnet_groups_check_subnets_that_are_here(stock, ec2):
    subnets = {one["AvailabilityZone"][-1]: one for one in ec2.describe_subnets()["Subnets"]}
    create = stock.rds.create_db_subnet_group
    refused = []
    vpc = ec2.create_vpc(CidrBlock="10.70.0.0/16")["Vpc"]["VpcId"]
    far = ec2.create_subnet(VpcId=vpc, CidrBlock="10.70.0.0/24", AvailabilityZone=subnets["b"]["AvailabilityZone"])
    beside = ec2.create_subnet(VpcId=subnets["a"]["VpcId"], CidrBlock="172.31.128.0/24",
                               AvailabilityZone=subnets["a"]["AvailabilityZone"])
    for other in (far["Subnet"]["SubnetId"], beside["Subnet"]["SubnetId"], "subnet-0madeup"):
        with pytest.raises(botocore.exceptions.ClientError) as caught:
            create(DBSubnetGroupName="wrong", DBSubnetGroupDescription="d",
                   SubnetIds=[subnets["a"]["SubnetId"], other])
        refused.append(caught.value.response["Error"]["Code"])
    assert refused == ["InvalidSubnet", "DBSubnetGroupDoesNotCoverEnoughAZs", "InvalidSubnet"]
    made = create(DBSubnetGroupName="right", DBSubnetGroupDescription="d",
                  SubnetIds=[subnets["a"]["SubnetId"], subnets["c"]["SubnetId"]])["DBSubnetGroup"]
    assert made["VpcId"] == subnets["a"]["VpcId"]
    assert [one["SubnetAvailabilityZone"]["Name"][-1] for one in made["Subnets"]] == ["a", "c"]
