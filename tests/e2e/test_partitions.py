"""Servers that stand in for AWS in China and for AWS GovCloud: another partition in every ARN."""

import json

import pytest

from support.aws import Aws, Principal, allow, client, document
from support.fixtures import end
from support.server import Server, StartFailed
from support.stock import MAJOR, Stock

REGIONS = {"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}


@pytest.fixture(scope="module", params=REGIONS)
def abroad(request):
    made = Server("--region", request.param)
    try:
        yield made.start()
    finally:
        end(made, request)


@pytest.fixture
def partition(abroad):
    return REGIONS[abroad.region]


def test_every_arn_is_of_the_partition(abroad, partition):
    iam, sts, rds = (client(abroad, name) for name in ("iam", "sts", "rds"))
    assert sts.get_caller_identity()["Arn"] == f"arn:{partition}:iam::{abroad.account}:root"
    made = [
        iam.create_user(UserName="u")["User"]["Arn"],
        iam.create_group(GroupName="g")["Group"]["Arn"],
        iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(document(allow("iam:*", "*"))))["Policy"]["Arn"],
        iam.create_instance_profile(InstanceProfileName="i")["InstanceProfile"]["Arn"],
        iam.create_virtual_mfa_device(VirtualMFADeviceName="m")["VirtualMFADevice"]["SerialNumber"],
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(document(
            {"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"AWS": f"arn:{partition}:iam::{abroad.account}:root"}})))["Role"]["Arn"],
    ]
    made += [policy["Arn"] for policy in iam.list_policies(MaxItems=1000)["Policies"]]
    assert {arn.split(":")[1] for arn in made} == {partition}
    group = rds.create_db_parameter_group(DBParameterGroupName="p", DBParameterGroupFamily=f"postgres{MAJOR}", Description="p")
    assert group["DBParameterGroup"]["DBParameterGroupArn"].startswith(f"arn:{partition}:rds:{abroad.region}:")


def test_a_policy_of_another_partition_is_refused(abroad, partition):
    aws = Aws(abroad)
    text = json.dumps(document(allow("s3:GetObject", "arn:aws:s3:::y/*")))
    refused = aws.refused("iam", "create-policy", "--policy-name", "other", "--policy-document", text)
    assert (refused.code, refused.message) == (
        "MalformedPolicyDocument", 'Partition "aws" is not valid for resource "arn:aws:s3:::y/*".')
    trust = json.dumps(document({"Effect": "Allow", "Action": "sts:AssumeRole",
                                 "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}))
    refused = aws.refused("iam", "create-role", "--role-name", "other", "--assume-role-policy-document", trust)
    assert refused.code == "MalformedPolicyDocument" and "Invalid principal in policy" in refused.message
    own = text.replace("arn:aws:", f"arn:{partition}:")
    aws("iam", "create-policy", "--policy-name", "own", "--policy-document", own)


def test_managed_policies_are_of_the_partition(abroad, partition):
    aws = Aws(abroad)
    arn = f"arn:{partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
    shown = aws("iam", "get-policy-version", "--policy-arn", arn, "--version-id", "v1")["PolicyVersion"]["Document"]
    assert f"arn:{partition}:logs:" in json.dumps(shown) and "arn:aws:" not in json.dumps(shown)
    aws("iam", "create-user", "--user-name", "managed")
    aws("iam", "attach-user-policy", "--user-name", "managed", "--policy-arn", arn)
    elsewhere = arn.replace(f"arn:{partition}:", "arn:aws:")
    assert aws.refused("iam", "attach-user-policy", "--user-name", "managed", "--policy-arn", elsewhere).code == \
        "NoSuchEntity"


def test_a_region_of_another_partition_is_refused(abroad):
    refused = Aws(abroad).refused("rds", "describe-db-instances", "--region", "eu-west-1")
    assert "Credential should be scoped to a valid Region" in refused.message


def test_a_login_by_token(abroad, partition):
    stock = Stock(abroad)
    aws = Aws(abroad)
    resource = f"arn:{partition}:rds-db:{abroad.region}:{abroad.account}:dbuser:{stock.resource_id}/jane"
    assert stock.describe()["DBClusterArn"] == f"arn:{partition}:rds:{abroad.region}:{abroad.account}:cluster:c1"
    aws("iam", "create-user", "--user-name", "jane")
    aws("iam", "put-user-policy", "--user-name", "jane", "--policy-name", "connect", "--policy-document",
        json.dumps(document(allow("rds-db:connect", resource))))
    key = aws("iam", "create-access-key", "--user-name", "jane")["AccessKey"]
    own = Aws(abroad, Principal(key["AccessKeyId"], key["SecretAccessKey"]))
    words = ["rds", "generate-db-auth-token", "--hostname", stock.host, "--port", str(stock.port)]
    token = own.text(*words, "--username", "jane", "--region", abroad.region).strip()
    assert stock.login.psql("jane", token, "SELECT current_user").stdout.strip() == "jane"
    other = own.text(*words, "--username", "bob", "--region", abroad.region).strip()
    assert stock.login.psql("bob", other, "SELECT 1", check=False).returncode != 0


def test_a_directory_stays_in_its_partition(new_server):
    made = new_server("--region", "cn-north-1")
    made.start()
    made.stop()
    made.options = ("--region", "us-east-1")
    with pytest.raises(StartFailed, match="partition"):
        made.start()
    made.options = ()
    assert made.start().region == "cn-north-1"
