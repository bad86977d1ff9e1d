"""Users that are made at their first login, in databases that ask for it: for whom, as what, and for whom never."""

import concurrent.futures
import contextlib
import json

import pytest

from support import tokens
from support.login import PAM_REFUSED
from support.poll import until
from support.stock import MASTER, MASTER_PASSWORD, Stock

TAG = "countersign:users-on-demand"


@pytest.fixture(scope="module", name="made")
def _made(server):
    """A cluster whose users may become readers, or members of a group that leads too far."""
    found = Stock(server, "ondemand")
    found.sql("CREATE ROLE readers NOLOGIN; CREATE ROLE bosses NOLOGIN; GRANT rds_superuser TO bosses;"
              "CREATE ROLE service LOGIN")
    found.rds.add_tags_to_resource(ResourceName=found.describe()["DBClusterArn"],
                                   Tags=[{"Key": TAG, "Value": "readers bosses missing"}])
    until(lambda: "pam" in (server.data / "databases" / found.resource_id / "data/pg_hba.conf").read_text().splitlines()[-1],
          "the tag is in force")
    return found


def principal(made, name, groups, *users):
    """An IAM user with that tag, who may connect as these."""
    who = made.principal(name, *[made.may_connect(user) for user in users])
    if groups:
        made.iam.tag_user(UserName=name, Tags=[{"Key": "countersign:groups", "Value": groups}])
    return who


def groups_of(made, user):
    rows = made.sql("SELECT r.rolname FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON "
                    f"m.oid = a.member WHERE m.rolname = '{user}' ORDER BY 1")
    return [row[0] for row in rows]


def is_there(made, user):
    return bool(made.sql(f"SELECT FROM pg_roles WHERE rolname = '{user}'"))


def refused(made, who, user, token=None):
    mark = len(made.server.logins())
    assert made.login.refused(user, token or made.token(who, user)) == PAM_REFUSED.format(user)
    return made.recorded_since(mark, user)[0]


def test_the_first_login_makes_the_user(made):
    nora = principal(made, "nora", "readers strangers", "nora")
    with contextlib.closing(made.session(nora, "nora")) as session:
        assert session.execute("SELECT session_user, current_setting('is_superuser')").fetchone() == ("nora", "off")
    assert groups_of(made, "nora") == ["rds_iam", "readers"]
    assert made.sql("SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles "
                    "WHERE rolname = 'nora'") == [(True, False, False, False, False, False)]
    for _ in range(2):
        with contextlib.closing(made.session(nora, "nora")):
            pass
    reasons = [entry["reason"] for entry in made.server.attempts() if entry["user"] == "nora"]
    assert reasons == ["allowed; the database user was made", "allowed", "allowed"]


def test_many_first_logins_at_once(made):
    """Some of them begin before the user is there, and are judged when it is."""
    for name in ("quick", "quicker", "quickest"):
        token = made.token(principal(made, name, "readers", name), name)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            said = pool.map(lambda _, user=name, sent=token: made.login.psql(user, sent, "SELECT session_user").stdout.strip(),
                            range(6))
            assert list(said) == [name] * 6


def test_a_refused_token_makes_nobody(made):
    who = principal(made, "eve", "readers", "nora")
    assert refused(made, who, "eve")["check"] == "policy"
    wrong = tokens.with_signature_altered(made.token(who, "nora2"))
    assert refused(made, who, "nora2", wrong)["check"] == "signature"
    assert refused(made, who, "nora3", "no-token")["check"] == "token.form"
    assert not any(is_there(made, user) for user in ("eve", "nora2", "nora3"))


@pytest.mark.parametrize("group,why", [("bosses", "leads to more than a user may be"), ("missing", "there is no group missing")])
def test_a_group_that_leads_too_far_makes_nobody(made, group, why):
    user = f"of-{group}"
    entry = refused(made, principal(made, user, group, user), user)
    assert (entry["check"], entry["reason_code"]) == ("role", "user_unmade") and why in entry["reason"]
    assert not is_there(made, user)


@pytest.mark.parametrize("user", ["pg_monitor2", "rdsadmin2", "rds_iam2", "none"])
def test_names_of_others_are_not_given(made, user):
    who = principal(made, f"as-{user}", "", user)
    assert refused(made, who, user)["reason_code"] == "user_unmade"
    assert not is_there(made, user)


def test_a_role_that_was_there_is_left_as_it_is(made):
    who = principal(made, "as-service", "readers", "service")
    assert refused(made, who, "service")["reason_code"] == "not_member"
    assert groups_of(made, "service") == []


def test_who_was_put_out_of_service_stays_out(made):
    who = principal(made, "former", "", "former")
    with contextlib.closing(made.session(who, "former")):
        pass
    made.sql("REVOKE rds_iam FROM former")
    assert refused(made, who, "former")["reason_code"] == "not_member"
    made.sql("ALTER ROLE former RENAME TO another; CREATE ROLE former LOGIN")
    assert refused(made, who, "former")["reason_code"] == "not_member"


def test_the_master_administers_those_that_it_did_not_make(made):
    """It may alter them, take their groups back and drop them, and nobody becomes it or anything else by that."""
    who = principal(made, "temp", "readers", "temp")
    with contextlib.closing(made.session(who, "temp")):
        pass
    assert groups_of(made, "temp") == ["rds_iam", "readers"]
    made.sql("ALTER ROLE temp CONNECTION LIMIT 3; REVOKE readers FROM temp")
    assert groups_of(made, "temp") == ["rds_iam"]
    assert made.login.psql(MASTER, MASTER_PASSWORD, "SELECT 1").stdout.strip() == "1"
    made.sql("DROP ROLE temp")
    assert not is_there(made, "temp")
    with contextlib.closing(made.session(who, "temp")) as session:
        assert session.execute("SELECT session_user").fetchone() == ("temp",)


def in_service(made, user):
    return made.sql(f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{user}'") == [(True,)] and "rds_iam" in groups_of(made, user)


def test_whom_nobody_may_be_any_more_is_taken_out_of_service(made):
    """And put back by the next login that a policy allows, with the groups that it had."""
    who = principal(made, "zoe", "readers", "zoe", "by-role")
    for user in ("zoe", "by-role"):
        with contextlib.closing(made.session(who, user)):
            pass
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": made.server.account},
                                                     "Action": "sts:AssumeRole"}]}
    made.iam.create_role(RoleName="may-be", AssumeRolePolicyDocument=json.dumps(trust))
    made.iam.put_role_policy(RoleName="may-be", PolicyName="p", PolicyDocument=json.dumps(made.may_connect("by-role")))
    policies = made.iam.list_user_policies(UserName="zoe")["PolicyNames"]
    for policy in policies:
        made.iam.delete_user_policy(UserName="zoe", PolicyName=policy)
    until(lambda: not in_service(made, "zoe"), "zoe is out of service")
    assert groups_of(made, "zoe") == ["readers"]
    assert in_service(made, "by-role") and in_service(made, "nora")
    assert made.login.psql("zoe", made.token(who, "zoe"), "SELECT 1", check=False).returncode != 0
    made.iam.put_user_policy(UserName="zoe", PolicyName="again", PolicyDocument=json.dumps(made.may_connect("zoe")))
    with contextlib.closing(made.session(who, "zoe")):
        pass
    assert in_service(made, "zoe") and groups_of(made, "zoe") == ["rds_iam", "readers"]
    assert made.server.attempts()[-1]["reason"] == "allowed; the database user was put back into service"


def test_passwords_go_on(made):
    assert made.login.psql(MASTER, MASTER_PASSWORD, "SELECT 1").stdout.strip() == "1"
    assert made.login.psql("bob", "bobs-own-password", "SELECT 1").stdout.strip() == "1"
    made.sql("CREATE USER late PASSWORD 'of-the-late-one'")
    until(lambda: made.login.psql("late", "of-the-late-one", "SELECT 1", check=False).returncode == 0,
          "a new user's password is taken")
    assert made.login.psql("bob", "wrong", "SELECT 1", check=False).returncode != 0


def test_explain_knows_that_it_would_be_made(made):
    arn = made.iam.create_user(UserName="asked")["User"]["Arn"]
    made.iam.put_user_policy(UserName="asked", PolicyName="p", PolicyDocument=json.dumps(made.may_connect("asked")))
    answer = json.loads(made.server.command("explain", "--principal", arn, "--database", made.name, "--user", "asked",
                                            "--json").stdout)
    assert answer["allowed"]
    role = next(check for check in answer["checks"] if check["check"] == "role")
    assert role["outcome"] == "assumed" and "at its first login" in role["detail"]
    assert not is_there(made, "asked")


def test_without_the_tag_nobody_is_made(made, server):
    made.rds.remove_tags_from_resource(ResourceName=made.describe()["DBClusterArn"], TagKeys=[TAG])
    until(lambda: "all   scram" in (server.data / "databases" / made.resource_id / "data/pg_hba.conf").read_text()
          .replace("all         all", "all"), "the tag is out of force")
    who = principal(made, "tardy", "", "tardy")
    assert made.login.psql("tardy", made.token(who, "tardy"), "SELECT 1", check=False).returncode != 0
    assert not is_there(made, "tardy")
