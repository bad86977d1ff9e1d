"""Every case in which a login by token is refused, and those in which it is let in, with the explanation that an operator
gets: the right check, what was expected and found, and the right mend. Each is asked twice, by the id of the login in the
audit and by the token itself, and the client is told no more than RDS tells."""

import contextlib
import dataclasses
import datetime
import json
import re
import typing

import pytest

from support import aws, tokens
from support.cases import World, asked, failed, holds, when
from support.login import PAM_REFUSED, PASSWORD_REFUSED, Login
from support.poll import until
from support.stock import MASTER, MASTER_PASSWORD, Stock

CHECKS = ["transport", "resource", "token.form", "token.user", "token.endpoint", "token.region", "token.time", "throttle",
          "key", "signature", "role", "policy", "token.replay"]


def ago(**how_long):
    return tokens.now() - datetime.timedelta(**how_long)


@pytest.fixture(name="world", scope="module")
def _world(server, stock, everybody):
    return World(server, stock, everybody)


def signed_over_unsigned_payload(world):
    """As an SDK made tokens that had the payload wrong."""
    token = world.token()
    host, query = token.split("/?")
    signed = query[:query.index("&X-Amz-Signature=")]
    stamp = re.search(r"X-Amz-Date=(\w+)", query).group(1)
    moment = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    canonical = "\n".join(["GET", "/", "&".join(sorted(signed.split("&"))), f"host:{host}", "", "host", "UNSIGNED-PAYLOAD"])
    made = tokens.signature(world.everybody.secret, moment, world.server.region, "rds-db", canonical)
    return f"{host}/?{signed}&X-Amz-Signature={made}"


@dataclasses.dataclass(frozen=True)
class Case:
    """`token` makes it. What is refused names the check and patterns of the detail and of the mend; the text {…} in them is
    filled with facts of the server. Without a check it is let in."""

    token: typing.Callable
    check: str = ""
    detail: str = ""
    mend: str = ""
    user: str = "jane"


DENY_ALL = aws.document(aws.allow("*", "*"), aws.deny("rds-db:*", "*") | {"Sid": "NotHere"})
NETWORK = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
TEAM = {"StringEquals": {"aws:PrincipalTag/team": "x"}}
ADD = r'add \{{"Effect":"Allow","Action":"rds-db:connect","Resource":"{arn}"\}} to '

CASES = {
    "1 a token": Case(lambda w: w.token()),
    "2 the Go SDK's, without a slash": Case(lambda w: w.token().replace("/?", "?", 1)),
    "2 the Java SDK's, in another order": Case(
        lambda w: re.sub(r"\?(Action=connect)&(DBUser=jane)&", r"?\2&\1&", w.token())),
    "2 a flipped nibble": Case(
        lambda w: tokens.with_signature_altered(w.token()), "signature", "does not match", r"secret that belongs to {key}"),
    "3 a session's": Case(lambda w: w.token(w.session(w.stock.may_connect("jane")))),
    "3 a session's, cut by one byte": Case(
        lambda w: w.token(w.session(w.stock.may_connect("jane")))[:-1], "token.form", r"cut off after \d+ bytes", "8 KiB"),
    "3 cut to 255 bytes": Case(
        lambda w: w.token()[:255], "token.form", r"cut off after 255 bytes, which is what clients with a buffer of 256",
        r"99, 128, 255, 512, 995 and 2047"),
    "4 the host in another case": Case(lambda w: w.token(host="LocalHost")),
    "7 14:50 minutes old": Case(lambda w: w.token(at=ago(seconds=890))),
    "7 expired": Case(lambda w: w.token(at=ago(seconds=960)), "token.time", r"expired at 20.*; it is 20.* here",
                      r"make a new token .*15 minutes"),
    "7 of the future": Case(lambda w: w.token(at=ago(minutes=-10)), "token.time", "in the future", r"set the clock"),
    "8 too long a life": Case(lambda w: w.token(expires=901), "token.form", r"X-Amz-Expires .*between 1 and 900",
                              r"lifetime of 1 to 900 seconds"),
    "8 a short life": Case(lambda w: w.token(at=ago(seconds=20), expires=60)),
    "8 a short life that is over": Case(lambda w: w.token(at=ago(seconds=90), expires=60), "token.time", "expired at",
                                        "make a new token"),
    "10 an address": Case(
        lambda w: w.token(host="127.0.0.1"), "token.endpoint", r"signed for 127\.0\.0\.1:{port}, .*\({endpoint}.*\)",
        r"sign for {endpoint}.* `countersign alias add c1 127\.0\.0\.1:{port}`"),
    "10 another name": Case(
        lambda w: w.token(host="db.example.com"), "token.endpoint", r"signed for db\.example\.com:{port}",
        r"sign for {endpoint}"),
    "10 another port": Case(lambda w: w.token(port=5432), "token.endpoint", r"signed for localhost:5432",
                            r"sign for {endpoint}"),
    "11 the service rds": Case(lambda w: w.token(service="rds"), "token.form",
                               r"another service than rds-db; it was signed for the service rds", r"generate-db-auth-token"),
    "11 another region": Case(lambda w: w.token(region="eu-west-1"), "token.region", r"region eu-west-1, .* in us-west-2",
                              r"--region us-west-2"),
    "11 UNSIGNED-PAYLOAD": Case(signed_over_unsigned_payload, "signature", r"made over UNSIGNED-PAYLOAD",
                                r"hash of an empty body instead of UNSIGNED-PAYLOAD"),
    "12 another user's": Case(lambda w: w.token(user="dora"), "token.user", r"for database user 'dora', not for 'jane'",
                              r"--username jane"),
    "12 the user in another case": Case(lambda w: w.token(user="Jane"), "token.user", r"'Jane', not for 'jane'",
                                        r"case counts"),
    "13 a user with signs": Case(lambda w: w.token(user="wchemz+demo@amazon.com"), user="wchemz+demo@amazon.com"),
    "17 a member's password": Case(lambda w: "doras-own-password", "token.form", r"looks like a password",
                                   r"send a token, not a password", user="dora"),
    "17 a line break at the end": Case(lambda w: w.token() + "\n", "token.form", r"ends with a line break",
                                       r"strip the line break"),
    "17 a mask": Case(lambda w: "***", "token.form", r"masked \(\*\*\*\)", r"send the token itself"),
    "17 encoded twice": Case(lambda w: w.token().replace("%2F", "%252F"), "token.form", r"done twice \(%252F\)",
                             r"do not encode it again"),
    "17 decoded": Case(lambda w: w.token(user="wchemz+demo@amazon.com").replace("%2B", " "), "token.form",
                       r"percent-encoding was lost", r"send it as printed", user="wchemz+demo@amazon.com"),
    "18 no member": Case(lambda w: w.token(user="bob"), "role", r"'bob' is not a member of rds_iam", r"GRANT rds_iam TO bob",
                         user="bob"),
    "18 no user at all": Case(lambda w: w.token(user="nobody-at-all"), "role", r"nobody-at-all",
                              r'GRANT rds_iam TO "nobody-at-all"', user="nobody-at-all"),
    "19 a member by another role": Case(lambda w: w.token(user="carol"), user="carol"),
    "26 any cluster": Case(lambda w: w.by(w.stock.may_connect("jane", "*"))),
    "26 any user": Case(lambda w: w.by(w.stock.may_connect("*"))),
    "26 any of both": Case(lambda w: w.by(w.stock.may_connect("*", "*"))),
    "26 anything": Case(lambda w: w.by(aws.document(aws.allow("rds-db:connect", "*")))),
    "26 the user in another case": Case(
        lambda w: w.by(w.stock.may_connect("JANE")), "policy",
        r"statement 1 of user/case-\d+/p0, line 1, would allow it, but it speaks of .*/JANE, not of {arn}",
        ADD + r"a policy of arn:aws:iam::{account}:user/case-\d+"),
    "26 another account": Case(
        lambda w: w.by(aws.document(aws.allow("rds-db:connect", w.stock.user_arn("jane").replace(
            w.server.account, "999999999999")))), "policy", r"it speaks of .*:999999999999:.*, not of {arn}", ADD),
    "26 another region": Case(
        lambda w: w.by(aws.document(aws.allow("rds-db:connect", w.stock.user_arn("jane").replace(
            "us-west-2", "eu-west-1")))), "policy", r"it speaks of .*:eu-west-1:.*, not of {arn}", ADD),
    "26 no policy": Case(lambda w: w.by(), "policy", r"no identity-based policy allows rds-db:connect", ADD),
    "27 a denial": Case(lambda w: w.by(DENY_ALL), "policy",
                        r"statement 2 \(NotHere\) of user/case-\d+/p0, line 1, denies it",
                        r"change or remove statement 2 \(NotHere\) .*explicit deny wins"),
    "27 a boundary's denial": Case(
        lambda w: w.token(w.principal(w.stock.may_connect("*"), PermissionsBoundary=w.managed(
            aws.allow("*", "*"), aws.deny("rds-db:connect", "*")))), "policy",
        r"statement 2 of arn:aws:iam::{account}:policy/case-\d+, line 1, denies it", r"change or remove statement 2"),
    "27 a boundary without it": Case(
        lambda w: w.token(w.principal(w.stock.may_connect("*"), PermissionsBoundary=w.managed(aws.allow("s3:*", "*")))),
        "policy", r"no permissions boundary allows rds-db:connect",
        ADD + r"the permissions boundary arn:aws:iam::{account}:policy/case-\d+ of "),
    "27 a session's policy": Case(
        lambda w: w.token(w.session(w.stock.may_connect("*"), Policy=json.dumps(w.stock.may_connect("dora")))), "policy",
        r"no session policy allows rds-db:connect", r"session policy that the session is made with"),
    "28 an address, which no login has": Case(
        lambda w: w.by(when(NETWORK)), "policy",
        r"statement 1 \(When\) of .*, would allow it, but aws:SourceIp must be in 10\.0\.0\.0/8; it is absent: logins carry "
        r"no network keys unless the server runs with --connect-context full",
        r"--connect-context full, or take the condition on aws:SourceIp out of statement 1 \(When\)"),
    "28 a session's tag": Case(lambda w: w.token(w.session(when(TEAM), Tags=[{"Key": "team", "Value": "x"}]))),
    "28 another tag": Case(
        lambda w: w.token(w.session(when(TEAM), Tags=[{"Key": "team", "Value": "y"}])), "policy",
        r"aws:PrincipalTag/team must be x; it is y", r"meet the condition on aws:PrincipalTag/team, or change it in"),
    "28 no tag": Case(lambda w: w.token(w.session(when(TEAM))), "policy",
                      r"aws:PrincipalTag/team must be x; it is absent: neither the principal nor its session has this tag",
                      r"meet the condition"),
    "28 the database's tag": Case(lambda w: w.by(when({"StringEquals": {"aws:ResourceTag/env": "prod"}}))),
    "28 another tag of the database": Case(
        lambda w: w.by(when({"StringEquals": {"aws:ResourceTag/env": ["test", "dev"]}})), "policy",
        r"aws:ResourceTag/env must be test or dev; it is prod", r"meet the condition on aws:ResourceTag/env"),
    "28 later": Case(
        lambda w: w.by(when({"DateGreaterThan": {"aws:CurrentTime": "2999-01-01T00:00:00Z"}})), "policy",
        r"aws:CurrentTime must be after 2999-01-01T00:00:00Z; it is 20", r"meet the condition on aws:CurrentTime"),
    "29 a variable": Case(lambda w: w.token(w.session(
        w.stock.may_connect("${aws:PrincipalTag/DbUser}"), Tags=[{"Key": "DbUser", "Value": "jane"}]))),
    "29 a variable with another value": Case(
        lambda w: w.token(w.session(w.stock.may_connect("${aws:PrincipalTag/DbUser}"),
                                    Tags=[{"Key": "DbUser", "Value": "jane"}]), user="dora"),
        "policy", r"it speaks of .*/\$\{{aws:PrincipalTag/DbUser\}}, not of .*/dora", r'add \{{"Effect"', user="dora"),
    "29 a variable without a value": Case(
        lambda w: w.token(w.session(w.stock.may_connect("${aws:PrincipalTag/DbUser}"))), "policy",
        r"its resource needs aws:PrincipalTag/DbUser, which the request does not have",
        r"give the principal aws:PrincipalTag/DbUser"),
    "30 a role, from another account": Case(lambda w: w.token(w.session(
        w.stock.may_connect("jane"), caller=w.visitor(aws.document(aws.allow("sts:AssumeRole", "*")))))),
    "30 another account's own": Case(
        lambda w: w.token(w.visitor(aws.document(aws.allow("rds-db:connect", "*")))), "policy",
        r"no resource-based policy allows", r"log in as a role of (the )?account"),
    "31 an inactive key": Case(
        lambda w: w.with_key(lambda **key: w.iam.update_access_key(Status="Inactive", **key)), "key", r"is inactive",
        r"make {key} active again"),
    "31 a deleted key": Case(lambda w: w.with_key(w.iam.delete_access_key), "key", r"not known here", r"{key} is none"),
    "31 a key of nobody": Case(
        lambda w: w.token(aws.Principal("AKIAIOSFODNN7EXAMPLE", "x" * 40)), "key", r"not known here",
        r"AKIAIOSFODNN7EXAMPLE is none"),
    "31 a session token of nobody": Case(
        lambda w: w.token(dataclasses.replace(w.session(w.stock.may_connect("jane")), session_token="none")), "key",
        r"no pair that was issued here", r"whole session token of one and the same session"),
    "32 detached a moment ago": Case(lambda w: w.detached(), "policy", r"no identity-based policy allows", ADD),
}


def facts_of(world, token, user):
    stock = world.stock
    found = re.search(r"X-Amz-Credential=(\w+)", token)
    return {"arn": re.escape(stock.user_arn(user)), "account": stock.server.account, "port": stock.port,
            "endpoint": f"{stock.host}:{stock.port}", "key": found.group(1) if found else ""}


@pytest.mark.parametrize("name", CASES)
def test_a_case_and_its_explanation(world, name):
    case = CASES[name]
    stock, server = world.stock, world.server
    token = case.token(world)
    mark = len(server.logins())
    done = stock.login.psql(case.user, token, "SELECT current_user", check=False)
    entry = stock.recorded_since(mark, case.user)[-1]
    by_id = asked(server, entry["login_id"])
    by_token = asked(server, "--token", "-", "--database", "c1", "--user", case.user, input=token + "\n")
    if not case.check:
        assert done.stdout.strip() == case.user, done.stderr
        for document in (by_id, by_token):
            assert document["allowed"] and not failed(document) and document["mend"] == ""
            assert [one["check"] for one in document["checks"]] == CHECKS
        return
    refused = PASSWORD_REFUSED if case.check == "role" else PAM_REFUSED
    assert done.returncode == 2 and f"FATAL:  {refused.format(case.user)}\n" in done.stderr
    facts = facts_of(world, token, case.user)
    holds(by_id, case.check, case.detail.format(**facts), case.mend.format(**facts))
    holds(by_token, case.check, case.detail.format(**facts) if case.user != "nobody-at-all" else "there is no database user",
          case.mend.format(**facts))


def test_14_without_tls(world):
    stock = world.stock
    mark = len(stock.server.logins())
    token = world.token()
    stock.login.refused("jane", token, sslmode="disable")
    entry = stock.recorded_since(mark, "jane")[-1]
    holds(asked(stock.server, entry["login_id"]), "transport", "not encrypted", "sslmode=verify-full")
    holds(asked(stock.server, "--token", "-", "--database", "c1", "--no-tls", input=token), "transport", "not encrypted",
          "sslmode=verify-full")


def test_15_prefer_is_explained_twice(world):
    stock = world.stock
    mark = len(stock.server.logins())
    stock.login.psql("jane", tokens.with_signature_altered(world.token()), "SELECT 1", sslmode="prefer", check=False)
    entries = stock.recorded_since(mark, "jane", count=2)
    checks = [failed(asked(stock.server, entry["login_id"]))[0]["check"] for entry in entries]
    assert sorted(checks) == ["signature", "transport"]


def test_10_through_a_tunnel(world):
    stock = world.stock
    tunnel = Login(stock.server, "127.0.0.1", stock.port, stock.login.bundle)
    mark = len(stock.server.logins())
    tunnel.psycopg("jane", world.token(), sslmode="require").close()
    assert asked(stock.server, stock.recorded_since(mark, "jane")[-1]["login_id"])["allowed"]


def test_20_the_master_user(world):
    stock = world.stock
    token = world.token(user=MASTER)
    assert stock.login.psql(MASTER, token, "SELECT 1", check=False).returncode == 2
    stock.sql(f"GRANT rds_iam TO {MASTER}")
    until(lambda: not stock.takes_the_masters_password(), "the membership is in force")
    try:
        mark = len(stock.server.logins())
        stock.login.refused(MASTER, MASTER_PASSWORD)
        entry = stock.recorded_since(mark, MASTER)[-1]
        holds(asked(stock.server, entry["login_id"]), "token.form", "looks like a password", "send a token")
        assert asked(stock.server, "--token", "-", "--database", "c1", input=token)["allowed"]
    finally:
        with contextlib.closing(stock.login.psycopg(MASTER, token)) as session:
            session.execute(f"REVOKE rds_iam FROM {MASTER}")
        until(stock.takes_the_masters_password, "the password is taken again")


def test_21_iam_off(server, everybody):
    other = Stock(server, "c2", iam=False)
    token = other.token(everybody, "jane")
    mark = len(server.logins())
    assert other.login.refused("jane", token) == PASSWORD_REFUSED.format("jane")
    entry = other.recorded_since(mark, "jane")[-1]
    mend = (r"aws rds modify-db-cluster --db-cluster-identifier c2 --enable-iam-database-authentication "
            r"--apply-immediately")
    holds(asked(server, entry["login_id"]), "resource", "not enabled for c2", mend)
    holds(asked(server, "--token", "-", "--database", "c2", input=token), "resource", "not enabled", mend)


def test_25_an_instance_is_not_a_cluster(world):
    stock = world.stock
    stock.rds.create_db_instance(
        DBInstanceIdentifier="alone", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername=MASTER, MasterUserPassword=MASTER_PASSWORD, EnableIAMDatabaseAuthentication=True)
    stock.rds.get_waiter("db_instance_available").wait(
        DBInstanceIdentifier="alone", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    found = stock.rds.describe_db_instances(DBInstanceIdentifier="alone")["DBInstances"][0]
    login = Login(stock.server, found["Endpoint"]["Address"], found["Endpoint"]["Port"], stock.login.bundle)
    with login.psycopg(MASTER, MASTER_PASSWORD) as session:
        session.execute("CREATE USER jane; GRANT rds_iam TO jane")
    token = world.token(world.principal(stock.may_connect("jane")), port=login.port)
    mark = len(stock.server.logins())
    assert login.refused("jane", token) == PAM_REFUSED.format("jane")
    detail = rf"it speaks of .*:{stock.resource_id}/jane, not of .*:{found['DbiResourceId']}/jane"
    mend = rf"{found['DbiResourceId']}/jane"
    holds(asked(stock.server, stock.recorded_since(mark, "jane")[-1]["login_id"]), "policy", detail, mend)
    holds(asked(stock.server, "--token", "-", "--database", "alone", input=token), "policy", detail, mend)


def test_27_a_guardrail(world):
    """In an account of its own, so that nobody else is bound by it."""
    server, stock = world.server, world.stock
    user = world.principal(stock.may_connect("jane"))
    server.command("guardrail", "put", "closed", json.dumps(DENY_ALL))
    try:
        mark = len(server.logins())
        token = world.token(user)
        stock.login.refused("jane", token)
        entry = stock.recorded_since(mark, "jane")[-1]
        for document in (asked(server, entry["login_id"]), asked(server, "--token", "-", "--database", "c1", input=token)):
            holds(document, "policy", r"statement 2 \(NotHere\) of closed, line 1, denies it|closed.*denies it",
                  "guardrail of the principal's account")
    finally:
        server.command("guardrail", "delete", "closed")
