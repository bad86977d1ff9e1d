"""EC2 as far as databases need it, by the AWS CLI and boto3: VPCs, subnets, security groups and their rules."""

import botocore.exceptions
import pytest

from support.aws import allow, client, document, new_account, new_principal


@pytest.fixture(name="ec2", scope="module")
def ec2_of_the_administrator(server):
    return client(server, "ec2")


def refusal(call, **question):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**question)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def default_vpc(ec2):
    return ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]


def new_vpc(ec2, block="10.20.0.0/16"):
    return ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]


def new_group(ec2, vpc, name="databases"):
    return ec2.create_security_group(GroupName=name, Description="for tests", VpcId=vpc)["GroupId"]


def postgresql_from(**source):
    return [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, **source}]


def test_a_region_begins_with_a_default_vpc(aws, server):
    vpc, = aws("ec2", "describe-vpcs")["Vpcs"]
    assert vpc["IsDefault"] and vpc["CidrBlock"] == "172.31.0.0/16" and vpc["State"] == "available"
    subnets = aws("ec2", "describe-subnets", "--filters", f"Name=vpc-id,Values={vpc['VpcId']}")["Subnets"]
    zones = [server.region + letter for letter in "abc"]
    assert sorted(subnet["AvailabilityZone"] for subnet in subnets) == zones
    assert sorted(subnet["CidrBlock"] for subnet in subnets) == [f"172.31.{third}.0/20" for third in (0, 16, 32)]
    assert {subnet["AvailableIpAddressCount"] for subnet in subnets} == {4091}
    group, = aws("ec2", "describe-security-groups")["SecurityGroups"]
    assert (group["GroupName"], group["VpcId"]) == ("default", vpc["VpcId"])
    admitted, = group["IpPermissions"]
    assert [pair["GroupId"] for pair in admitted["UserIdGroupPairs"]] == [group["GroupId"]]
    assert admitted["IpProtocol"] == "-1" and admitted["IpRanges"] == []
    names = aws("ec2", "describe-availability-zones")["AvailabilityZones"]
    assert [zone["ZoneName"] for zone in names] == zones
    assert server.region in aws("ec2", "describe-regions", "--query", "Regions[].RegionName")


def test_every_account_and_region_has_its_own(server, ec2):
    _, root = new_account(server, "network-of-its-own")
    vpcs = {default_vpc(one)["VpcId"] for one in (ec2, client(server, "ec2", root),
                                                  client(server, "ec2", region="eu-central-1"))}
    assert len(vpcs) == 3


def test_a_vpc_lives_its_life(aws):
    vpc = aws("ec2", "create-vpc", "--cidr-block", "10.1.0.0/16", "--tag-specifications",
              "ResourceType=vpc,Tags=[{Key=stage,Value=test}]")["Vpc"]
    named = ["--vpc-id", vpc["VpcId"]]
    assert vpc["Tags"] == [{"Key": "stage", "Value": "test"}] and vpc["VpcId"].startswith("vpc-0")
    aws("ec2", "modify-vpc-attribute", *named, "--enable-dns-hostnames")
    shown = aws("ec2", "describe-vpc-attribute", *named, "--attribute", "enableDnsHostnames")
    assert shown["EnableDnsHostnames"] == {"Value": True}
    subnet = aws("ec2", "create-subnet", *named, "--cidr-block", "10.1.1.0/24")["Subnet"]
    assert aws.refused("ec2", "delete-vpc", *named).code == "DependencyViolation"
    for block, code in (("10.1.1.128/25", "InvalidSubnet.Conflict"), ("10.2.0.0/24", "InvalidSubnet.Range"),
                        ("10.1.2.0/99", "InvalidParameterValue")):
        assert aws.refused("ec2", "create-subnet", *named, "--cidr-block", block).code == code
    aws("ec2", "modify-subnet-attribute", "--subnet-id", subnet["SubnetId"], "--map-public-ip-on-launch")
    found, = aws("ec2", "describe-subnets", "--subnet-ids", subnet["SubnetId"])["Subnets"]
    assert found["MapPublicIpOnLaunch"]
    aws("ec2", "delete-subnet", "--subnet-id", subnet["SubnetId"])
    aws("ec2", "delete-vpc", *named)
    gone = aws.refused("ec2", "describe-vpcs", "--vpc-ids", vpc["VpcId"])
    assert (gone.code, gone.message) == ("InvalidVpcID.NotFound", f"The vpc ID '{vpc['VpcId']}' does not exist")


def test_rules_are_added_changed_and_taken_away(aws, ec2):
    vpc = new_vpc(ec2)
    group = new_group(ec2, vpc)
    named = ["--group-id", group]
    words = ["ec2", "authorize-security-group-ingress", *named, "--protocol", "tcp", "--port", "5432", "--cidr"]
    rule, = aws(*words, "10.0.0.5/8")["SecurityGroupRules"]
    assert rule["CidrIpv4"] == "10.0.0.0/8" and rule["SecurityGroupRuleId"].startswith("sgr-0")
    again = aws.refused(*words, "10.0.0.0/8")
    assert again.code == "InvalidPermission.Duplicate" and "10.0.0.0/8, TCP, from port: 5432" in again.message
    ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=[{
        "SecurityGroupRuleId": rule["SecurityGroupRuleId"],
        "SecurityGroupRule": {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5433, "CidrIpv6": "2001:db8::/32",
                              "Description": "offices"}}])
    shown, = ec2.describe_security_group_rules(
        SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])["SecurityGroupRules"]
    assert (shown["CidrIpv6"], shown["ToPort"], shown["Description"]) == ("2001:db8::/32", 5433, "offices")
    assert "CidrIpv4" not in shown
    revoked = ec2.revoke_security_group_ingress(GroupId=group,
                                                SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
    assert revoked["RevokedSecurityGroupRules"][0]["SecurityGroupRuleId"] == rule["SecurityGroupRuleId"]
    code, _ = refusal(ec2.revoke_security_group_ingress, GroupId=group,
                      IpPermissions=postgresql_from(IpRanges=[{"CidrIp": "10.0.0.0/8"}]))
    assert code == "InvalidPermission.NotFound"
    ec2.delete_security_group(GroupId=group)
    assert refusal(ec2.describe_security_groups, GroupIds=[group]) == (
        "InvalidGroup.NotFound", f"The security group '{group}' does not exist")


def test_groups_refer_to_groups_and_prefix_lists(ec2):
    vpc = new_vpc(ec2, "10.30.0.0/16")
    app, databases = new_group(ec2, vpc, "app"), new_group(ec2, vpc)
    offices = ec2.create_managed_prefix_list(
        PrefixListName="offices", MaxEntries=5, AddressFamily="IPv4",
        Entries=[{"Cidr": "192.0.2.0/24", "Description": "north"}])["PrefixList"]
    ec2.authorize_security_group_ingress(GroupId=databases, IpPermissions=postgresql_from(
        UserIdGroupPairs=[{"GroupId": app}], PrefixListIds=[{"PrefixListId": offices["PrefixListId"]}]))
    group, = ec2.describe_security_groups(GroupIds=[databases])["SecurityGroups"]
    permission, = group["IpPermissions"]
    assert permission["UserIdGroupPairs"][0]["GroupId"] == app
    assert permission["PrefixListIds"] == [{"PrefixListId": offices["PrefixListId"]}]
    assert refusal(ec2.delete_security_group, GroupId=app)[0] == "DependencyViolation"
    assert refusal(ec2.delete_managed_prefix_list, PrefixListId=offices["PrefixListId"])[0] == "DependencyViolation"
    changed = ec2.modify_managed_prefix_list(PrefixListId=offices["PrefixListId"], CurrentVersion=1,
                                             AddEntries=[{"Cidr": "198.51.100.0/24"}])["PrefixList"]
    assert changed["Version"] == 2
    entries = ec2.get_managed_prefix_list_entries(PrefixListId=offices["PrefixListId"])["Entries"]
    assert [entry["Cidr"] for entry in entries] == ["192.0.2.0/24", "198.51.100.0/24"]
    code, _ = refusal(ec2.authorize_security_group_ingress, GroupId=databases, IpPermissions=postgresql_from(
        UserIdGroupPairs=[{"GroupId": "sg-0123456789abcdef0"}]))
    assert code == "InvalidGroup.NotFound"


def test_a_prefix_list_counts_as_many_rules_as_it_may_have_entries(ec2):
    group = new_group(ec2, new_vpc(ec2, "10.31.0.0/16"))
    lists = [ec2.create_managed_prefix_list(PrefixListName=f"wide{most}", MaxEntries=most, AddressFamily="IPv4")["PrefixList"]
             for most in (61, 60)]
    wide, fits = (postgresql_from(PrefixListIds=[{"PrefixListId": one["PrefixListId"]}]) for one in lists)
    assert refusal(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=wide)[0] == \
        "RulesPerSecurityGroupLimitExceeded"
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=fits)
    assert refusal(ec2.authorize_security_group_ingress, GroupId=group,
                   IpPermissions=postgresql_from(IpRanges=[{"CidrIp": "10.0.0.0/8"}]))[0] == \
        "RulesPerSecurityGroupLimitExceeded"


def test_regions_are_no_way_to_fill_the_store(new_server):
    """Countersign takes every name that looks like a region's."""
    made = new_server().start()

    def zones(number):
        return client(made, "ec2", region=f"us-{chr(97 + number // 26)}{chr(97 + number % 26)}-1").describe_availability_zones()
    for number in range(64):
        assert zones(number)["AvailabilityZones"]
    assert refusal(zones, number=64)[0] == "VpcLimitExceeded"


@pytest.mark.parametrize("question, code", [
    ({"GroupName": "default", "Description": "d"}, "InvalidGroup.Reserved"),
    ({"GroupName": "sg-1", "Description": "d"}, "InvalidParameterValue"),
    ({"GroupName": "taken", "Description": "d"}, "InvalidGroup.Duplicate"),
    ({"GroupName": "one", "Description": "d\u00e9"}, "InvalidParameterValue"),
    ({"GroupName": "one", "Description": "d", "VpcId": "vpc-0"}, "InvalidVpcID.NotFound"),
])
def test_groups_that_are_refused(ec2, question, code):
    vpc = default_vpc(ec2)["VpcId"]
    if not ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["tak*"]}])["SecurityGroups"]:
        new_group(ec2, vpc, "taken")
    assert refusal(ec2.create_security_group, **question)[0] == code


def test_the_default_group_stays(ec2):
    group, = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"]
    code, message = refusal(ec2.delete_security_group, GroupId=group["GroupId"])
    assert code == "CannotDelete" and 'name: "default" cannot be deleted by a user' in message


def test_tags_are_put_found_and_taken_away(aws, ec2):
    vpc = new_vpc(ec2, "10.40.0.0/16")
    aws("ec2", "create-tags", "--resources", vpc, "--tags", "Key=owner,Value=ada", "Key=empty,Value=")
    found = aws("ec2", "describe-tags", "--filters", f"Name=resource-id,Values={vpc}")["Tags"]
    assert {(tag["Key"], tag["Value"], tag["ResourceType"]) for tag in found} == {
        ("owner", "ada", "vpc"), ("empty", "", "vpc")}
    tagged = ec2.describe_vpcs(Filters=[{"Name": "tag:owner", "Values": ["a?a"]}])["Vpcs"]
    assert [one["VpcId"] for one in tagged] == [vpc]
    aws("ec2", "delete-tags", "--resources", vpc, "--tags", "Key=owner,Value=bob", "Key=empty")
    assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"] == [{"Key": "owner", "Value": "ada"}]
    assert refusal(ec2.create_tags, Resources=[vpc], Tags=[{"Key": "aws:x", "Value": ""}])[0] == "InvalidParameterValue"
    assert refusal(ec2.create_tags, Resources=["i-1"], Tags=[{"Key": "x", "Value": ""}])[0] == "InvalidID"


def test_lists_come_in_pages(ec2):
    pages = list(ec2.get_paginator("describe_subnets").paginate(PaginationConfig={"PageSize": 5}))
    ids = [subnet["SubnetId"] for page in pages for subnet in page["Subnets"]]
    assert len(ids) == len(set(ids)) >= 3
    first = ec2.describe_security_group_rules(MaxResults=5)
    assert len(first["SecurityGroupRules"]) <= 5
    assert refusal(ec2.describe_subnets, NextToken="not one", MaxResults=5)[0] == "InvalidParameterValue"


def test_rights_are_on_resources_and_their_tags(server, ec2):
    allowed, other = new_vpc(ec2, "10.50.0.0/16"), new_vpc(ec2, "10.51.0.0/16")
    ec2.create_tags(Resources=[allowed], Tags=[{"Key": "team", "Value": "data"}])
    tagged = {**allow("ec2:DeleteVpc", "arn:aws:ec2:*:*:vpc/*"),
              "Condition": {"StringEquals": {"aws:ResourceTag/team": "data"}}}
    person = client(server, "ec2", new_principal(server, "netadmin", [document(
        tagged, allow("ec2:DescribeVpcs", "*"))]))
    code, message = refusal(person.delete_vpc, VpcId=other)
    assert code == "UnauthorizedOperation" and f"ec2:DeleteVpc on resource: arn:aws:ec2:{server.region}" in message
    assert "Encoded authorization failure message: " in message
    assert refusal(person.delete_vpc, VpcId=allowed, DryRun=True) == (
        "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    person.delete_vpc(VpcId=allowed)
    assert refusal(person.describe_subnets)[0] == "UnauthorizedOperation"
    wrong = client(server, "ec2", new_principal(server, "nobody-yet"))
    assert refusal(wrong.describe_vpcs)[0] == "UnauthorizedOperation"


def test_what_is_unknown_is_refused_in_ec2s_own_words(server, ec2):
    assert refusal(ec2.describe_vpcs, Filters=[{"Name": "color", "Values": ["red"]}]) == (
        "InvalidParameterValue", "The filter 'color' is invalid")
    code, message = refusal(ec2.describe_instances)
    assert code == "InvalidAction" and "not offered here" in message
    stranger = client(server, "ec2", type(new_principal(server, "soon-wrong"))("AKIAIOSFODNN7EXAMPLE", "wrong"))
    assert refusal(stranger.describe_vpcs)[0] == "AuthFailure"


def test_calls_are_events(server, ec2):
    vpc = new_vpc(ec2, "10.60.0.0/16")
    events = client(server, "cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateVpc"}])["Events"]
    assert events[0]["EventSource"] == "ec2.amazonaws.com"
    new_group(ec2, vpc, "audited")
    made = client(server, "cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": "audited"}])["Events"]
    assert {"ResourceType": "AWS::EC2::SecurityGroup", "ResourceName": "audited"} in made[0]["Resources"]
