"""Identities of AWS get roles here: `countersign credentials --from-aws`. A second Countersign is their AWS."""

import http.server
import json
import pathlib
import threading

import pytest

from support import aws as aws_client
from support.api import send
from support.aws import allow, client, document
from support.identity_providers import trust
from support.server import PROGRAM, Server, clean_environment, run
from support.stock import Stock

ACTION = "sts:AssumeRoleWithWebIdentity"


class Ours:
    """A server that lets identities of that AWS in, and a database."""

    def __init__(self, server, theirs):
        self.server, self.theirs = server, theirs
        server.options = ["--aws-sts", theirs.url]
        server.start()
        self.name = server.url.removeprefix("http://")
        self.stock = Stock(server)
        self.iam = client(server, "iam")
        self.provider = self.iam.create_open_id_connect_provider(
            Url="https://sts.amazonaws.com", ClientIDList=[self.name])["OpenIDConnectProviderArn"]

    def role(self, name, **condition):
        """The ARN of a role for whom AWS says this of, who may be jane in the database."""
        facts = {f"sts.amazonaws.com:{key}": value for key, value in condition.items()}
        arn = self.iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=json.dumps(trust(self.provider, {"StringEquals": facts}, ACTION)))
        self.iam.put_role_policy(RoleName=name, PolicyName="p",
                                 PolicyDocument=json.dumps(self.stock.may_connect("jane")))
        return arn["Role"]["Arn"]

    def environment(self, principal):
        """Of a machine in AWS: its own credentials, and no key of ours."""
        environment = clean_environment(self.server.user_home)
        environment |= {"AWS_ACCESS_KEY_ID": principal.key_id, "AWS_SECRET_ACCESS_KEY": principal.secret,
                        "AWS_REGION": self.theirs.region}
        if principal.session_token:
            environment["AWS_SESSION_TOKEN"] = principal.session_token
        return environment

    def words(self, role, *more):
        return [PROGRAM, "credentials", "--from-aws", "--role", role, "--endpoint-url", self.server.url,
                "--aws-sts", self.theirs.url, *more]

    def credentials(self, principal, role, *more, check=True):
        return run(self.words(role, *more), self.environment(principal), check=check)


@pytest.fixture(name="ours", scope="module")
def running_ours(server):
    made = Server()
    try:
        yield Ours(made, server)
    finally:
        made.close()


def worker(ours):
    """A session of the role `worker` in AWS, as an instance has it."""
    iam = client(ours.theirs, "iam")
    person = aws_client.new_principal(ours.theirs, "starter", [document(allow("sts:AssumeRole", "*"))])
    trusting = document({"Effect": "Allow", "Principal": {"AWS": ours.theirs.account}, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName="worker", Path="/service/", AssumeRolePolicyDocument=json.dumps(trusting))["Role"]
    given = client(ours.theirs, "sts", person).assume_role(RoleArn=role["Arn"], RoleSessionName="i-0123")["Credentials"]
    return aws_client.Principal(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def test_a_machine_of_aws_logs_in(ours):
    machine = worker(ours)
    subject = f"arn:aws:iam::{ours.theirs.account}:role/worker"
    role = ours.role("app", sub=subject, aud=ours.name)
    made = json.loads(ours.credentials(machine, role, "--session-name", "i-0123").stdout)
    assert made["Version"] == 1 and made["Expiration"].endswith("Z")
    session = aws_client.Principal(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    who = client(ours.server, "sts", session).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ours.server.account}:assumed-role/app/i-0123"
    with ours.stock.session(session, "jane") as login:
        assert login.execute("SELECT session_user").fetchone() == ("jane",)


def test_every_aws_tool_follows_a_profile(ours):
    """The AWS CLI calls the program by itself."""
    person = aws_client.new_principal(ours.theirs, "ada", [])
    role = ours.role("people", sub=f"arn:aws:iam::{ours.theirs.account}:user/ada", aud=ours.name)
    environment = ours.environment(person)
    config = pathlib.Path(ours.server.home) / "config"
    command = " ".join(str(word) for word in ours.words(role, "--profile", "aws"))
    config.write_text(f"[profile aws]\naws_access_key_id = {person.key_id}\naws_secret_access_key = {person.secret}\n"
                      f"region = {ours.theirs.region}\n[profile db]\ncredential_process = {command}\n"
                      f"region = {ours.server.region}\nendpoint_url = {ours.server.url}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        del environment[name]
    environment |= {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "db", "AWS_ENDPOINT_URL": ours.server.url}
    done = run(["aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"], environment)
    assert done.stdout.strip() == f"arn:aws:sts::{ours.server.account}:assumed-role/people/countersign"


def test_nobody_else_gets_the_role(ours):
    role = ours.role("narrow", sub=f"arn:aws:iam::{ours.theirs.account}:user/nobody", aud=ours.name)
    stranger = aws_client.new_principal(ours.theirs, "eve", [])
    refused = ours.credentials(stranger, role, check=False)
    assert refused.returncode != 0 and "Not authorized to perform sts:AssumeRoleWithWebIdentity" in refused.stderr
    forged = aws_client.Principal(stranger.key_id, "not the secret")
    refused = ours.credentials(forged, role, check=False)
    assert "AWS's STS does not accept the signed request: SignatureDoesNotMatch" in refused.stderr
    refused = ours.credentials(stranger, role, "--server-name", "db.example.org", check=False)
    assert "signed for another server" in refused.stderr
    refused = run([*ours.words(role)[:-1], "https://sts.evil.example"], ours.environment(stranger), check=False)
    assert "signed for a host that is not one of AWS's STS" in refused.stderr


def test_what_is_missing_is_said(ours):
    person = aws_client.new_principal(ours.theirs, "bea", [])
    environment = ours.environment(person)
    done = run([PROGRAM, "credentials", "--from-aws", "--role", "app"], environment, check=False)
    assert "--from-aws needs --role with the role's ARN" in done.stderr
    role = f"arn:aws:iam::{ours.server.account}:role/app"
    done = run([PROGRAM, "credentials", "--from-aws", "--role", role], environment, check=False)
    assert "--endpoint-url" in done.stderr and "AWS_ENDPOINT_URL" in done.stderr
    done = run([PROGRAM, "credentials", "--role", role, "--server-name", "x"], environment, check=False)
    assert done.returncode == 2 and "--from-aws" in done.stderr


def test_the_event_says_whom_aws_named_and_keeps_nothing_of_the_request(ours):
    subject = f"arn:aws:iam::{ours.theirs.account}:user/dan"
    role = ours.role("seen", sub=subject)
    ours.credentials(aws_client.new_principal(ours.theirs, "dan", []), role)
    events = client(ours.server, "cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": subject}])["Events"]
    assert [event["EventName"] for event in events] == ["AssumeRoleWithWebIdentity"]
    event = json.loads(events[0]["CloudTrailEvent"])
    assert event["userIdentity"] == {
        "type": "WebIdentityUser", "principalId": f"{ours.provider}:{ours.name}:{subject}", "userName": subject,
        "identityProvider": ours.provider}
    assert "countersign-aws-v1." not in events[0]["CloudTrailEvent"] + ours.server.said()


class Tap(http.server.BaseHTTPRequestHandler):
    """Whoever stands in the way: keeps what it is handed, and answers nothing of use."""

    def do_POST(self):  # pylint: disable=invalid-name
        self.server.kept.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_error(503)

    def log_message(self, *words):  # pylint: disable=arguments-differ
        pass


def intercepted(ours, principal, role, *more):
    """The request that the program handed to somebody in the way."""
    with http.server.HTTPServer(("127.0.0.1", 0), Tap) as tap:
        tap.kept = []
        answering = threading.Thread(target=tap.handle_request)
        answering.start()
        words = [f"http://127.0.0.1:{tap.server_port}" if word == ours.server.url else word
                 for word in ours.words(role, *more)]
        assert run(words, ours.environment(principal), check=False).returncode != 0
        answering.join()
        return tap.kept[0]


def test_what_is_handed_over_is_of_no_use_elsewhere_nor_twice(ours):
    role = ours.role("once", account=ours.theirs.account)
    person = aws_client.new_principal(ours.theirs, "joe", [])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, message, _ = send(ours.server, intercepted(ours, person, role), headers)
    assert status == 400 and "signed for another server" in message
    meant_for_ours = intercepted(ours, person, role, "--server-name", ours.name)
    assert send(ours.server, meant_for_ours, headers)[0] == 200
    status, code, message, _ = send(ours.server, meant_for_ours, headers)
    assert (status, code) == (400, "InvalidIdentityToken") and "has been used already" in message
