"""countersign explain, and the other views of one decision: they say what the login does."""

import json

from support.aws import allow, client, document, new_principal


def explain(server, principal_arn, user, *words):
    return server.command("explain", "--principal", principal_arn, "--database", "c1", "--user", user, *words, check=False)


def arn_of(server, name):
    return f"arn:aws:iam::{server.account}:user/{name}"


def test_allowed_and_by_what(server, stock):
    stock.principal("explained", stock.may_connect("jane"))
    done = explain(server, arn_of(server, "explained"), "jane")
    assert done.returncode == 0, done.stderr
    assert stock.user_arn("jane") in done.stdout
    assert "✓ policy" in done.stdout and "user/explained/p0" in done.stdout


def test_refused_and_the_condition_that_failed(server, stock):
    statement = allow("rds-db:connect", "*") | {"Sid": "OnlyTests", "Condition": {"StringEquals": {"aws:ResourceTag/env": "test"}}}
    user = new_principal(server, "untagged", [document(statement)])
    done = explain(server, arn_of(server, "untagged"), "jane")
    assert done.returncode == 1 and "this login would be refused" in done.stderr
    assert "✗ policy" in done.stdout
    assert "statement 1 (OnlyTests) of user/untagged/p0" in done.stdout and "aws:ResourceTag/env" in done.stdout
    stock.login.refused("jane", stock.token(user, "jane"))


def test_the_master_user_logs_in_by_password_until_it_is_granted_rds_iam(server, stock):
    new_principal(server, "anybody", [document(allow("rds-db:connect", "*"))])
    done = explain(server, arn_of(server, "anybody"), "postgres")
    assert done.returncode == 1 and "✗ role            the database user 'postgres' is not a member of rds_iam" in done.stdout


def test_the_time_can_be_another(server, stock):
    statement = allow("rds-db:connect", "*") | {"Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}}
    new_principal(server, "timed", [document(statement)])
    assert explain(server, arn_of(server, "timed"), "jane").returncode == 0
    assert explain(server, arn_of(server, "timed"), "jane", "--at", "2031-01-01T00:00:00Z").returncode == 1


def test_json_has_the_whole_trail(server, stock):
    stock.principal("machine", stock.may_connect("jane"))
    answer = json.loads(explain(server, arn_of(server, "machine"), "dora", "--json").stdout)
    assert answer["allowed"] is False and answer["resource"] == stock.user_arn("dora")
    assert answer["trail"]["decision"] == "implicitDeny"
    (kind,) = answer["trail"]["kinds"]
    assert kind["policies"][0]["statements"][0]["outcome"] == "resourceDiffers"


def test_the_simulator_agrees_with_the_login(server, stock):
    user = stock.principal("simulated", stock.may_connect("jane"))
    results = client(server, "iam").simulate_principal_policy(
        PolicySourceArn=arn_of(server, "simulated"), ActionNames=["rds-db:connect"],
        ResourceArns=[stock.user_arn("jane"), stock.user_arn("dora")])["EvaluationResults"]
    assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]
    assert results[0]["MatchedStatements"][0]["SourcePolicyId"]
    stock.session(user, "jane").close()
    stock.login.refused("dora", stock.token(user, "dora"))


def test_a_refused_call_can_be_decoded_by_those_who_may(server):
    weak = new_principal(server, "opaque")
    iam = client(server, "iam", weak)
    try:
        iam.list_users()
    except iam.exceptions.ClientError as error:
        headers = error.response["ResponseMetadata"]["HTTPHeaders"]
    encoded = headers["x-countersign-encoded-authorization-message"]
    decoded = json.loads(client(server, "sts").decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert decoded["allowed"] is False and decoded["explicitDeny"] is False
    assert decoded["context"]["action"] == "iam:ListUsers"


def test_what_is_not_there(server, stock):
    assert "no database" in server.command("explain", "--principal", arn_of(server, "explained"), "--database", "none",
                                           "--user", "jane", check=False).stderr
    assert "no user, role or root user" in explain(server, arn_of(server, "nobody"), "jane").stderr


def test_one_look_shows_everything_that_has_to_be_mended(server, stock):
    stock.principal("hopeless", document(allow("s3:GetObject", "*")))
    done = explain(server, arn_of(server, "hopeless"), "bob", "--no-tls")
    assert done.returncode == 1
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("✗")] == ["transport", "role", "policy"]
    hints = [line for line in done.stdout.splitlines() if line.startswith("hint: ")]
    assert len(hints) == 3 and "GRANT rds_iam TO bob" in hints[1]
