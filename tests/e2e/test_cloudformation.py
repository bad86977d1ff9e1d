"""CloudFormation by the AWS CLI and boto3: stacks with users, policies, networks and databases."""

import json
import random

import botocore.exceptions
import pytest

from support.aws import Principal, allow, client, deny, document, new_account, new_principal
from support.poll import until
from support.stock import MAJOR

PEOPLE = """
AWSTemplateFormatVersion: "2010-09-09"
Description: A user and what it may do
Parameters:
  Stage:
    Type: String
    AllowedValues: [test, production]
    Default: test
Conditions:
  Production: !Equals [!Ref Stage, production]
Resources:
  Person:
    Type: AWS::IAM::User
    Properties:
      Path: /people/
      Tags:
        - Key: stage
          Value: !Ref Stage
  MayConnect:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: may-connect
      Users: [!Ref Person]
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Action: rds-db:connect
            Resource: !Sub arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:*/jane
  Auditors:
    Type: AWS::IAM::Group
    Condition: Production
Outputs:
  Name:
    Value: !Ref Person
  Arn:
    Description: Of the user
    Value: !GetAtt Person.Arn
"""


@pytest.fixture(name="cfn", scope="module")
def cloudformation_of_the_administrator(server):
    return client(server, "cloudformation")


@pytest.fixture(name="iam", scope="module")
def iam_of_the_administrator(server):
    return client(server, "iam")


def refusal(call, **question):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**question)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def status_of(cfn, stack):
    return cfn.describe_stacks(StackName=stack)["Stacks"][0]


def settled(cfn, stack):
    """The stack when nothing more is done to it."""
    def at_rest():
        found = status_of(cfn, stack)
        return None if found["StackStatus"].endswith("_IN_PROGRESS") else found
    return until(at_rest, f"{stack} comes to rest")


def made(cfn, name, body, expected="CREATE_COMPLETE", **more):
    text = body if isinstance(body, str) else json.dumps(body)
    stack = cfn.create_stack(StackName=name, TemplateBody=text,
                             **{"Capabilities": ["CAPABILITY_NAMED_IAM"], **more})["StackId"]
    found = settled(cfn, stack)
    assert found["StackStatus"] == expected, events(cfn, stack)
    return found


def events(cfn, stack):
    pages = cfn.get_paginator("describe_stack_events").paginate(StackName=stack)
    return [(event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", ""))
            for page in pages for event in page["StackEvents"]]


def outputs(stack):
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def gone(cfn, name):
    stack = status_of(cfn, name)["StackId"]
    cfn.delete_stack(StackName=name)
    found = settled(cfn, stack)
    assert found["StackStatus"] == "DELETE_COMPLETE", events(cfn, stack)


def test_a_stack_lives_its_life_with_the_cli(aws, iam, tmp_path):
    template = tmp_path / "people.yaml"
    template.write_text(PEOPLE)
    aws("cloudformation", "validate-template", "--template-body", f"file://{template}")
    refused = aws.refused("cloudformation", "create-stack", "--stack-name", "people", "--template-body",
                          f"file://{template}")
    assert refused.code == "InsufficientCapabilitiesException"
    assert refused.message == "Requires capabilities : [CAPABILITY_IAM]"
    stack = aws("cloudformation", "create-stack", "--stack-name", "people", "--template-body", f"file://{template}",
                "--capabilities", "CAPABILITY_IAM")["StackId"]
    aws("cloudformation", "wait", "stack-create-complete", "--stack-name", "people")
    shown = aws("cloudformation", "describe-stacks", "--stack-name", "people")["Stacks"][0]
    assert (shown["StackId"], shown["StackStatus"]) == (stack, "CREATE_COMPLETE")
    name = outputs(shown)["Name"]
    user = iam.get_user(UserName=name)["User"]
    assert name.startswith("people-Person-") and user["Path"] == "/people/"
    assert outputs(shown)["Arn"] == user["Arn"] and user["Tags"] == [{"Key": "stage", "Value": "test"}]
    policy = iam.get_user_policy(UserName=name, PolicyName="may-connect")["PolicyDocument"]
    assert policy["Version"] == "2012-10-17" and policy["Statement"][0]["Action"] == "rds-db:connect"
    listed = aws("cloudformation", "list-stack-resources", "--stack-name", "people")["StackResourceSummaries"]
    assert {one["LogicalResourceId"]: one["ResourceStatus"] for one in listed} == {
        "Person": "CREATE_COMPLETE", "MayConnect": "CREATE_COMPLETE"}
    happened = aws("cloudformation", "describe-stack-events", "--stack-name", "people")["StackEvents"]
    assert happened[0]["ResourceStatus"] == "CREATE_COMPLETE" and happened[-1]["ResourceStatus"] == "CREATE_IN_PROGRESS"
    aws("cloudformation", "delete-stack", "--stack-name", "people")
    aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", "people")
    assert refusal(iam.get_user, UserName=name)[0] == "NoSuchEntity"
    assert "does not exist" in aws.refused("cloudformation", "describe-stacks", "--stack-name", "people").message
    assert aws("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"


def test_what_is_unknown_is_named_before_anything_is_made(cfn, iam):
    def refused(resources, **sections):
        code, message = refusal(cfn.create_stack, StackName="wrong", Capabilities=["CAPABILITY_NAMED_IAM"],
                                TemplateBody=json.dumps({"Resources": resources, **sections}))
        assert code == "ValidationError"
        return message
    user = {"Type": "AWS::IAM::User", "Properties": {"UserName": "never-made"}}
    assert "AWS::SecretsManager::Secret" in refused({"User": user, "Secret": {"Type": "AWS::SecretsManager::Secret"}})
    assert "AWS::RDS::DBProxy" in refused({"User": user, "Proxy": {"Type": "AWS::RDS::DBProxy"}})
    assert "Shoe" in refused({"User": {"Type": "AWS::IAM::User", "Properties": {"Shoe": "blue"}}})
    assert "PolicyNam" in refused({"User": {"Type": "AWS::IAM::User", "Properties": {"Policies": [{"PolicyNam": "p"}]}}})
    assert "PolicyDocument" in refused({"Policy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p"}}})
    assert "Nobody" in refused({"User": user, "Key": {"Type": "AWS::IAM::AccessKey",
                                                      "Properties": {"UserName": {"Ref": "Nobody"}}}})
    assert "Colour" in refused({"User": user}, Outputs={"O": {"Value": {"Fn::GetAtt": ["User", "Colour"]}}})
    assert "Transform" in refused({"User": user}, Transform="AWS::Serverless-2016-10-31")
    circle = {one: {"Type": "AWS::IAM::Group", "DependsOn": other} for one, other in (("A", "B"), ("B", "A"))}
    assert "Circular dependency" in refused(circle)
    assert refusal(iam.get_user, UserName="never-made")[0] == "NoSuchEntity"
    assert refusal(cfn.describe_stacks, StackName="wrong")[0] == "ValidationError"


def test_functions_of_templates(cfn):
    body = {
        "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
                       "Secret": {"Type": "String", "NoEcho": True, "Default": "hush"}},
        "Mappings": {"Sizes": {"small": {"cidr": "10.9.0.0/16"}}},
        "Conditions": {"Many": {"Fn::Not": [{"Fn::Equals": [{"Fn::Select": [0, {"Ref": "Names"}]}, "z"]}]},
                       "Both": {"Fn::And": [{"Condition": "Many"}, {"Fn::Equals": ["1", "1"]}]},
                       "Never": {"Fn::Or": [{"Fn::Equals": ["1", "2"]}, {"Fn::Not": [{"Condition": "Both"}]}]}},
        "Resources": {"Nothing": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2"}},
                      "Not": {"Type": "AWS::IAM::Group", "Condition": "Never"}},
        "Outputs": {
            "Join": {"Value": {"Fn::Join": ["-", {"Ref": "Names"}]}},
            "Split": {"Value": {"Fn::Select": ["1", {"Fn::Split": ["|", "x|y"]}]}},
            "Map": {"Value": {"Fn::FindInMap": ["Sizes", "small", "cidr"]}},
            "Cidr": {"Value": {"Fn::Select": [2, {"Fn::Cidr": ["10.9.0.0/16", 4, 8]}]}},
            "If": {"Value": {"Fn::If": ["Both", "yes", "no"]}},
            "Sub": {"Value": {"Fn::Sub": ["${AWS::StackName} ${Own} ${!Literal}", {"Own": {"Ref": "AWS::Region"}}]}},
            "Zone": {"Value": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}},
            "Base64": {"Value": {"Fn::Base64": "plain"}},
            "Hidden": {"Condition": "Never", "Value": "no"}}}
    stack = made(cfn, "functions", body)
    region = cfn.meta.region_name
    assert outputs(stack) == {"Join": "a-b-c", "Split": "y", "Map": "10.9.0.0/16", "Cidr": "10.9.2.0/24", "If": "yes",
                              "Sub": f"functions {region} ${{Literal}}", "Zone": f"{region}a", "Base64": "cGxhaW4="}
    assert {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]} == {
        "Names": "a, b,c", "Secret": "****"}
    summary = cfn.get_template_summary(StackName="functions")
    assert [one["DefaultValue"] for one in summary["Parameters"] if one["NoEcho"]] == ["****"]
    assert cfn.get_template(StackName="functions")["TemplateBody"] == body
    gone(cfn, "functions")


def test_parameters_are_checked(cfn):
    def refused(declared, value):
        body = {"Parameters": {"P": declared}, "Resources": {"G": {"Type": "AWS::IAM::Group"}}}
        return refusal(cfn.create_stack, StackName="parameters", TemplateBody=json.dumps(body),
                       Parameters=[{"ParameterKey": "P", "ParameterValue": value}], Capabilities=["CAPABILITY_IAM"])[1]
    assert "AllowedValues" in refused({"Type": "String", "AllowedValues": ["a"]}, "b")
    assert "pattern" in refused({"Type": "String", "AllowedPattern": "[a-z]+"}, "a1")
    assert "two letters" in refused({"Type": "String", "MaxLength": 2, "ConstraintDescription": "two letters"}, "abc")
    assert "number" in refused({"Type": "Number"}, "many")
    assert "not greater" in refused({"Type": "Number", "MaxValue": 5}, "6")
    assert "AWS::EC2::Image::Id" in refused({"Type": "AWS::EC2::Image::Id"}, "ami-1")


def test_a_stack_can_do_nothing_that_its_caller_may_not(server, iam):
    weak = new_principal(server, "weak", [document(allow("cloudformation:*", "*"), allow("iam:Get*", "*"))])
    cfn = client(server, "cloudformation", weak)
    stack = made(cfn, "too-much", PEOPLE, "ROLLBACK_COMPLETE")
    failed = [reason for name, status, reason in events(cfn, stack["StackId"]) if status == "CREATE_FAILED"]
    assert len(failed) == 1 and "is not authorized to perform: iam:CreateUser" in failed[0]
    assert not [user for user in iam.list_users()["Users"] if user["UserName"].startswith("too-much")]
    gone(cfn, "too-much")


def test_rights_that_end_stop_the_work(server, iam):
    """Whoever made a stack and has lost the right to delete it, or the key it was made with, does nothing more by it."""
    person = new_principal(server, "short-lived", [document(allow("cloudformation:*", "*"), allow("iam:*", "*"))])
    cfn = client(server, "cloudformation", person)
    stack = made(cfn, "outlived", PEOPLE)
    iam.put_user_policy(UserName="short-lived", PolicyName="p1",
                        PolicyDocument=json.dumps(document(deny("iam:DeleteUser", "*"))))
    cfn.delete_stack(StackName="outlived")
    found = settled(cfn, stack["StackId"])
    assert found["StackStatus"] == "DELETE_FAILED" and "[Person]" in found["StackStatusReason"]
    assert iam.get_user(UserName=outputs(stack)["Name"])
    gone(client(server, "cloudformation"), "outlived")


def test_a_role_acts_in_the_callers_place(server, iam):
    trust = document({"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"},
                      "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="deployer", PolicyName="all", PolicyDocument=json.dumps(document(allow("iam:*", "*"))))
    only = [document(allow("cloudformation:*", "*"))]
    stranger = client(server, "cloudformation", new_principal(server, "may-not-pass", only))
    code, message = refusal(stranger.create_stack, StackName="passed", TemplateBody=PEOPLE, RoleARN=role,
                            Capabilities=["CAPABILITY_IAM"])
    assert code == "AccessDenied" and "iam:PassRole" in message
    cfn = client(server, "cloudformation", new_principal(server, "passes", [
        *only, document({**allow("iam:PassRole", role),
                         "Condition": {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}})]))
    assert made(cfn, "passed", PEOPLE, RoleARN=role)["RoleARN"] == role
    iam.update_assume_role_policy(RoleName="deployer", PolicyDocument=json.dumps(document(
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})))
    cfn.delete_stack(StackName="passed")
    assert settled(cfn, "passed")["StackStatus"] == "DELETE_FAILED"
    iam.update_assume_role_policy(RoleName="deployer", PolicyDocument=json.dumps(trust))
    gone(cfn, "passed")


def test_a_failure_in_the_middle_takes_everything_back(cfn, iam):
    body = {"Resources": {
        "Team": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "taken-back"}},
        "Bad": {"Type": "AWS::IAM::Group", "DependsOn": "Team", "Properties": {
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuchPolicy"]}}}}
    stack = made(cfn, "broken", body, "ROLLBACK_COMPLETE")
    happened = events(cfn, stack["StackId"])
    assert ("Team", "DELETE_COMPLETE", "") in happened
    assert [name for name, status, _ in happened if status == "CREATE_FAILED"] == ["Bad"]
    assert refusal(iam.get_group, GroupName="taken-back")[0] == "NoSuchEntity"
    gone(cfn, stack["StackId"])
    kept = made(cfn, "kept-broken", body, "CREATE_FAILED", OnFailure="DO_NOTHING")
    assert iam.get_group(GroupName="taken-back")
    gone(cfn, kept["StackId"])


def test_what_was_there_before_is_not_taken(cfn, iam):
    iam.create_group(GroupName="was-here")
    body = {"Resources": {"Team": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "was-here"}}}}
    stack = made(cfn, "robber", body, "ROLLBACK_COMPLETE")
    assert any("already exists" in reason for _, _, reason in events(cfn, stack["StackId"]))
    gone(cfn, stack["StackId"])
    assert iam.get_group(GroupName="was-here")


def team(**properties):
    return {"Resources": {"Team": {"Type": "AWS::IAM::Group", "Properties": properties}},
            "Outputs": {"Name": {"Value": {"Ref": "Team"}}}}


def updated(cfn, name, body, expected="UPDATE_COMPLETE"):
    cfn.update_stack(StackName=name, TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_NAMED_IAM"])
    stack = settled(cfn, name)
    assert stack["StackStatus"] == expected, events(cfn, name)
    return stack


def test_updates_in_place_and_by_replacement(cfn, iam):
    made(cfn, "team", team(GroupName="first", Path="/a/"))
    assert refusal(cfn.update_stack, StackName="team", TemplateBody=json.dumps(team(GroupName="first", Path="/a/")),
                   Capabilities=["CAPABILITY_NAMED_IAM"]) == ("ValidationError", "No updates are to be performed.")
    before = iam.get_group(GroupName="first")["Group"]["GroupId"]
    updated(cfn, "team", team(GroupName="first", Path="/b/"))
    changed = iam.get_group(GroupName="first")["Group"]
    assert (changed["GroupId"], changed["Path"]) == (before, "/b/")
    assert outputs(updated(cfn, "team", team(GroupName="second")))["Name"] == "second"
    assert refusal(iam.get_group, GroupName="first")[0] == "NoSuchEntity"
    body = team(GroupName="third")
    body["Resources"]["Bad"] = {"Type": "AWS::IAM::Group", "DependsOn": "Team",
                                "Properties": {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuchPolicy"]}}
    assert outputs(updated(cfn, "team", body, "UPDATE_ROLLBACK_COMPLETE"))["Name"] == "second"
    assert iam.get_group(GroupName="second")
    assert refusal(iam.get_group, GroupName="third")[0] == "NoSuchEntity"
    assert [one["LogicalResourceId"] for one in cfn.list_stack_resources(StackName="team")["StackResourceSummaries"]] == [
        "Team"]
    gone(cfn, "team")


def test_a_change_that_fails_is_changed_back(cfn, iam):
    body = team(GroupName="steady", Path="/a/")
    made(cfn, "steady", body)
    worse = team(GroupName="steady", Path="/b/", ManagedPolicyArns=["arn:aws:iam::aws:policy/NoSuchPolicy"])
    updated(cfn, "steady", worse, "UPDATE_ROLLBACK_COMPLETE")
    assert iam.get_group(GroupName="steady")["Group"]["Path"] == "/a/"
    gone(cfn, "steady")


def test_exports_and_imports(cfn):
    body = {"Resources": {"Team": {"Type": "AWS::IAM::Group"}},
            "Outputs": {"Name": {"Value": {"Ref": "Team"}, "Export": {"Name": "team-name"}}}}
    exporting = made(cfn, "exporting", body)
    exported, = cfn.list_exports()["Exports"]
    assert (exported["Name"], exported["Value"]) == ("team-name", outputs(exporting)["Name"])
    other = {"Resources": {"Person": {"Type": "AWS::IAM::User", "Properties": {
        "Groups": [{"Fn::ImportValue": "team-name"}]}}}}
    importing = made(cfn, "importing", other)
    assert cfn.list_imports(ExportName="team-name")["Imports"] == ["importing"]
    assert "in use by importing" in refusal(cfn.delete_stack, StackName="exporting")[1]
    assert "already exported" in str(events(cfn, made(cfn, "twice", body, "ROLLBACK_COMPLETE")["StackId"]))
    assert "No export named none" in refusal(
        cfn.create_stack, StackName="none", Capabilities=["CAPABILITY_IAM"], TemplateBody=json.dumps(
            {"Resources": {"U": {"Type": "AWS::IAM::User", "Properties": {"Groups": [{"Fn::ImportValue": "none"}]}}}}))[1]
    gone(cfn, importing["StackId"])
    gone(cfn, exporting["StackId"])
    gone(cfn, "twice")
    assert cfn.list_exports()["Exports"] == []


def test_protection_and_retaining(cfn, iam):
    body = team(GroupName="retained")
    body["Resources"]["Team"]["DeletionPolicy"] = "Retain"
    stack = made(cfn, "protected", body, EnableTerminationProtection=True)
    assert "TerminationProtection" in refusal(cfn.delete_stack, StackName="protected")[1]
    cfn.update_termination_protection(StackName="protected", EnableTerminationProtection=False)
    policy = json.dumps({"Statement": [allow("Update:*", "*")]})
    cfn.set_stack_policy(StackName="protected", StackPolicyBody=policy)
    assert cfn.get_stack_policy(StackName="protected")["StackPolicyBody"] == policy
    gone(cfn, stack["StackId"])
    assert ("Team", "DELETE_SKIPPED", "") in events(cfn, stack["StackId"])
    assert iam.get_group(GroupName="retained")
    body["Resources"]["Team"]["DeletionPolicy"] = "Snapshot"
    assert "Snapshot" in refusal(cfn.create_stack, StackName="s", TemplateBody=json.dumps(body))[1]


def test_change_sets(cfn, iam):
    made(cfn, "reviewed", team(GroupName="old", Path="/a/"))
    now = team(GroupName="new", Path="/a/")
    now["Resources"]["More"] = {"Type": "AWS::IAM::Group"}
    wish = {"StackName": "reviewed", "ChangeSetName": "next", "TemplateBody": json.dumps(now),
            "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    change_set = cfn.create_change_set(**wish)["Id"]
    shown = cfn.describe_change_set(ChangeSetName=change_set)
    assert (shown["Status"], shown["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    changes = {one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"] for one in shown["Changes"]}
    assert changes["More"]["Action"] == "Add"
    assert (changes["Team"]["Action"], changes["Team"]["Replacement"]) == ("Modify", "True")
    assert [one["ChangeSetName"] for one in cfn.list_change_sets(StackName="reviewed")["Summaries"]] == ["next"]
    assert iam.get_group(GroupName="old")
    cfn.execute_change_set(ChangeSetName=change_set)
    assert settled(cfn, "reviewed")["StackStatus"] == "UPDATE_COMPLETE", events(cfn, "reviewed")
    assert iam.get_group(GroupName="new")
    cfn.create_change_set(**{**wish, "ChangeSetName": "same"})
    same = cfn.describe_change_set(StackName="reviewed", ChangeSetName="same")
    assert same["Status"] == "FAILED" and "didn't contain changes" in same["StatusReason"]
    cfn.delete_change_set(StackName="reviewed", ChangeSetName="same")
    assert refusal(cfn.describe_change_set, StackName="reviewed", ChangeSetName="same")[0] == "ChangeSetNotFound"
    gone(cfn, "reviewed")


NETWORK = """
Resources:
  Network:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: 10.77.0.0/16
      EnableDnsHostnames: true
      Tags: [{Key: Name, Value: databases}]
  First:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Network, CidrBlock: 10.77.1.0/24, AvailabilityZone: !Select [0, !GetAZs ""]}
  Second:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Network, CidrBlock: 10.77.2.0/24, AvailabilityZone: !Select [1, !GetAZs ""]}
  Databases:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: Who may reach databases
      VpcId: !Ref Network
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 5432, ToPort: 5432, CidrIp: 10.77.0.0/16, Description: own}
  Peers:
    Type: AWS::EC2::SecurityGroupIngress
    Properties:
      GroupId: !GetAtt Databases.GroupId
      IpProtocol: tcp
      FromPort: 5432
      ToPort: 5432
      SourceSecurityGroupId: !GetAtt Databases.GroupId
  Out:
    Type: AWS::EC2::SecurityGroupEgress
    Properties: {GroupId: !Ref Databases, IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}
  Subnets:
    Type: AWS::RDS::DBSubnetGroup
    Properties:
      DBSubnetGroupName: for-databases
      DBSubnetGroupDescription: For databases
      SubnetIds: [!Ref First, !Ref Second]
  Settings:
    Type: AWS::RDS::DBClusterParameterGroup
    Properties:
      Description: For tests
      Family: aurora-postgresqlMAJOR
      Parameters: {log_min_duration_statement: "250", rds.force_ssl: "1"}
Outputs:
  Vpc: {Value: !GetAtt Network.VpcId}
  Group: {Value: !Ref Databases}
  Default: {Value: !GetAtt Network.DefaultSecurityGroup}
  Settings: {Value: !Ref Settings}
"""


def test_networks_and_groups_of_databases(server, cfn):
    stack = made(cfn, "network", NETWORK.replace("MAJOR", str(MAJOR)))
    ec2 = client(server, "ec2")
    found = outputs(stack)
    vpc, = ec2.describe_vpcs(VpcIds=[found["Vpc"]])["Vpcs"]
    assert {"Key": "Name", "Value": "databases"} in vpc["Tags"] and vpc["CidrBlock"] == "10.77.0.0/16"
    group, = ec2.describe_security_groups(GroupIds=[found["Group"]])["SecurityGroups"]
    assert group["VpcId"] == found["Vpc"] and found["Default"].startswith("sg-")
    rule, = group["IpPermissions"]
    assert [one["CidrIp"] for one in rule["IpRanges"]] == ["10.77.0.0/16"]
    assert [one["GroupId"] for one in rule["UserIdGroupPairs"]] == [found["Group"]]
    set_here = client(server, "rds").describe_db_cluster_parameters(
        DBClusterParameterGroupName=found["Settings"], Source="user")["Parameters"]
    assert {"log_min_duration_statement", "rds.force_ssl"} <= {one["ParameterName"] for one in set_here}
    gone(cfn, stack["StackId"])
    assert refusal(ec2.describe_vpcs, VpcIds=[found["Vpc"]])[0] == "InvalidVpcID.NotFound"


def test_a_stack_goes_on_after_everything_was_killed(new_server):
    """Killed again and again while a stack is made and deleted, the server does it in the end, and of everything once."""
    server = new_server().start()
    body = {"Resources": {f"Team{n}": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": f"team{n}"}}
                          for n in range(40)}}
    body["Resources"] |= {
        "Network": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.55.0.0/16"}},
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Network"}, "CidrBlock": "10.55.1.0/24"}},
        "Person": {"Type": "AWS::IAM::User"},
        "Key": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "Person"}}},
        "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
            "ManagedPolicyName": "only-once", "PolicyDocument": document(allow("sts:*", "*"))}}}
    stack = client(server, "cloudformation").create_stack(
        StackName="hardy", TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_NAMED_IAM"])["StackId"]
    moments = random.Random(7)

    def happens(cfn, status):
        """Waits for some events more, or the end; true where it is not over."""
        seen = len(events(cfn, stack))
        target = moments.randrange(seen + 1, seen + 25)
        over = until(lambda: ["over"] if status_of(cfn, stack)["StackStatus"] != status else
                     ["going on"] if len(events(cfn, stack)) >= target else None, "something happens")
        return over == ["going on"]

    def killed_while(status):
        """At once, and as long as it is not over."""
        kills = 0
        while kills < 5 and (kills == 0 or happens(client(server, "cloudformation"), status)):
            server.kill9()
            server.start()
            kills += 1

    killed_while("CREATE_IN_PROGRESS")
    cfn = client(server, "cloudformation")
    assert settled(cfn, stack)["StackStatus"] == "CREATE_COMPLETE", events(cfn, stack)
    iam, ec2 = client(server, "iam"), client(server, "ec2")
    assert len(iam.list_groups()["Groups"]) == 40
    assert [one["CidrBlock"] for one in ec2.describe_vpcs()["Vpcs"]].count("10.55.0.0/16") == 1
    user, = iam.list_users()["Users"]
    assert len(iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]) == 1
    cfn.delete_stack(StackName="hardy")
    killed_while("DELETE_IN_PROGRESS")
    cfn = client(server, "cloudformation")
    assert settled(cfn, stack)["StackStatus"] == "DELETE_COMPLETE", events(cfn, stack)
    assert client(server, "iam").list_groups()["Groups"] == client(server, "iam").list_users()["Users"] == []


def databases(**cluster):
    return {
        "Parameters": {"Password": {"Type": "String", "NoEcho": True}},
        "Resources": {
            "Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": {
                "Engine": "aurora-postgresql", "MasterUsername": "postgres", "MasterUserPassword": {"Ref": "Password"},
                **cluster}},
            **{name: {"Type": "AWS::RDS::DBInstance", "Properties": {
                "Engine": "aurora-postgresql", "DBInstanceClass": "db.r6g.large", "DBClusterIdentifier": {"Ref": "Cluster"}}}
               for name in ("One", "Two")}},
        "Outputs": {"Cluster": {"Value": {"Ref": "Cluster"}}, "One": {"Value": {"Ref": "One"}},
                    "Port": {"Value": {"Fn::GetAtt": ["Cluster", "Endpoint.Port"]}},
                    "Instance": {"Value": {"Fn::GetAtt": ["One", "DBInstanceArn"]}}}}


def test_databases_are_changed_in_place_and_replaced(server, cfn):
    rds = client(server, "rds")
    password = [{"ParameterKey": "Password", "ParameterValue": "hush-hush-hush"}]
    first = outputs(made(cfn, "databases", databases(), Parameters=password))
    before = rds.describe_db_clusters(DBClusterIdentifier=first["Cluster"])["DBClusters"][0]
    assert not before["IAMDatabaseAuthenticationEnabled"] and str(before["Port"]) == first["Port"]
    assert len(before["DBClusterMembers"]) == 2 and first["Cluster"].startswith("databases-cluster-")
    kept = [{"ParameterKey": "Password", "UsePreviousValue": True}]

    def changed(body):
        cfn.update_stack(StackName="databases", TemplateBody=json.dumps(body), Parameters=kept)
        stack = settled(cfn, "databases")
        assert stack["StackStatus"] == "UPDATE_COMPLETE", events(cfn, "databases")
        return outputs(stack)
    assert changed(databases(EnableIAMDatabaseAuthentication=True, Tags=[{"Key": "a", "Value": "b"}])) == first
    after = rds.describe_db_clusters(DBClusterIdentifier=first["Cluster"])["DBClusters"][0]
    assert after["IAMDatabaseAuthenticationEnabled"] and after["DbClusterResourceId"] == before["DbClusterResourceId"]
    assert after["TagList"] == [{"Key": "a", "Value": "b"}]
    second = changed(databases(DatabaseName="shop"))
    assert second["Cluster"] != first["Cluster"] and second["One"] != first["One"]
    assert [one["DBClusterIdentifier"] for one in rds.describe_db_clusters()["DBClusters"]] == [second["Cluster"]]
    assert len(rds.describe_db_instances()["DBInstances"]) == 2
    shown = json.dumps([cfn.describe_stacks(), cfn.describe_stack_events(StackName="databases"),
                        cfn.describe_stack_resources(StackName="databases")], default=str)
    assert "hush" not in shown
    gone(cfn, "databases")
    assert rds.describe_db_clusters()["DBClusters"] == []
    said = b"".join(path.read_bytes() for path in server.data.rglob("*") if path.is_file() and path.stat().st_size < 10**8)
    assert b"hush-hush" not in said


def managed(**instance):
    return {"Resources": {"One": {"Type": "AWS::RDS::DBInstance", "Properties": {
        "Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": "20", "MasterUsername": "boss",
        **instance}}}}


def test_a_database_leaves_a_managed_password_by_rollback_too(server, cfn):
    secrets = client(server, "secretsmanager")

    def secrets_left():
        return [one["ARN"] for one in secrets.list_secrets()["SecretList"]]
    shown = {"Outputs": {"Secret": {"Value": {"Fn::GetAtt": ["One", "MasterUserSecret.SecretArn"]}}}}
    first = outputs(made(cfn, "managed", managed(ManageMasterUserPassword=True) | shown))
    assert secrets_left() == [first["Secret"]]
    updated(cfn, "managed", managed(MasterUserPassword="hush-hush-hush"))
    assert secrets_left() == []
    broken = managed(ManageMasterUserPassword=True)
    broken["Resources"]["Group"] = {"Type": "AWS::IAM::Group", "DependsOn": "One", "Properties": {
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuchPolicy"]}}
    updated(cfn, "managed", broken, "UPDATE_ROLLBACK_COMPLETE")
    assert secrets_left() == []
    gone(cfn, "managed")


def test_a_session_makes_a_stack_and_its_end_ends_the_work(server, iam):
    trust = document({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{server.account}:root"},
                      "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName="person", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="person", PolicyName="p", PolicyDocument=json.dumps(
        document(allow("cloudformation:*", "*"), allow("iam:*", "*"))))
    sts = client(server, "sts", new_principal(server, "assumes", [document(allow("sts:*", "*"))]))
    limit = json.dumps(document(allow("*", "*"), deny("iam:CreateGroup", "*")))

    def session(**more):
        keys = sts.assume_role(RoleArn=role, RoleSessionName="ann", **more)["Credentials"]
        return client(server, "cloudformation", Principal(keys["AccessKeyId"], keys["SecretAccessKey"],
                                                          keys["SessionToken"]))
    made(session(), "by-session", team())
    limited = session(Policy=limit)
    stack = made(limited, "by-limited-session", team(), "ROLLBACK_COMPLETE")
    assert "iam:CreateGroup" in str(events(limited, stack["StackId"]))
    iam.delete_role_policy(RoleName="person", PolicyName="p")
    cfn = client(server, "cloudformation")
    refused = refusal(limited.delete_stack, StackName="by-session")
    assert refused[0] == "AccessDenied"
    gone(cfn, "by-session")
    gone(cfn, "by-limited-session")


def test_other_accounts_see_nothing(server, cfn):
    made(cfn, "private", team())
    _, root = new_account(server, "others")
    other = client(server, "cloudformation", root)
    assert other.describe_stacks()["Stacks"] == []
    assert refusal(other.describe_stacks, StackName=status_of(cfn, "private")["StackId"])[0] in (
        "ValidationError", "AccessDenied")
    nobody = client(server, "cloudformation", new_principal(server, "no-rights"))
    for call in (nobody.describe_stacks, nobody.list_exports):
        assert refusal(call)[0] == "AccessDenied"
    assert refusal(nobody.create_stack, StackName="x", TemplateBody=json.dumps(team()))[0] == "AccessDenied"
    gone(cfn, "private")


# As `cdk synth` of version 2 writes it: with metadata, a rule about its bootstrap, and conditions around the resources.
SYNTHESIZED = {
    "Resources": {
        "Reader0CBD7B39": {"Type": "AWS::IAM::User", "Properties": {"Tags": [{"Key": "app", "Value": "shop"}]},
                           "Metadata": {"aws:cdk:path": "Shop/Reader/Resource"}},
        "ReaderDefaultPolicyE8D1D8D6": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyDocument": {"Statement": [{
                    "Action": "rds-db:connect", "Effect": "Allow",
                    "Resource": {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":rds-db:", {"Ref": "AWS::Region"}, ":",
                                                   {"Ref": "AWS::AccountId"}, ":dbuser:*/reader"]]}}],
                    "Version": "2012-10-17"},
                "PolicyName": "ReaderDefaultPolicyE8D1D8D6", "Users": [{"Ref": "Reader0CBD7B39"}]},
            "Metadata": {"aws:cdk:path": "Shop/Reader/DefaultPolicy/Resource"}},
        "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:H4sIAAAA"},
                        "Metadata": {"aws:cdk:path": "Shop/CDKMetadata/Default"}, "Condition": "CDKMetadataAvailable"}},
    "Conditions": {"CDKMetadataAvailable": {"Fn::Or": [
        {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "af-south-1"]}, {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}]},
        {"Fn::Or": [{"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}, {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-west-2"]}]}]}},
    "Parameters": {"BootstrapVersion": {
        "Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version",
        "Description": "Version of the CDK Bootstrap resources in this environment, automatically retrieved from SSM Parameter "
                       "Store. [cdk:skip]"}},
    "Rules": {"CheckBootstrapVersion": {"Assertions": [{
        "Assert": {"Fn::Not": [{"Fn::Contains": [["1", "2", "3", "4", "5"], {"Ref": "BootstrapVersion"}]}]},
        "AssertDescription": "CDK bootstrap stack version 6 required. Please run 'cdk bootstrap' with a recent version of the CDK CLI."}]}},
}


def test_what_the_cdk_writes_deploys(cfn, iam):
    stack = made(cfn, "Shop", SYNTHESIZED, Tags=[{"Key": "team", "Value": "payments"}])
    user = cfn.describe_stack_resource(StackName="Shop", LogicalResourceId="Reader0CBD7B39")["StackResourceDetail"]
    assert json.loads(user["Metadata"]) == {"aws:cdk:path": "Shop/Reader/Resource"}
    tags = iam.list_user_tags(UserName=user["PhysicalResourceId"])["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"app": "shop", "team": "payments"}
    assert stack["Tags"] == [{"Key": "team", "Value": "payments"}]
    gone(cfn, "Shop")


def test_keys_profiles_and_providers(server, cfn, iam):
    trust = document({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    body = {"Resources": {
        "Person": {"Type": "AWS::IAM::User", "Properties": {"LoginProfile": {"Password": "Correct-horse-9!"}}},
        "Key": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "Person"}}},
        "Team": {"Type": "AWS::IAM::Group"},
        "Member": {"Type": "AWS::IAM::UserToGroupAddition",
                   "Properties": {"GroupName": {"Ref": "Team"}, "Users": [{"Ref": "Person"}]}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": trust, "MaxSessionDuration": 7200,
            "Policies": [{"PolicyName": "p", "PolicyDocument": document(allow("rds-db:connect", "*"))}]}},
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
        "Managed": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
            "PolicyDocument": document(allow("sts:GetCallerIdentity", "*")), "Roles": [{"Ref": "Role"}]}},
        "Provider": {"Type": "AWS::IAM::OIDCProvider", "Properties": {
            "Url": "https://issuer.example", "ClientIdList": ["shop"], "ThumbprintList": ["a" * 40]}}},
        "Outputs": {name: {"Value": value} for name, value in {
            "Key": {"Ref": "Key"}, "Secret": {"Fn::GetAtt": ["Key", "SecretAccessKey"]}, "Role": {"Ref": "Role"},
            "RoleId": {"Fn::GetAtt": ["Role", "RoleId"]}, "Managed": {"Ref": "Managed"},
            "Provider": {"Fn::GetAtt": ["Provider", "Arn"]}}.items()}}
    found = outputs(made(cfn, "keys", body))
    who = client(server, "sts", Principal(found["Key"], found["Secret"])).get_caller_identity()["Arn"]
    assert ":user/keys-Person-" in who
    role = iam.get_role(RoleName=found["Role"])["Role"]
    assert (role["RoleId"], role["MaxSessionDuration"]) == (found["RoleId"], 7200)
    assert [one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName=found["Role"])["AttachedPolicies"]] == [
        found["Managed"]]
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=found["Provider"])["ClientIDList"] == ["shop"]
    body["Resources"]["Managed"]["Properties"]["PolicyDocument"] = document(allow("sts:*", "*"))
    body["Resources"]["Key"]["Properties"]["Status"] = "Inactive"
    body["Resources"]["Role"]["Properties"]["Policies"] = []
    body["Resources"]["Provider"]["Properties"]["ClientIdList"] = ["market"]
    updated(cfn, "keys", body)
    assert iam.get_policy(PolicyArn=found["Managed"])["Policy"]["DefaultVersionId"] == "v2"
    assert iam.list_role_policies(RoleName=found["Role"])["PolicyNames"] == []
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=found["Provider"])["ClientIDList"] == ["market"]
    gone(cfn, "keys")
    assert refusal(iam.get_role, RoleName=found["Role"])[0] == "NoSuchEntity"
    assert refusal(iam.get_policy, PolicyArn=found["Managed"])[0] == "NoSuchEntity"


def test_changes_without_rollback_wait_for_a_word(cfn, iam):
    bad = {"Type": "AWS::IAM::Group", "DependsOn": "Team",
           "Properties": {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuchPolicy"]}}
    body = team(GroupName="waits")
    body["Resources"]["Bad"] = bad
    made(cfn, "waits", body, "CREATE_FAILED", DisableRollback=True)
    cfn.rollback_stack(StackName="waits")
    assert settled(cfn, "waits")["StackStatus"] == "ROLLBACK_COMPLETE", events(cfn, "waits")
    assert "can not be updated" in refusal(cfn.update_stack, StackName="waits", TemplateBody=json.dumps(team()),
                                           Capabilities=["CAPABILITY_IAM"])[1]
    gone(cfn, "waits")
    made(cfn, "waits", team(GroupName="waits", Path="/a/"))
    worse = team(GroupName="renamed", Path="/b/")
    worse["Resources"]["Bad"] = bad
    cfn.update_stack(StackName="waits", TemplateBody=json.dumps(worse), Capabilities=["CAPABILITY_NAMED_IAM"],
                     DisableRollback=True)
    assert settled(cfn, "waits")["StackStatus"] == "UPDATE_FAILED"
    assert iam.get_group(GroupName="waits") and iam.get_group(GroupName="renamed")
    cfn.rollback_stack(StackName="waits")
    assert settled(cfn, "waits")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", events(cfn, "waits")
    assert iam.get_group(GroupName="waits")["Group"]["Path"] == "/a/"
    assert refusal(iam.get_group, GroupName="renamed")[0] == "NoSuchEntity"
    gone(cfn, "waits")


def test_a_rollback_that_fails_is_gone_on_with(server, cfn, iam):
    """Whoever changes the stack may not change it back."""
    made(cfn, "stuck", team(GroupName="stuck"))
    worse = team(GroupName="stuck", Policies=[{"PolicyName": "p", "PolicyDocument": document(allow("sts:*", "*"))}])
    worse["Resources"]["Bad"] = {"Type": "AWS::IAM::Role", "DependsOn": "Team", "Properties": {
        "AssumeRolePolicyDocument": document()}}
    person = new_principal(server, "one-way", [document(
        allow("cloudformation:*", "*"), allow("iam:*", "*"), deny("iam:DeleteGroupPolicy", "*"))])
    theirs = client(server, "cloudformation", person)
    theirs.update_stack(StackName="stuck", TemplateBody=json.dumps(worse), Capabilities=["CAPABILITY_NAMED_IAM"])
    stack = settled(cfn, "stuck")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED" and "[Team]" in stack["StackStatusReason"], events(cfn, "stuck")
    assert iam.list_group_policies(GroupName="stuck")["PolicyNames"] == ["p"]
    cfn.continue_update_rollback(StackName="stuck")
    assert settled(cfn, "stuck")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", events(cfn, "stuck")
    assert iam.list_group_policies(GroupName="stuck")["PolicyNames"] == []
    gone(cfn, "stuck")


def test_values_that_are_none_end_no_work(cfn):
    """A text that looks like what is not known yet is no list when it is applied; the stack fails, and others go on."""
    body = {"Resources": {"Person": {"Type": "AWS::IAM::User", "Properties": {"Tags": "\x01", "Groups": "\x01"}}}}
    stack = made(cfn, "poison", body, "ROLLBACK_COMPLETE")
    assert "expected a list" in str(events(cfn, stack["StackId"]))
    gone(cfn, "poison")


def test_a_stack_that_is_only_reviewed_can_go(cfn):
    change_set = cfn.create_change_set(StackName="reviewed-only", ChangeSetName="first", ChangeSetType="CREATE",
                                       TemplateBody=json.dumps(team()), Capabilities=["CAPABILITY_IAM"])
    assert status_of(cfn, "reviewed-only")["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert cfn.describe_change_set(ChangeSetName=change_set["Id"])["ExecutionStatus"] == "AVAILABLE"
    gone(cfn, "reviewed-only")


def test_no_turn_of_the_work_went_wrong(server):
    """What a turn cannot put down is done a second time by the next one: nothing here gives it a reason for that."""
    assert '"stack.turn"' not in server.said()
