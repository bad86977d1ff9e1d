"""Several accounts on one server, what binds each, and roles across them."""

import json

import pytest

from support.api import refused
from support.aws import Principal, allow, client, deny, document, new_account
from support.server import PROGRAM, clean_environment, run
from support.stock import Stock


def guardrail(server, *words, text=None):
    return server.command("guardrail", *words, input=text)


def trust(*principals):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole"}]})


def assume(server, caller, role_arn, name="work", **more):
    made = client(server, "sts", caller).assume_role(RoleArn=role_arn, RoleSessionName=name, **more)["Credentials"]
    return Principal(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


def test_accounts_are_made_and_listed(server):
    account, root = new_account(server, "one", "--id", "111122223333")
    assert account == "111122223333"
    listed = json.loads(server.command("account", "list", "--json").stdout)["Accounts"]
    assert {"111122223333", server.account} == {entry["Id"] for entry in listed}
    assert "one" in server.command("account", "list").stdout
    me = client(server, "sts", root).get_caller_identity()
    assert me["Account"] == account and me["Arn"] == f"arn:aws:iam::{account}:root"
    again = server.command("account", "create", "one", check=False)
    assert again.returncode == 1 and "already exists" in again.stderr
    exports = server.command("account", "create", "exported").stdout
    assert "export AWS_SECRET_ACCESS_KEY=" in exports


def test_an_account_sees_only_its_own(server):
    _, root = new_account(server, "apart")
    iam = client(server, "iam", root)
    iam.create_user(UserName="somebody")
    client(server, "iam").create_user(UserName="somebody")
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["somebody"]
    assert client(server, "rds", root).describe_db_instances()["DBInstances"] == []
    assert refused(iam.delete_access_key, UserName="somebody",
                   AccessKeyId=server.env()["AWS_ACCESS_KEY_ID"])[0] == "NoSuchEntity"


def test_only_the_first_account_manages_accounts(server):
    account, root = new_account(server, "unprivileged")
    done = run([PROGRAM, "account", "list"], from_afar(server, root), check=False)
    assert done.returncode == 1
    assert "managed from the account that the server began with" in done.stderr
    iam = client(server, "iam", root)
    iam.create_user(UserName="x")
    assert account != server.account


def from_afar(server, principal):
    """The environment of somebody who reaches the server by its address alone."""
    return clean_environment(server.user_home) | {
        "AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": principal.key_id,
        "AWS_SECRET_ACCESS_KEY": principal.secret}


def test_guardrails_bind_everybody_in_the_account(server):
    account, root = new_account(server, "bound")
    iam = client(server, "iam", root)
    iam.create_user(UserName="before")
    guardrail(server, "put", "no-users", json.dumps(document(deny("iam:CreateUser", "*"))), "--account", account)
    code, message, _ = refused(iam.create_user, UserName="after")
    assert code == "AccessDenied"
    assert message.endswith("with an explicit deny in a service control policy")
    client(server, "iam").create_user(UserName="elsewhere")

    shown = guardrail(server, "show", "no-users", "--account", account).stdout
    assert json.loads(shown)["Statement"][0]["Effect"] == "Deny"
    listed = json.loads(guardrail(server, "list", "--account", account, "--json").stdout)["Guardrails"]
    assert {entry["GuardrailName"] for entry in listed} == {"FullAWSAccess", "no-users"}

    guardrail(server, "delete", "no-users", "--account", account)
    iam.create_user(UserName="after")


def test_a_list_of_what_is_allowed(server):
    account, root = new_account(server, "listed")
    guardrail(server, "put", "only-iam", "-", "--account", account, text=json.dumps(document(allow("iam:*", "*"))))
    guardrail(server, "delete", "FullAWSAccess", "--account", account)
    client(server, "iam", root).list_users()
    assert refused(client(server, "rds", root).describe_db_instances)[0] == "AccessDenied"
    last = server.command("guardrail", "delete", "only-iam", "--account", account, check=False)
    assert last.returncode == 1 and "at least one guardrail" in last.stderr


def test_a_guardrail_that_denies_all_can_be_taken_back(server):
    guardrail(server, "put", "nothing", json.dumps(document(deny("*", "*"))))
    assert refused(client(server, "iam").list_users)[0] == "AccessDenied"
    guardrail(server, "delete", "nothing")
    client(server, "iam").list_users()


@pytest.mark.parametrize("text", ["{}", "nonsense", json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]})])
def test_a_guardrail_is_a_policy(server, text):
    done = server.command("guardrail", "put", "bad", text, check=False)
    assert done.returncode == 1 and done.stderr.startswith("countersign: ")


def test_roles_across_accounts_and_logins_of_the_databases_account(server, stock: Stock):
    account, root = new_account(server, "visitors")
    other = client(server, "iam", root)
    other.create_user(UserName="visitor")
    key = other.create_access_key(UserName="visitor")["AccessKey"]
    visitor = Principal(key["AccessKeyId"], key["SecretAccessKey"])
    arn = f"arn:aws:iam::{server.account}:role/guests"
    iam = client(server, "iam")
    iam.create_role(RoleName="guests", AssumeRolePolicyDocument=trust(f"arn:aws:iam::{account}:root"))
    iam.put_role_policy(RoleName="guests", PolicyName="p", PolicyDocument=json.dumps(stock.may_connect("jane")))

    assert refused(client(server, "sts", visitor).assume_role, RoleArn=arn, RoleSessionName="work")[0] == "AccessDenied"
    other.put_user_policy(UserName="visitor", PolicyName="p",
                          PolicyDocument=json.dumps(document(allow("sts:AssumeRole", arn))))
    guest = assume(server, visitor, arn, "visit")
    with stock.session(guest, "jane") as session:
        assert session.execute("SELECT current_user").fetchone() == ("jane",)
    assert server.attempts()[-1]["principal_arn"] == f"arn:aws:sts::{server.account}:assumed-role/guests/visit"

    # With its own credentials a principal of another account gets in nowhere, whatever its policies say.
    other.put_user_policy(UserName="visitor", PolicyName="db",
                          PolicyDocument=json.dumps(document(allow("rds-db:connect", "*"))))
    stock.login.refused("jane", stock.token(visitor, "jane"))
    assert server.attempts()[-1]["check"] == "policy"


def test_a_guardrail_reaches_logins(server, stock):
    everybody = stock.principal("guarded", stock.may_connect("jane"))
    stock.session(everybody, "jane").close()
    guardrail(server, "put", "closed", json.dumps(document(deny("rds-db:connect", "*"))))
    try:
        stock.login.refused("jane", stock.token(everybody, "jane"))
        assert "service control policy" in server.attempts()[-1]["reason"]
    finally:
        guardrail(server, "delete", "closed")
    stock.session(everybody, "jane").close()


def test_accounts_and_guardrails_survive_a_restart(new_server):
    server = new_server().start()
    account, root = new_account(server, "kept")
    guardrail(server, "put", "kept", json.dumps(document(deny("iam:CreateUser", "*"))), "--account", account)
    server.kill9()
    server.start()
    assert refused(client(server, "iam", root).create_user, UserName="u")[0] == "AccessDenied"
    assert client(server, "sts", root).get_caller_identity()["Account"] == account
