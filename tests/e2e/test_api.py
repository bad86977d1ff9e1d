"""The API as clients meet it: who is calling, what is asked, and the words in which it is refused."""

import datetime
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

import botocore.auth
import pytest

from support import tokens
from support.api import refused, send, signed
from support.aws import Aws, Principal, administrator, client, deny, document, new_principal

IDENTITY = "Action=GetCallerIdentity&Version=2011-06-15"
MISMATCH = ("The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.")
INVALID_TOKEN = "The security token included in the request is invalid."


def test_caller_identity(server, aws):
    found = aws("sts", "get-caller-identity")
    assert found == {"UserId": server.account, "Account": server.account, "Arn": f"arn:aws:iam::{server.account}:root"}


def test_caller_identity_of_somebody_who_may_nothing(server):
    denied = document(deny("*", "*"))
    nobody = new_principal(server, "may-nothing", [denied], path="/of/the/team/")
    found = client(server, "sts", nobody).get_caller_identity()
    assert found["Arn"] == f"arn:aws:iam::{server.account}:user/of/the/team/may-nothing"
    assert found["UserId"].startswith("AIDA")


def test_wrong_secret(server, aws):
    wrong = Aws(server, AWS_SECRET_ACCESS_KEY="wrong" * 8)
    error = wrong.refused("sts", "get-caller-identity")
    assert (error.code, error.message) == ("SignatureDoesNotMatch", MISMATCH)
    assert wrong.refused("rds", "describe-db-clusters").code == "SignatureDoesNotMatch"
    assert aws("rds", "describe-db-clusters") == {"DBClusters": []}


@pytest.mark.parametrize("service, call", [("sts", "get_caller_identity"), ("iam", "list_users"),
                                           ("rds", "describe_db_clusters")])
def test_unknown_key(server, service, call):
    unknown = Principal("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    assert refused(getattr(client(server, service, unknown), call)) == ("InvalidClientTokenId", INVALID_TOKEN, 403)


def test_session_token_with_a_long_term_key(server):
    known = administrator(server)
    odd = Principal(known.key_id, known.secret, "made-up")
    assert refused(client(server, "sts", odd).get_caller_identity) == ("InvalidClientTokenId", INVALID_TOKEN, 403)


def test_inactive_and_deleted_key(server):
    principal = new_principal(server, "comes-and-goes")
    iam, sts = client(server, "iam"), client(server, "sts", principal)
    sts.get_caller_identity()
    iam.update_access_key(UserName="comes-and-goes", AccessKeyId=principal.key_id, Status="Inactive")
    assert refused(sts.get_caller_identity) == ("InvalidClientTokenId", INVALID_TOKEN, 403)
    iam.update_access_key(UserName="comes-and-goes", AccessKeyId=principal.key_id, Status="Active")
    sts.get_caller_identity()
    iam.delete_access_key(UserName="comes-and-goes", AccessKeyId=principal.key_id)
    assert refused(sts.get_caller_identity) == ("InvalidClientTokenId", INVALID_TOKEN, 403)


@pytest.mark.parametrize("minutes", [-16, -600, 16, 600])
def test_skewed_clock(server, minutes):
    at = tokens.now() + datetime.timedelta(minutes=minutes)
    status, code, message, answer = signed(server, IDENTITY, at=at)
    assert (status, code) == (403, "SignatureDoesNotMatch")
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    if minutes < 0:
        assert re.fullmatch(rf"Signature expired: {stamp} is now earlier than \d{{8}}T\d{{6}}Z "
                            r"\(\d{8}T\d{6}Z - 15 min\.\)", message)
    else:
        assert re.fullmatch(rf"Signature not yet current: {stamp} is still later than \d{{8}}T\d{{6}}Z "
                            r"\(\d{8}T\d{6}Z \+ 15 min\.\)", message)
    assert answer.headers["Date"]


@pytest.mark.parametrize("minutes", [-14, 14])
def test_clock_within_the_window(server, minutes):
    assert signed(server, IDENTITY, at=tokens.now() + datetime.timedelta(minutes=minutes))[0] == 200


def skewed(hours):
    real = botocore.auth.get_current_datetime
    return lambda *words, **named: real(*words, **named) - datetime.timedelta(hours=hours)


def test_skewed_clock_in_boto3(server, monkeypatch):
    monkeypatch.setattr(botocore.auth, "get_current_datetime", skewed(2))
    code, message, status = refused(client(server, "sts").get_caller_identity)
    assert (code, status) == ("SignatureDoesNotMatch", 403) and message.startswith("Signature expired: ")


def test_no_authentication(server):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    status, code, message, _ = send(server, IDENTITY, headers)
    assert (status, code, message) == (403, "MissingAuthenticationToken", "Request is missing Authentication Token")


@pytest.mark.parametrize("header", ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=AKIA", "Basic dXNlcjpwYXNz",
                                    "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00", "x" * 3000])
def test_malformed_authentication(server, header):
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": header,
               "X-Amz-Date": tokens.now().strftime("%Y%m%dT%H%M%SZ")}
    status, code, _, _ = send(server, IDENTITY, headers)
    assert (status, code) in ((400, "IncompleteSignature"), (403, "MissingAuthenticationToken"))


def test_body_altered_after_signing(server):
    principal = administrator(server)
    host = urllib.parse.urlsplit(server.url).netloc
    headers = tokens.api_headers(principal, host, IDENTITY, "sts")
    del headers["host"]
    status, code, message, _ = send(server, IDENTITY + "&x=y", headers)
    assert (status, code, message) == (403, "SignatureDoesNotMatch", MISMATCH)


def test_signed_for_another_service(server):
    body = "Action=ListUsers&Version=2010-05-08"
    status, code, message, _ = signed(server, body, service="sns")
    assert (status, code) == (400, "InvalidAction") and "sns is not offered here" in message
    status, code, _, _ = signed(server, body, service="rds")
    assert (status, code) in ((400, "NoSuchVersion"), (400, "InvalidAction"))


def test_presigned_url(server):
    url = client(server, "sts").generate_presigned_url("get_caller_identity", HttpMethod="GET")
    with urllib.request.urlopen(url, timeout=90) as answer:
        root = xml.etree.ElementTree.parse(answer).getroot()
    assert root.tag == "{https://sts.amazonaws.com/doc/2011-06-15/}GetCallerIdentityResponse"
    assert root.find(".//{*}Account").text == server.account
    spoilt = url[:-1] + ("0" if url[-1] != "0" else "1")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(spoilt, timeout=90)
    assert caught.value.code == 403 and b"SignatureDoesNotMatch" in caught.value.read()
    url = client(server, "rds").generate_presigned_url("describe_db_clusters", HttpMethod="GET")
    with urllib.request.urlopen(url, timeout=90) as answer:
        assert b"DescribeDBClustersResponse" in answer.read()


def test_query_answers_json_where_that_is_preferred(server):
    def ask(url):
        request = urllib.request.Request(url, headers={"Accept": "application/json"})
        with urllib.request.urlopen(request, timeout=90) as answer:
            assert answer.headers["Content-Type"] == "application/json"
            return json.load(answer)

    def url_of(service, operation):
        return client(server, service).generate_presigned_url(operation, HttpMethod="GET")

    identity = ask(url_of("sts", "get_caller_identity"))["GetCallerIdentityResponse"]
    assert identity["GetCallerIdentityResult"]["Account"] == server.account
    assert identity["ResponseMetadata"]["RequestId"]
    session = ask(url_of("sts", "get_session_token"))["GetSessionTokenResponse"]["GetSessionTokenResult"]
    assert session["Credentials"]["Expiration"] > time.time()
    users = ask(url_of("iam", "list_users"))["ListUsersResponse"]["ListUsersResult"]
    assert isinstance(users["Users"], list) and users["IsTruncated"] is False
    assert ask(url_of("rds", "describe_db_clusters"))["DescribeDBClustersResponse"]["DescribeDBClustersResult"]
    url = url_of("sts", "get_caller_identity")
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(url[:-1] + ("0" if url[-1] != "0" else "1"))
    error = json.load(caught.value)
    assert caught.value.code == 403 and error["RequestId"]
    assert error["Error"]["Code"] == "SignatureDoesNotMatch" and error["Error"]["Type"] == "Sender"


def test_presigned_url_that_has_expired(server):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", skewed(0.1))
        url = client(server, "sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url, timeout=90)
    assert caught.value.code in (400, 403)
    assert re.search(rb"<Code>(RequestExpired|SignatureDoesNotMatch|ExpiredToken)</Code>", caught.value.read())


@pytest.mark.parametrize("service, version", [("rds", "2014-10-31"), ("iam", "2010-05-08"), ("sts", "2011-06-15")])
def test_unknown_action(server, service, version):
    status, code, message, _ = signed(server, f"Action=MakeTea&Version={version}", service=service)
    assert (status, code) == (400, "InvalidAction")
    assert message == f"Could not find operation MakeTea for version {version}"


def test_missing_action(server):
    assert signed(server, "Version=2011-06-15")[:2] == (400, "MissingAction")


def test_an_operation_of_another_issue_is_refused_not_ignored(aws):
    assert aws.refused("rds", "create-db-proxy", "--db-proxy-name", "p", "--engine-family", "POSTGRESQL", "--auth",
                       "[]", "--role-arn", "arn:aws:iam::123456789012:role/r", "--vpc-subnet-ids",
                       "s").code == "InvalidAction"


def test_unknown_parameter(server):
    body = "Action=DescribeDBClusters&Version=2014-10-31&Colour=green"
    status, code, message, _ = signed(server, body, service="rds")
    assert status == 400 and code and "Colour" in message


@pytest.mark.parametrize("parameters, code", [
    ({"DBClusterIdentifier": "1abc"}, "InvalidParameterValue"),
    ({"DBClusterIdentifier": "a--b"}, "InvalidParameterValue"),
    ({"DBClusterIdentifier": "ab-"}, "InvalidParameterValue"),
    ({"DBClusterIdentifier": "x" * 64}, "InvalidParameterValue"),
    ({"Engine": "oracle-ee"}, "InvalidParameterValue"),
    ({"EngineVersion": "1.2"}, "InvalidParameterCombination"),
    ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
    ({"MasterUserPassword": 'with"quote'}, "InvalidParameterValue"),
    ({"MasterUserPassword": "with/slash"}, "InvalidParameterValue"),
    ({"MasterUsername": "rdsadmin"}, "InvalidParameterValue"),
    ({"MasterUsername": "1abc"}, "InvalidParameterValue"),
    ({"DBSubnetGroupName": "no-such-group"}, "DBSubnetGroupNotFoundFault"),
    ({"SnapshotIdentifier": "x"}, None)])
def test_create_db_cluster_refuses(server, parameters, code):
    whole = {"DBClusterIdentifier": "refused", "Engine": "aurora-postgresql", "MasterUsername": "postgres",
             "MasterUserPassword": "correct-horse-battery"} | parameters
    rds = client(server, "rds", parameter_validation=False)
    if code is None:
        body = urllib.parse.urlencode({"Action": "CreateDBCluster", "Version": "2014-10-31"} | whole)
        assert signed(server, body, service="rds")[0] == 400
    else:
        assert refused(rds.create_db_cluster, **whole)[0] == code
    assert rds.describe_db_clusters()["DBClusters"] == []


def test_words_of_rds(server):
    rds = client(server, "rds")
    assert refused(rds.describe_db_clusters, DBClusterIdentifier="none") == (
        "DBClusterNotFoundFault", "DBCluster none not found.", 404)
    assert refused(rds.describe_db_instances, DBInstanceIdentifier="none") == (
        "DBInstanceNotFound", "DBInstance none not found.", 404)
    assert refused(rds.delete_db_cluster, DBClusterIdentifier="none", SkipFinalSnapshot=True)[0] == \
        "DBClusterNotFoundFault"
    assert refused(rds.delete_db_instance, DBInstanceIdentifier="none", SkipFinalSnapshot=True)[0] == \
        "DBInstanceNotFound"
    assert refused(rds.modify_db_instance, DBInstanceIdentifier="none")[0] == "DBInstanceNotFound"
    assert refused(rds.describe_db_subnet_groups, DBSubnetGroupName="none")[0] == "DBSubnetGroupNotFoundFault"
    assert refused(rds.create_db_instance, DBInstanceIdentifier="member", DBClusterIdentifier="none",
                   Engine="aurora-postgresql", DBInstanceClass="db.r5.large")[0] == "DBClusterNotFoundFault"
    code, message, status = refused(
        rds.create_db_instance, DBInstanceIdentifier="a--b", Engine="postgres", DBInstanceClass="db.t3.micro",
        MasterUsername="postgres", MasterUserPassword="correct-horse-battery", AllocatedStorage=20)
    assert (code, status) == ("InvalidParameterValue", 400)
    assert message.startswith("The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin "
                              "with a letter")


@pytest.mark.parametrize("change, code, message", [
    ({"AllocatedStorage": 10}, "InvalidParameterCombination",
     "Invalid storage size for engine name postgres and storage type gp2: 10"),
    ({"StorageType": "io1", "AllocatedStorage": 100}, "InvalidParameterCombination",
     "The storage type io1 requires iops to be specified."),
    ({"MaxAllocatedStorage": 19}, "InvalidParameterCombination", "Max storage size must be greater than storage size"),
    ({"PreferredBackupWindow": "03:00-04:00", "PreferredMaintenanceWindow": "mon:03:30-mon:04:30"},
     "InvalidParameterValue", "The backup window and maintenance window must not overlap."),
    ({"PreferredBackupWindow": "03:00-03:10"}, "InvalidParameterValue", "Backup window must be at least 30 minutes."),
    ({"MonitoringInterval": 60}, "InvalidParameterCombination",
     "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."),
    ({"BackupRetentionPeriod": 36}, "InvalidParameterValue",
     "Invalid backup retention period: 36. Retention period must be between 0 and 35."),
    ({"DBName": "a-b"}, "InvalidParameterValue",
     "DBName must begin with a letter and contain only alphanumeric characters."),
])
def test_what_rds_would_refuse_is_refused(server, change, code, message):
    asked = {"DBInstanceIdentifier": "refused", "Engine": "postgres", "DBInstanceClass": "db.t3.micro",
             "AllocatedStorage": 20, "MasterUsername": "postgres", "MasterUserPassword": "correct-horse-battery"}
    rds = client(server, "rds")
    assert refused(rds.create_db_instance, **(asked | change)) == (code, message, 400)
    assert refused(rds.describe_db_instances, DBInstanceIdentifier="refused")[0] == "DBInstanceNotFound"
