"""countersign policy check, and IAM Access Analyzer's ValidatePolicy with the AWS CLI and boto3."""

import json

import pytest

from support import aws as aws_client


def policy(resource, action="rds-db:connect"):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": resource}]}, indent=2)


@pytest.fixture(name="arn", scope="module")
def _arn(server, stock):
    def make(database, user):
        return f"arn:aws:rds-db:{server.region}:{server.account}:dbuser:{database}/{user}"
    make.right = make(stock.resource_id, "jane")
    return make


def codes(answer):
    return [finding["issueCode"] for finding in answer["findings"]]


def validate(analyzer, text, kind="IDENTITY_POLICY", **more):
    return analyzer.validate_policy(policyDocument=text, policyType=kind, **more)


def test_findings_of_the_databases_here(server, stock, arn):
    analyzer = aws_client.client(server, "accessanalyzer")
    assert codes(validate(analyzer, policy(arn.right))) == []
    named = validate(analyzer, policy(arn("c1", "jane")))["findings"][0]
    assert named["issueCode"] == "DATABASE_NAME_IN_ARN" and named["findingType"] == "ERROR"
    assert stock.resource_id in named["findingDetails"]
    assert named["locations"][0]["path"] == [{"value": "Statement"}, {"index": 0}, {"value": "Resource"}]
    start = named["locations"][0]["span"]["start"]
    assert (start["line"], start["column"]) == (7, 18)
    text = policy(arn("c1", "jane"))
    span = named["locations"][0]["span"]
    assert text[start["offset"]:span["end"]["offset"]] == f'"{arn("c1", "jane")}"'
    assert codes(validate(analyzer, policy(arn(stock.resource_id, "nobody_at_all")))) == ["NO_SUCH_DATABASE_USER"]
    assert codes(validate(analyzer, policy(arn("cluster-" + "A" * 26, "jane")))) == ["NO_SUCH_DATABASE"]


def test_who_may_not_list_databases_learns_of_none(server, stock, arn):
    somebody = aws_client.new_principal(server, "validator", [aws_client.document(
        aws_client.allow("access-analyzer:ValidatePolicy", "*"))])
    analyzer = aws_client.client(server, "accessanalyzer", somebody)
    for resource in (arn(stock.resource_id, "nobody_at_all"), arn("cluster-" + "A" * 26, "jane")):
        assert codes(validate(analyzer, policy(resource))) == []
    nobody = aws_client.client(server, "accessanalyzer", aws_client.new_principal(server, "no-validator"))
    with pytest.raises(nobody.exceptions.AccessDeniedException):
        validate(nobody, policy("*"))


def test_a_deny_of_one_database_covers_its_users(server, stock, arn):
    own = f"arn:aws:countersign:{server.region}:{server.account}:database/{stock.name}"
    somebody = aws_client.new_principal(server, "half-validator", [aws_client.document(
        aws_client.allow(["access-analyzer:ValidatePolicy", "rds:Describe*", "countersign:ExplainLogin"], "*"),
        aws_client.deny("countersign:ExplainLogin", own))])
    analyzer = aws_client.client(server, "accessanalyzer", somebody)
    assert codes(validate(analyzer, policy(arn(stock.resource_id, "nobody_at_all")))) == []
    assert codes(validate(analyzer, policy(arn(stock.name, "jane")))) == ["DATABASE_NAME_IN_ARN"]


def test_trust_policies_and_pages(server):
    analyzer = aws_client.client(server, "accessanalyzer")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                                "Principal": {"Foo": "x"}}] * 3})
    kind = {"validatePolicyResourceType": "AWS::IAM::AssumeRolePolicyDocument"}
    assert codes(validate(analyzer, trust, "RESOURCE_POLICY", **kind)) == ["INVALID_PRINCIPAL_KEY"] * 3
    first = validate(analyzer, trust, "RESOURCE_POLICY", maxResults=2, **kind)
    assert len(first["findings"]) == 2
    last = validate(analyzer, trust, "RESOURCE_POLICY", maxResults=2, nextToken=first["nextToken"], **kind)
    assert len(last["findings"]) == 1 and "nextToken" not in last
    for wrong in ({"maxResults": 0}, {"nextToken": "x"}):
        with pytest.raises(analyzer.exceptions.ValidationException):
            validate(analyzer, trust, "RESOURCE_POLICY", **wrong)


def test_the_aws_cli(aws, arn):
    answer = aws("accessanalyzer", "validate-policy", "--policy-type", "IDENTITY_POLICY", "--policy-document",
                 policy(arn.right, "rds-db:conect"))
    assert answer["findings"][0]["findingDetails"] == (
        "The action rds-db:conect does not exist. Did you mean rds-db:connect?")


def test_the_command(server, stock, arn, tmp_path):
    file = tmp_path / "policy.json"
    file.write_text(policy(arn.right))
    assert "nothing is wrong" in server.command("policy", "check", file).stdout
    file.write_text(policy(arn("c1", "jane"), "iam:GetUsr"))
    done = server.command("policy", "check", file, check=False)
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert first == (f"{file}:6:17: ERROR INVALID_ACTION: The action iam:GetUsr does not exist. "
                     "Did you mean iam:GetUser?")
    assert second.startswith(f"{file}:7:19: ERROR DATABASE_NAME_IN_ARN: c1 is the name of a database.")
    findings = json.loads(server.command("policy", "check", file, "--json", check=False).stdout)["findings"]
    assert [finding["issueCode"] for finding in findings] == ["INVALID_ACTION", "DATABASE_NAME_IN_ARN"]
    file.write_text(policy(arn(stock.resource_id, "nobody_at_all")))
    done = server.command("policy", "check", file)
    assert "WARNING NO_SUCH_DATABASE_USER" in done.stdout


def test_without_a_server_the_grammar_is_looked_at(new_server, tmp_path):
    file = tmp_path / "policy.json"
    file.write_text('{"Version": "2012-10-17",\n "Statement": [{"Effect": "Allow"},]}')
    done = new_server().command("policy", "check", file, check=False)
    assert done.returncode == 1
    assert f"{file}:2:36: ERROR JSON_SYNTAX_ERROR: Fix the JSON syntax error at index 61 line 2 column 35." in done.stdout
