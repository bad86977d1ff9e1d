"""CloudTrail's LookupEvents: calls of the API and logins to databases, found by the AWS CLI and boto3."""

import datetime
import json

import pytest

from support.api import refused
from support.aws import Principal, administrator, allow, client, document, new_principal
from support.tokens import with_signature_altered


@pytest.fixture(scope="module", name="trail")
def _trail(server):
    return client(server, "cloudtrail")


@pytest.fixture(scope="module", name="nobody")
def _nobody(server):
    """A principal that may nothing."""
    return new_principal(server, "nobody")


def now(**later):
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(**later)


def lookup(trail, key=None, value=None, **more):
    attributes = {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]} if key else {}
    pages = trail.get_paginator("lookup_events").paginate(**attributes, **more)
    return [event for page in pages for event in page["Events"]]


def record(event):
    return json.loads(event["CloudTrailEvent"])


def names(events):
    return {event["EventName"] for event in events}


def test_a_call_of_the_api_is_an_event(server, trail):
    iam = client(server, "iam")
    iam.create_user(UserName="eva")
    iam.create_login_profile(UserName="eva", Password="Never-To-Be-Seen-1")
    profile, made = lookup(trail, "ResourceName", "eva")
    assert (made["EventName"], made["EventSource"], made["ReadOnly"]) == ("CreateUser", "iam.amazonaws.com", "false")
    assert made["Username"] == "root" and made["AccessKeyId"] == administrator(server).key_id
    assert made["Resources"] == [{"ResourceType": "AWS::IAM::User", "ResourceName": "eva"}]
    told = record(made)
    assert told["eventType"] == "AwsApiCall" and told["eventVersion"] and told["managementEvent"] is True
    assert told["userIdentity"]["type"] == "Root" and told["userIdentity"]["accountId"] == server.account
    assert told["requestParameters"] == {"userName": "eva"} and told["responseElements"] is None
    assert told["sourceIPAddress"] == "127.0.0.1" and told["userAgent"].startswith("Boto3/")
    assert told["awsRegion"] == server.region and told["recipientAccountId"] == server.account
    assert told["eventID"] == made["EventId"] and told["requestID"]
    assert profile["EventName"] == "CreateLoginProfile"
    assert record(profile)["requestParameters"]["password"] == "****"


def test_secrets_are_nowhere_in_the_files(server, trail):
    refused(client(server, "rds").create_db_instance, DBInstanceIdentifier="hidden", Engine="postgres",
            DBInstanceClass="db.t3.micro", MasterUsername="postgres", MasterUserPassword="Never-To-Be-Seen/2")
    files = list((server.data / "api-events").iterdir())
    assert files and all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert not [file for file in files if b"Never-To-Be-Seen" in file.read_bytes()]
    (event,) = lookup(trail, "ResourceName", "hidden")
    told = record(event)
    assert told["requestParameters"]["masterUserPassword"] == "****" and told["errorCode"]


def test_a_refused_call_is_an_event_with_its_error(server, trail, nobody):
    refused(client(server, "iam", nobody).list_users)
    (event,) = lookup(trail, "EventName", "ListUsers")
    told = record(event)
    assert event["Username"] == "nobody" and event["ReadOnly"] == "true"
    assert told["errorCode"] == "AccessDenied" and "iam:ListUsers" in told["errorMessage"]
    identity = told["userIdentity"]
    assert identity.pop("principalId").startswith("AIDA")
    assert identity == {"type": "IAMUser", "userName": "nobody", "accountId": server.account,
                        "arn": f"arn:aws:iam::{server.account}:user/nobody", "accessKeyId": nobody.key_id}


def test_a_session_of_a_role_is_told_with_its_issuer(server, trail):
    arn = f"arn:aws:iam::{server.account}:user/borrower"
    borrower = new_principal(server, "borrower", [document(allow("sts:AssumeRole", "*"))])
    client(server, "iam").create_role(RoleName="lent", AssumeRolePolicyDocument=json.dumps(
        document({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"})))
    made = client(server, "sts", borrower).assume_role(
        RoleArn=f"arn:aws:iam::{server.account}:role/lent", RoleSessionName="night-shift")["Credentials"]
    session = Principal(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    refused(client(server, "rds", session).describe_db_clusters)
    (event,) = lookup(trail, "AccessKeyId", session.key_id)
    identity = record(event)["userIdentity"]
    assert event["Username"] == "night-shift" and identity["type"] == "AssumedRole"
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == f"arn:aws:iam::{server.account}:role/lent"
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"


def test_logins_are_events_of_the_database(server, trail, stock, everybody, nobody):
    attempts = (("jane", stock.token(nobody, "jane")), ("jane", with_signature_altered(stock.token(everybody, "jane"))),
                ("jane", stock.token(everybody, "jane")))
    for user, password in attempts:
        mark = len(server.logins())
        stock.login.psql(user, password, "SELECT 1", check=False)
        stock.recorded_since(mark, user)
    newest, *older = lookup(trail, "EventName", "DatabaseLogin")
    told = record(newest)
    assert (newest["EventSource"], newest["Username"]) == ("rds-db.amazonaws.com", "everybody")
    assert newest["Resources"] == [{"ResourceType": "AWS::RDS::DBCluster", "ResourceName": "c1"}]
    assert newest["AccessKeyId"] == everybody.key_id and told["eventType"] == "AwsServiceEvent"
    assert told["responseElements"] == {"DatabaseLogin": "Success"} and "errorCode" not in told
    assert told["serviceEventDetails"]["databaseUser"] == "jane"
    assert told["serviceEventDetails"]["loginId"] in {login["login_id"] for login in server.logins()}
    assert [record(event)["serviceEventDetails"]["check"] for event in older[:2]] == ["signature", "policy"]
    assert all(record(event)["errorCode"] == "LoginRefused" for event in older[:2])
    assert lookup(trail, "EventId", newest["EventId"]) == [newest]


def test_every_attribute_with_the_cli(server, aws, trail):
    client(server, "iam").create_user(UserName="looked-up")
    (wanted,) = lookup(trail, "ResourceName", "looked-up")
    for key, value in (("EventId", wanted["EventId"]), ("EventName", "CreateUser"), ("ReadOnly", "false"),
                       ("Username", "root"), ("ResourceType", "AWS::IAM::User"), ("ResourceName", "looked-up"),
                       ("EventSource", "iam.amazonaws.com"), ("AccessKeyId", wanted["AccessKeyId"])):
        found = aws("cloudtrail", "lookup-events", "--lookup-attributes",
                    f"AttributeKey={key},AttributeValue={value}")["Events"]
        assert wanted["EventId"] in [event["EventId"] for event in found], key
    assert aws("cloudtrail", "lookup-events", "--lookup-attributes",
               "AttributeKey=EventName,AttributeValue=Nothing")["Events"] == []
    one = "AttributeKey=ReadOnly,AttributeValue=true"
    error = aws.refused("cloudtrail", "lookup-events", "--lookup-attributes", one, one)
    assert error.code == "InvalidLookupAttributesException"


def test_pages_are_whole_and_newest_first(server, trail):
    for number in range(7):
        client(server, "iam").create_group(GroupName=f"g{number}")
    question = {"LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]}
    whole = lookup(trail, "ReadOnly", "false")
    pages = list(trail.get_paginator("lookup_events").paginate(**question, PaginationConfig={"PageSize": 3}))
    assert all(len(page["Events"]) <= 3 for page in pages) and len(pages) > 3
    assert [event["EventId"] for page in pages for event in page["Events"]] == [event["EventId"] for event in whole]
    times = [event["EventTime"] for event in whole]
    assert times == sorted(times, reverse=True)
    first = trail.lookup_events(MaxResults=1)
    code, _, _ = refused(trail.lookup_events, NextToken=first["NextToken"], **question)
    assert code == "InvalidNextTokenException"


def test_times_bound_what_is_found(trail):
    assert lookup(trail, StartTime=now(hours=1), EndTime=now(hours=2)) == []
    assert lookup(trail, StartTime=now(days=-2), EndTime=now(days=-1)) == []
    assert lookup(trail, StartTime=now(hours=-1), EndTime=now(minutes=1)) != []
    code, _, status = refused(trail.lookup_events, StartTime=now(), EndTime=now(hours=-1))
    assert (code, status) == ("InvalidTimeRangeException", 400)
    assert trail.lookup_events(EventCategory="insight")["Events"] == []


def test_events_survive_a_kill(server, trail):
    client(server, "iam").create_group(GroupName="kept")
    before = lookup(trail, "ReadOnly", "false")
    server.kill9()
    server.start()
    assert lookup(client(server, "cloudtrail"), "ReadOnly", "false") == before


def test_other_accounts_and_regions_see_nothing(server):
    made = json.loads(server.command("account", "create", "stranger", "--json").stdout)["AccessKey"]
    stranger = Principal(made["AccessKeyId"], made["SecretAccessKey"])
    assert names(lookup(client(server, "cloudtrail", stranger))) <= {"LookupEvents"}
    assert names(lookup(client(server, "cloudtrail", region="eu-west-1"))) <= {"LookupEvents"}


def test_looking_up_needs_its_right(server, nobody):
    code, message, status = refused(client(server, "cloudtrail", nobody).lookup_events)
    assert (code, status) == ("AccessDeniedException", 400) and "cloudtrail:LookupEvents" in message
    auditor = new_principal(server, "auditor", [document(allow("cloudtrail:LookupEvents", "*"))])
    assert lookup(client(server, "cloudtrail", auditor), "EventName", "CreateUser")
