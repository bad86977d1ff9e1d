"""Services and operations that are not offered here say so in words that their own clients read."""

import subprocess

import botocore.exceptions
import pytest

from support import aws as aws_client
from support.server import clean_environment, run

QUESTIONS = [
    ("ec2", "describe_instances", {}, "InvalidAction"),
    ("autoscaling", "describe_auto_scaling_groups", {}, "InvalidAction"),
    ("s3", "list_buckets", {}, "NotImplemented"),
    ("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"x"}, "NotImplemented"),
    ("lambda", "list_functions", {}, "UnknownOperationException"),
    ("dynamodb", "list_tables", {}, "UnknownOperationException"),
    ("ssm", "describe_parameters", {}, "UnknownOperationException"),
    ("secretsmanager", "create_secret", {"Name": "n"}, "UnknownOperationException"),
    ("kms", "list_keys", {}, "UnknownOperationException"),
    ("cloudformation", "list_stack_sets", {}, "InvalidAction"),
    ("sqs", "list_queues", {}, None),
    ("sns", "list_topics", {}, "InvalidAction"),
    ("route53", "list_hosted_zones", {}, "InvalidAction"),
    ("logs", "describe_log_groups", {}, "UnknownOperationException"),
    ("rds-data", "begin_transaction", {"resourceArn": "arn:aws:rds:us-west-2:123456789012:cluster:c",
                                       "secretArn": "arn:aws:secretsmanager:us-west-2:123456789012:secret:s"},
     "UnknownOperationException"),
    ("rds", "describe_blue_green_deployments", {}, "InvalidAction"),
    ("iam", "get_account_properties", {}, "InvalidAction"),
    ("cloudtrail", "list_trails", {}, "UnknownOperationException"),
    ("cloudwatch", "list_dashboards", {}, None),
    ("accessanalyzer", "list_analyzers", {}, "UnknownOperationException"),
]


@pytest.mark.parametrize("service, operation, question, code", QUESTIONS, ids=lambda value: str(value)[:30])
def test_boto3_reads_that_it_is_not_offered(server, service, operation, question, code):
    client = aws_client.client(server, service)
    if not hasattr(client, operation):
        pytest.skip(f"this botocore knows no {operation}")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        getattr(client, operation)(**question)
    error = caught.value.response["Error"]
    assert "not offered here" in error["Message"], error
    assert code is None or error["Code"] == code
    assert error["Code"] != "Unknown" and "SignatureDoesNotMatch" not in error["Code"]
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0


@pytest.mark.parametrize("words", [
    "ec2 describe-instances", "autoscaling describe-auto-scaling-groups", "s3api list-buckets", "s3 ls",
    "lambda list-functions", "dynamodb list-tables", "ssm describe-parameters", "secretsmanager create-secret --name n",
    "kms list-keys", "cloudformation list-stack-sets", "sqs list-queues", "sns list-topics", "route53 list-hosted-zones",
    "logs describe-log-groups", "rds describe-blue-green-deployments",
])
def test_the_aws_cli_shows_it(aws, words):
    refused = aws.refused(*words.split())
    assert refused.code and "UnknownError" not in refused.code
    assert "not offered here" in refused.message


def test_what_is_like_it_is_named(aws):
    refused = aws.refused("rds", "reboot-db-cluster", "--db-cluster-identifier", "c")
    assert "What is like it: " in refused.message and "ModifyDBCluster" in refused.message
    assert "secretsmanager" in aws.refused("kms", "list-keys").message


def shell(server, script, *services):
    environment = clean_environment(server.user_home)
    prologue = server.command("env", "--services", ",".join(services)).stdout
    return run(["bash", "-c", f"{prologue}\n{script}"], environment, check=False)


def test_a_shell_keeps_aws_for_the_rest(server, tmp_path):
    (tmp_path / "aws").write_text('#!/bin/sh\necho "$*|${AWS_ACCESS_KEY_ID-}|${AWS_PROFILE-}"\n')
    (tmp_path / "aws").chmod(0o755)
    key = server.env()["AWS_ACCESS_KEY_ID"]
    done = shell(server, f"PATH={tmp_path}:$PATH; AWS_PROFILE=work; export AWS_PROFILE; aws rds describe-db-clusters;"
                         "aws --region us-west-2 sts get-caller-identity; aws s3 ls; env | grep ^AWS_ENDPOINT | sort",
                 "rds", "sts")
    assert done.stdout.splitlines() == [
        f"--endpoint-url {server.url} rds describe-db-clusters|{key}|work",
        f"--endpoint-url {server.url} --region us-west-2 sts get-caller-identity|{key}|work",
        "s3 ls||work", f"AWS_ENDPOINT_URL_RDS={server.url}", f"AWS_ENDPOINT_URL_STS={server.url}"]


def test_sdks_ask_here_for_these_services_alone(server):
    program = ("import boto3; print(boto3.client('rds').meta.endpoint_url, boto3.client('sqs').meta.endpoint_url);"
               "print(boto3.client('rds').describe_db_clusters()['ResponseMetadata']['HTTPStatusCode'])")
    done = shell(server, f'python3 -c "{program}"', "rds", "iam", "sts")
    assert done.returncode == 0, done.stderr
    ours, _, rest = done.stdout.partition(" ")
    assert ours == server.url and rest.startswith("https://sqs.") and rest.endswith("200\n")


def test_only_offered_services_can_be_named(server):
    done = server.command("env", "--services", "rds,sqs", check=False)
    assert done.returncode == 2 and "sqs" in done.stderr and "cloudwatch" in done.stderr


def test_the_exports_are_good_shell(server):
    done = subprocess.run(["bash", "-n"], input=server.command("env", "--services", "rds").stdout, text=True,
                          check=False)
    assert done.returncode == 0
