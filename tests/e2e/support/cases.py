"""Principals and tokens of all kinds on one cluster, and what countersign explain must say of them."""

import json
import re

from support import aws


def trust(account):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
         "Action": ["sts:AssumeRole", "sts:TagSession"]}]})


def named(number):
    """A name that no other case has."""
    return f"case-{number}"


class World:
    """What cases are made of: one cluster, everybody, and ways to make principals."""

    def __init__(self, server, stock, everybody):
        self.server, self.stock, self.everybody = server, stock, everybody
        self.iam = stock.iam
        self._made = 0
        stock.sql('CREATE USER "wchemz+demo@amazon.com"; GRANT rds_iam TO "wchemz+demo@amazon.com";'
                  "CREATE ROLE g; GRANT rds_iam TO g; CREATE USER carol; GRANT g TO carol")
        stock.rds.add_tags_to_resource(ResourceName=stock.describe()["DBClusterArn"],
                                       Tags=[{"Key": "env", "Value": "prod"}])

    def token(self, principal=None, user="jane", **facts):
        return self.stock.token(principal or self.everybody, user, **facts)

    def principal(self, *documents, **boundary):
        self._made += 1
        name = named(self._made)
        made = self.stock.principal(name, *documents)
        if boundary:
            self.iam.put_user_permissions_boundary(UserName=name, **boundary)
        return made

    def by(self, *documents):
        """A token of a user with these policies."""
        return self.token(self.principal(*documents))

    def managed(self, *statements):
        self._made += 1
        return self.iam.create_policy(PolicyName=named(self._made),
                                      PolicyDocument=json.dumps(aws.document(*statements)))["Policy"]["Arn"]

    def session(self, *documents, caller=None, **more):
        """A session of a role with these policies."""
        self._made += 1
        name = named(self._made)
        caller = caller or self.principal(aws.document(aws.allow(["sts:AssumeRole", "sts:TagSession"], "*")))
        account = aws.client(self.server, "sts", caller).get_caller_identity()["Account"]
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(account))["Role"]
        for number, document in enumerate(documents):
            self.iam.put_role_policy(RoleName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(document))
        made = aws.client(self.server, "sts", caller).assume_role(
            RoleArn=role["Arn"], RoleSessionName="work", **more)["Credentials"]
        return aws.Principal(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], name)

    def visitor(self, *documents):
        """A user of another account."""
        self._made += 1
        key = json.loads(self.server.command("account", "create", named(self._made), "--json").stdout)["AccessKey"]
        root = aws.client(self.server, "iam", aws.Principal(key["AccessKeyId"], key["SecretAccessKey"]))
        root.create_user(UserName="visitor")
        for number, document in enumerate(documents):
            root.put_user_policy(UserName="visitor", PolicyName=f"p{number}", PolicyDocument=json.dumps(document))
        made = root.create_access_key(UserName="visitor")["AccessKey"]
        return aws.Principal(made["AccessKeyId"], made["SecretAccessKey"], name="visitor")

    def with_key(self, change):
        """A token whose access key has been changed since."""
        made = self.principal(self.stock.may_connect("jane"))
        token = self.token(made)
        change(UserName=made.name, AccessKeyId=made.key_id)
        return token

    def detached(self):
        made = self.principal()
        policy = self.managed(aws.allow("rds-db:connect", "*"))
        self.iam.attach_user_policy(UserName=made.name, PolicyArn=policy)
        self.stock.session(made, "jane").close()
        self.iam.detach_user_policy(UserName=made.name, PolicyArn=policy)
        return self.token(made)


def when(condition, resource="*"):
    return aws.document(aws.allow("rds-db:connect", resource) | {"Sid": "When", "Condition": condition})


def asked(server, *words, **more):
    """What --json prints; the exit code must say the same."""
    done = server.command("explain", *words, "--json", check=False, **more)
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    assert done.returncode == (0 if document["allowed"] else 1), done.stderr
    return document


def failed(document):
    return [check for check in document["checks"] if check["outcome"] == "failed"]


# What PostgreSQL refuses by itself: nobody has made the checks before.
BY_POSTGRESQL = ("transport_rejected", "iam_off_password", "token_empty", "password_too_long", "not_member_password")


def holds(document, check, detail, mend):
    """The explanation names this check first, what was expected and found there, and the mend. Of a login of the past
    none is known behind it; of any other question each that would refuse too has a mend of its own."""
    assert not document["allowed"]
    found, *others = failed(document)
    assert found["check"] == check and all(one["mend"] for one in others)
    assert re.search(detail, found["detail"]), found["detail"]
    assert re.search(mend, document["mend"]), document["mend"]
    outcomes = [one["outcome"] for one in document["checks"]]
    at = outcomes.index("failed")
    by_postgresql = (document.get("login") or {}).get("reason_code") in BY_POSTGRESQL
    assert set(outcomes[:at]) <= ({"notReached"} if by_postgresql else {"passed", "assumed"})
    if document.get("login"):
        assert set(outcomes[at + 1:]) <= {"notReached"}
