"""Every way in which a login must be refused: the client's text and SQLSTATE, and the reason in the log of logins."""

import contextlib
import datetime
import json
import re
import subprocess

import psycopg
import pytest

from support import aws, tokens
from support.login import PAM_REFUSED, PASSWORD_REFUSED, Login
from support.stock import Stock

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture(scope="module")
def other(server):
    """A second cluster beside the stock one."""
    return Stock(server, "c2")


@pytest.fixture(scope="module")
def instance(server, stock):
    """An instance of its own, with a role jane: its resource is db-…"""
    stock.rds.create_db_instance(
        DBInstanceIdentifier="alone", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="postgres", MasterUserPassword="correct-horse-battery", EnableIAMDatabaseAuthentication=True)
    waiter = stock.rds.get_waiter("db_instance_available")
    waiter.wait(DBInstanceIdentifier="alone", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    found = stock.rds.describe_db_instances(DBInstanceIdentifier="alone")["DBInstances"][0]
    login = Login(server, found["Endpoint"]["Address"], found["Endpoint"]["Port"], stock.login.bundle)
    with login.psycopg("postgres", "correct-horse-battery") as session:
        session.execute("CREATE USER jane; GRANT rds_iam TO jane")
    return login, found["DbiResourceId"]


@pytest.fixture
def named(request):
    """A name for a principal that no other test has."""
    return re.sub(r"[^\w-]", "-", request.node.name)[:60]


def ago(**how_long):
    return tokens.now() - datetime.timedelta(**how_long)


def in_(**how_long):
    return tokens.now() + datetime.timedelta(**how_long)


def refused(stock, user, password, message, sqlstate, login=None):
    """psycopg and the bare protocol are both refused; returns the records of both."""
    login = login or stock.login
    mark = len(stock.server.logins())
    assert login.refused(user, password) == message.format(user)
    told = login.bare(user, password.encode())
    assert told is not None, "the login was allowed"
    assert (told.message, told.sqlstate) == (message.format(user), sqlstate)
    entries = stock.recorded_since(mark, user, count=2)
    assert len(entries) == 2
    assert {entry["decision"] for entry in entries} == {"refused"}
    assert len(password) < 40 or not any(password in str(entry) for entry in entries)
    return entries


def refused_by_pam(stock, token, check, reason, user="jane", login=None):
    """As RDS refuses whatever is wrong with a token; `check` and `reason` are what the operator reads."""
    for entry in refused(stock, user, token, PAM_REFUSED, "28000", login):
        assert (entry["check"], bool(re.search(reason, entry["reason"]))) == (check, True), entry
        assert entry["source_address"] and entry["backend_pid"] and entry["login_id"] and entry["time"]


def test_the_same_token_unspoilt_is_allowed(stock, everybody):
    mark = len(stock.server.logins())
    with stock.session(everybody, "jane") as session:
        pid = session.execute("SELECT pg_backend_pid()").fetchone()[0]
    entry = stock.recorded_since(mark, "jane")[0]
    assert entry["decision"] == "allowed" and entry["check"] == ""
    assert entry["database"] == "c1" and entry["resource_id"] == stock.resource_id
    assert entry["database_name"] == "postgres" and entry["backend_pid"] == pid
    assert entry["access_key_id"] == everybody.key_id
    assert entry["principal_arn"] == f"arn:aws:iam::{stock.server.account}:user/everybody"


# The token itself: what it was made with, and what must be said about it.
SPOILT = {
    "expired": (lambda: {"at": ago(seconds=901)}, "token.time", r"expired at"),
    "long expired": (lambda: {"at": ago(days=2)}, "token.time", r"expired at"),
    "short lived and expired": (lambda: {"at": ago(seconds=61), "expires": 60}, "token.time", r"expired at"),
    "not yet valid": (lambda: {"at": in_(minutes=10)}, "token.time", r"in the future"),
    "lives too long": (lambda: {"expires": 901}, "token.form", r"900"),
    "lives an hour": (lambda: {"expires": 3600}, "token.form", r"900"),
    "another user's": (lambda: {"user": "bob"}, "token.user", r"'bob'.*'jane'"),
    "the user in another case": (lambda: {"user": "Jane"}, "token.user", r"'Jane'.*'jane'"),
    "another host": (lambda: {"host": "db.example.com"}, "token.endpoint", r"db\.example\.com"),
    "an address for the name": (lambda: {"host": "127.0.0.1"}, "token.endpoint", r"127\.0\.0\.1"),
    "another port": (lambda: {"port": 5432}, "token.endpoint", r":5432"),
    "another region": (lambda: {"region": "eu-west-1"}, "token.region", r"eu-west-1.*us-west-2"),
    "another service": (lambda: {"service": "rds"}, "token.form", r"."),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_spoilt_token(stock, everybody, kind):
    facts, check, reason = SPOILT[kind]
    spoilt = {"user": "jane"} | facts()
    user = spoilt.pop("user")
    refused_by_pam(stock, stock.token(everybody, user, **spoilt), check, reason)


def test_signature_altered(stock, everybody):
    token = tokens.with_signature_altered(stock.token(everybody, "jane"))
    refused_by_pam(stock, token, "signature", "does not match")


def test_signed_with_another_secret(stock, everybody):
    forged = aws.Principal(everybody.key_id, SECRET)
    refused_by_pam(stock, stock.token(forged, "jane"), "signature", "does not match")


def test_long_term_key_with_a_session_token(stock, everybody):
    odd = aws.Principal(everybody.key_id, everybody.secret, "made-up-session-token")
    refused_by_pam(stock, stock.token(odd, "jane"), "key", "session token")


def test_parameter_altered_after_signing(stock, everybody):
    token = stock.token(everybody, "jane", expires=600).replace("X-Amz-Expires=600", "X-Amz-Expires=900")
    refused_by_pam(stock, token, "signature", "does not match")


def test_truncated_token(stock, everybody):
    refused_by_pam(stock, stock.token(everybody, "jane")[:-1], "token.form", ".")


def test_another_clusters_token(stock, other, everybody):
    other.session(other.principal("of-the-other", other.may_connect("*")), "jane").close()
    refused_by_pam(stock, other.token(everybody, "jane"), "token.endpoint", str(other.port))


def test_tokens_name_the_endpoint_not_the_address_that_is_dialled(stock, everybody):
    """Through a tunnel, say: the token is for the endpoint, and so is good; only the name cannot be verified."""
    tunnel = Login(stock.server, "127.0.0.1", stock.port, stock.login.bundle)
    with tunnel.psycopg("jane", stock.token(everybody, "jane"), sslmode="verify-ca") as session:
        assert session.execute("SELECT current_user").fetchone() == ("jane",)


def test_unknown_key(stock):
    refused_by_pam(stock, stock.token(aws.Principal(ACCESS_KEY, SECRET), "jane"), "key", "not known")


@pytest.mark.parametrize("key_id, secret", [("test", "test"), ("AKIAAAAAAAAAAAAAAAAA", "test"),
                                            ("LSIAQAAAAAAVNCBMPNSG", "test"), ("admin", "admin")])
def test_there_is_no_built_in_key(stock, key_id, secret):
    refused_by_pam(stock, stock.token(aws.Principal(key_id, secret), "jane"), "key", "not known")


def test_inactive_key(stock, named):
    principal = stock.principal(named, stock.may_connect("jane"))
    stock.session(principal, "jane").close()
    stock.iam.update_access_key(UserName=named, AccessKeyId=principal.key_id, Status="Inactive")
    refused_by_pam(stock, stock.token(principal, "jane"), "key", "inactive")
    stock.iam.update_access_key(UserName=named, AccessKeyId=principal.key_id, Status="Active")
    stock.session(principal, "jane").close()


def test_deleted_key(stock, named):
    principal = stock.principal(named, stock.may_connect("jane"))
    token = stock.token(principal, "jane")
    stock.login.psycopg("jane", token).close()
    stock.iam.delete_access_key(UserName=named, AccessKeyId=principal.key_id)
    refused_by_pam(stock, token, "key", "deleted")


def test_deleted_user(stock, named):
    principal = stock.principal(named, stock.may_connect("jane"))
    token = stock.token(principal, "jane")
    stock.login.psycopg("jane", token).close()
    stock.iam.delete_access_key(UserName=named, AccessKeyId=principal.key_id)
    stock.iam.delete_user_policy(UserName=named, PolicyName="p0")
    stock.iam.delete_user(UserName=named)
    refused_by_pam(stock, token, "key", "deleted")


def test_no_policy(stock, named):
    principal = stock.principal(named)
    refused_by_pam(stock, stock.token(principal, "jane"), "policy",
                   re.escape(f"user/{named} may not perform rds-db:connect on {stock.user_arn('jane')} because no "
                             "identity-based policy allows the rds-db:connect action"))


def test_the_whole_of_rds_is_not_rds_db(stock, named):
    principal = stock.principal(named, aws.document(aws.allow("rds:*", "*")))
    refused_by_pam(stock, stock.token(principal, "jane"), "policy", "no identity-based policy allows")


@pytest.mark.parametrize("user", ["bob", "JANE", "jane2", "jan"])
def test_policy_for_another_user(stock, user):
    principal = stock.principal(f"only-{user}", stock.may_connect(user))
    refused_by_pam(stock, stock.token(principal, "jane"), "policy", "no identity-based policy allows")


def test_policy_for_another_cluster(stock, other, named):
    principal = stock.principal(named, stock.may_connect("jane", other.resource_id))
    other.session(principal, "jane").close()
    refused_by_pam(stock, stock.token(principal, "jane"), "policy", re.escape(stock.resource_id))


@pytest.mark.parametrize("account, region", [("999999999999", None), (None, "eu-west-1")])
def test_policy_for_another_account_or_region(stock, account, region):
    arn = stock.user_arn("jane")
    arn = arn.replace(stock.server.account, account) if account else arn.replace(stock.server.region, region)
    principal = stock.principal(f"elsewhere-{account or region}", aws.document(aws.allow("rds-db:connect", arn)))
    refused_by_pam(stock, stock.token(principal, "jane"), "policy", "no identity-based policy allows")


def test_policy_of_an_instance_names_the_instance(stock, instance, named):
    login, resource_id = instance
    right = stock.principal(named, stock.may_connect("jane", resource_id))
    login.psycopg("jane", stock.token(right, "jane", port=login.port)).close()
    wrong = stock.principal(named + "-wrong", stock.may_connect("jane"))
    refused_by_pam(stock, stock.token(wrong, "jane", port=login.port), "policy", re.escape(resource_id), login=login)


def test_policy_of_a_cluster_does_not_name_its_member(stock, named):
    member = stock.rds.describe_db_instances(DBInstanceIdentifier="c1-1")["DBInstances"][0]["DbiResourceId"]
    principal = stock.principal(named, stock.may_connect("jane", member))
    refused_by_pam(stock, stock.token(principal, "jane"), "policy", re.escape(stock.resource_id))


def test_explicit_deny(stock, named):
    denied = aws.document(aws.deny("rds-db:*", stock.user_arn("jane")))
    principal = stock.principal(named, aws.document(aws.allow("*", "*")), denied)
    refused_by_pam(stock, stock.token(principal, "jane"), "policy", "explicit deny in an identity-based policy")
    stock.iam.delete_user_policy(UserName=named, PolicyName="p1")
    stock.session(principal, "jane").close()


def test_policy_detached_a_moment_ago(stock, named):
    principal = stock.principal(named)
    policy = stock.iam.create_policy(PolicyName=named, PolicyDocument=json.dumps(stock.may_connect("jane")))["Policy"]
    for _ in range(3):
        stock.iam.attach_user_policy(UserName=named, PolicyArn=policy["Arn"])
        stock.session(principal, "jane").close()
        stock.iam.detach_user_policy(UserName=named, PolicyArn=policy["Arn"])
        refused_by_pam(stock, stock.token(principal, "jane"), "policy", "no identity-based policy allows")


def test_policy_changed_a_moment_ago(stock, named):
    principal = stock.principal(named)
    policy = stock.iam.create_policy(PolicyName=named, PolicyDocument=json.dumps(stock.may_connect("jane")))["Policy"]
    stock.iam.attach_user_policy(UserName=named, PolicyArn=policy["Arn"])
    stock.session(principal, "jane").close()
    stock.iam.create_policy_version(PolicyArn=policy["Arn"], SetAsDefault=True,
                                    PolicyDocument=json.dumps(stock.may_connect("somebody-else")))
    refused_by_pam(stock, stock.token(principal, "jane"), "policy", "no identity-based policy allows")
    stock.iam.set_default_policy_version(PolicyArn=policy["Arn"], VersionId="v1")
    stock.session(principal, "jane").close()


def test_user_without_rds_iam(stock, everybody):
    token = stock.token(everybody, "bob")
    for entry in refused(stock, "bob", token, PASSWORD_REFUSED, "28P01"):
        assert entry["check"] == "role" and "not a member of rds_iam" in entry["reason"]


def test_user_that_does_not_exist(stock, everybody):
    for entry in refused(stock, "nobody-at-all", stock.token(everybody, "nobody-at-all"), PASSWORD_REFUSED, "28P01"):
        assert entry["check"] == "role"


def test_rds_iam_revoked_a_moment_ago(stock, everybody):
    stock.sql("CREATE USER leaver; GRANT rds_iam TO leaver")
    stock.session(everybody, "leaver").close()
    stock.sql("REVOKE rds_iam FROM leaver")
    for entry in refused(stock, "leaver", stock.token(everybody, "leaver"), PASSWORD_REFUSED, "28P01"):
        assert entry["check"] == "role"


def test_iam_authentication_off(stock, other, named):
    principal = other.principal(named, other.may_connect("*"))
    other.session(principal, "jane").close()
    other.set_iam(False)
    try:
        for entry in refused(other, "jane", other.token(principal, "jane"), PASSWORD_REFUSED, "28P01"):
            assert entry["check"] == "resource" and "not enabled" in entry["reason"]
        other.login.psycopg("dora", "doras-own-password").close()
    finally:
        other.set_iam(True)
    other.session(principal, "jane").close()
    assert other.login.refused("dora", "doras-own-password") == PAM_REFUSED.format("dora")
    assert stock.describe()["IAMDatabaseAuthenticationEnabled"] is True


NO_TLS = (r'pg_hba\.conf rejects connection for host "(127\.0\.0\.1|::1)", user "jane", database "postgres", '
          r"no encryption")


def test_no_tls(stock, everybody):
    mark = len(stock.server.logins())
    token = stock.token(everybody, "jane")
    assert re.fullmatch(NO_TLS, stock.login.refused("jane", token, sslmode="disable"))
    told = stock.login.bare("jane", token.encode(), tls=False)
    assert re.fullmatch(NO_TLS, told.message) and told.sqlstate == "28000"
    for entry in stock.recorded_since(mark, "jane", count=2):
        assert (entry["decision"], entry["check"]) == ("refused", "transport")
        assert "not encrypted" in entry["reason"]


def test_prefer_says_both_things(stock, everybody):
    token = tokens.with_signature_altered(stock.token(everybody, "jane"))
    mark = len(stock.server.logins())
    told = stock.login.psql("jane", token, "SELECT 1", sslmode="prefer", check=False)
    assert told.returncode == 2
    assert 'FATAL:  PAM authentication failed for user "jane"' in told.stderr
    assert re.search(NO_TLS, told.stderr)
    checks = [entry["check"] for entry in stock.recorded_since(mark, "jane", count=2)]
    assert sorted(checks) == ["signature", "transport"]


NONSENSE = {
    "a password": "let-me-in",
    "a letter": "x",
    "a question mark": "?",
    "SQL": "'; DROP ROLE jane; --",
    "a URL": "https://example.com/?Action=connect&DBUser=jane",
    "many parameters": "localhost:5432/?" + "&".join(f"a{i}=b" for i in range(4000)),
    "JSON": '{"Action": "connect"}',
    "control characters": "\x01\x02\x1b[2J\n\r",
    "65,000 letters": "a" * 65_000,
    "65,000 percent signs": "%" * 65_000,
}


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense(stock, kind):
    refused_by_pam(stock, NONSENSE[kind], "token.form", ".")


@pytest.mark.parametrize("password", [b"\xff\xfe\xfd", b"localhost:1/?Action=connect&DBUser=\xc3\x28", b"\x80" * 5000])
def test_not_utf8(stock, password):
    mark = len(stock.server.logins())
    told = stock.login.bare("jane", password)
    assert (told.message, told.sqlstate) == (PAM_REFUSED.format("jane"), "28000")
    environment = stock.login.environment("")
    environment = {name.encode(): value.encode() for name, value in environment.items()}
    environment[b"PGPASSWORD"] = password
    psql = subprocess.run(["psql", "-X", stock.login.conninfo("jane")], env=environment, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=120, check=False)
    assert psql.returncode == 2 and b'FATAL:  PAM authentication failed for user "jane"' in psql.stderr
    for entry in stock.recorded_since(mark, "jane", count=2):
        assert (entry["decision"], entry["check"]) == ("refused", "token.form")


def test_empty_password(stock):
    mark = len(stock.server.logins())
    told = stock.login.bare("jane", b"")
    assert (told.message, told.sqlstate) == ("empty password returned by client", "28P01")
    entry = stock.recorded_since(mark, "jane")[0]
    assert (entry["decision"], entry["check"]) == ("refused", "token.form")
    assert "empty" in entry["reason"] and "not a member" not in entry["reason"]


@pytest.mark.parametrize("size", [65_536, 1_000_000])
def test_larger_than_postgresql_reads(stock, size):
    mark = len(stock.server.logins())
    with pytest.raises(psycopg.OperationalError) as caught:
        stock.login.psycopg("jane", "a" * size).close()
    assert "FATAL" not in str(caught.value)
    with contextlib.suppress(OSError):
        assert stock.login.bare("jane", b"a" * size) is not None
    entry = stock.recorded_since(mark, "jane")[0]
    assert (entry["decision"], entry["check"]) == ("refused", "token.form")
    assert "longer" in entry["reason"]


def test_a_member_does_not_log_in_by_its_password(stock):
    for entry in refused(stock, "dora", "doras-own-password", PAM_REFUSED, "28000"):
        assert entry["check"] == "token.form"


def test_a_password_user_logs_in_and_with_a_wrong_one_does_not(stock):
    stock.login.psycopg("bob", "bobs-own-password").close()
    assert stock.login.bare("bob", b"bobs-own-password") is None
    for entry in refused(stock, "bob", "bobs-other-password", PASSWORD_REFUSED, "28P01"):
        assert (entry["check"], entry["reason_code"]) == ("role", "not_member_password")
        explained = json.loads(stock.server.command("explain", entry["login_id"], "--json", check=False).stdout)
        assert explained["mend"] == "GRANT rds_iam TO bob"
        outcomes = {check["check"]: check["outcome"] for check in explained["checks"]}
        assert outcomes.pop("role") == "failed" and set(outcomes.values()) == {"notReached"}


def test_postgresqls_own_log_has_the_reason_and_no_secret(stock, everybody):
    token = tokens.with_signature_altered(stock.token(everybody, "jane"))
    refused_by_pam(stock, token, "signature", "does not match")
    logs = "".join(file.read_text(errors="replace")
                   for file in (stock.server.database_directory(stock.resource_id) / "log").iterdir())
    assert "signature: the signature does not match" in logs
    assert token[-64:] not in logs and everybody.key_id + "%2F" not in logs
    assert token[-64:] not in stock.server.said()
