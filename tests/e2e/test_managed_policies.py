"""AWS's managed policies: AWS's documents, versions and ids; and a file that replaces those inside the program."""

import json
import subprocess
import sys

import pytest

from support.aws import Aws, allow, client, document, new_principal
from support.server import REPOSITORY, StartFailed

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
POWER_USER = "arn:aws:iam::aws:policy/PowerUserAccess"


@pytest.fixture(scope="module")
def iam(server):
    return client(server, "iam")


def test_all_are_listed(iam):
    pages = iam.get_paginator("list_policies").paginate(Scope="AWS", PaginationConfig={"PageSize": 1000})
    arns = [policy["Arn"] for page in pages for policy in page["Policies"]]
    assert len(arns) == len(set(arns)) > 1000
    assert {ADMINISTRATOR, READ_ONLY, "arn:aws:iam::aws:policy/job-function/DatabaseAdministrator"} <= set(arns)


def test_documents_and_versions_are_aws_own(iam):
    shown = iam.get_policy(PolicyArn=ADMINISTRATOR)["Policy"]
    assert shown["PolicyId"] == "ANPAIWMBCKSKIEE64ZLYK"
    assert shown["CreateDate"].isoformat() == "2015-02-06T18:39:46+00:00"
    shown = iam.get_policy(PolicyArn=READ_ONLY)["Policy"]
    versions = iam.list_policy_versions(PolicyArn=READ_ONLY)["Versions"]
    assert len(versions) == 5 and versions[0]["VersionId"] == shown["DefaultVersionId"]
    texts = set()
    for version in versions:
        got = iam.get_policy_version(PolicyArn=READ_ONLY, VersionId=version["VersionId"])["PolicyVersion"]
        texts.add(json.dumps(got["Document"]))
        assert "s3:Get*" in json.dumps(got["Document"]) and got["IsDefaultVersion"] == version["IsDefaultVersion"]
    assert len(texts) == 5


def test_they_decide(server, iam):
    principal = new_principal(server, "reader")
    own = Aws(server, principal)
    assert own.refused("iam", "list-users").code == "AccessDenied"
    iam.attach_user_policy(UserName="reader", PolicyArn=READ_ONLY)
    assert [user["UserName"] for user in own("iam", "list-users")["Users"]] == ["reader"]
    assert own.refused("iam", "create-user", "--user-name", "x").code == "AccessDenied"
    # What AWS's document does not know is Countersign's own: it is read by who reads everything.
    result = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{server.account}:user/reader",
        ActionNames=["countersign:ListAccounts", "countersign:CreateAccount", "ec2:DescribeInstances"])
    assert [one["EvalDecision"] for one in result["EvaluationResults"]] == ["allowed", "implicitDeny", "allowed"]
    iam.detach_user_policy(UserName="reader", PolicyArn=READ_ONLY)
    iam.delete_access_key(UserName="reader", AccessKeyId=principal.key_id)
    iam.delete_user(UserName="reader")


def test_a_power_user_does_not_rule_the_server(server, iam):
    iam.create_user(UserName="power")
    iam.attach_user_policy(UserName="power", PolicyArn=POWER_USER)
    result = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{server.account}:user/power",
        ActionNames=["rds:CreateDBInstance", "countersign:CreateAccount", "countersign:PutGuardrail", "iam:CreateUser"])
    assert [one["EvalDecision"] for one in result["EvaluationResults"]] == ["allowed"] + 3 * ["implicitDeny"]


def made_file(folder, documents):
    """A file of policies, made as its documentation says: `documents` by name."""
    history = {name: {"arn": f"arn:aws:iam::aws:policy/{name}", "latestVersionId": "v1", "versionsCount": 1,
                      "createdDate": "2026-01-02T03:04:05.000Z",
                      "versions": {"v1": {"createdDate": "2026-01-02T03:04:05.000Z", "document": text}}}
               for name, text in documents.items()}
    source, file = folder / "history.json", folder / "policies.xz"
    source.write_text(json.dumps(history))
    subprocess.run([sys.executable, REPOSITORY / "scripts/managed_policies.py", "--history", source, "--output", file],
                   check=True, capture_output=True, timeout=60)
    return file


def test_a_file_replaces_them(new_server, tmp_path):
    own = document(allow("rds:Describe*", "*"))
    file = made_file(tmp_path, {"New": own, "Other": document(allow("iam:ListUsers", "*"))})
    started = new_server("--managed-policies", file).start()
    iam = client(started, "iam")
    assert [policy["PolicyName"] for policy in iam.list_policies(Scope="AWS")["Policies"]] == ["New", "Other"]
    arn = "arn:aws:iam::aws:policy/New"
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == own
    principal = new_principal(started, "u")
    iam.attach_user_policy(UserName="u", PolicyArn=arn)
    assert Aws(started, principal)("rds", "describe-db-instances")["DBInstances"] == []


def test_a_file_that_is_none_is_refused(new_server, tmp_path):
    broken = tmp_path / "broken.xz"
    broken.write_bytes(b"no file of policies")
    with pytest.raises(StartFailed):
        new_server("--managed-policies", broken).start()
