"""CloudFormation by the AWS CLI and boto3: stacks with users, policies, networks and databases."""

import json

import botocore.exceptions
import pytest

from support.aws import allow, client, deny, document, new_principal
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


def gone(cfn, stack):
    cfn.delete_stack(StackName=stack)
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
