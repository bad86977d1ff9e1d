"""serve --metadata-role: programs get a role's credentials as on EC2 and ECS, with the clients' own providers."""

import contextlib
import datetime
import http.client
import json
import re
import stat
import urllib.parse

import pytest

from support import aws as aws_client
from support.aws import allow, client, document
from support.server import PROGRAM, REPOSITORY, Server, StartFailed, clean_environment, run
from support.stock import Stock

LIFE = "X-aws-ec2-metadata-token-ttl-seconds"
TOKEN = "X-aws-ec2-metadata-token"
ROLE_PAGE = "/latest/meta-data/iam/security-credentials/app"
SERVICES = {"ec2": "ec2.amazonaws.com", "container": "ecs-tasks.amazonaws.com"}
BOTO3 = """
import boto3, json, sys
session = boto3.Session()
who = session.client("sts").get_caller_identity()
found = session.get_credentials()
print(json.dumps({"arn": who["Arn"], "method": found.method, "key": found.get_frozen_credentials().access_key}))
"""


def trust(*services):
    return json.dumps(document({"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}))


def offered_port(server):
    return urllib.parse.urlsplit(server.ready["metadata"]).port


class Machine:
    """A server that offers the role `app`, whose trust the tests change, and a database that the role may enter."""

    def __init__(self, server):
        self.server = server
        server.options = ["--metadata-role", "app", "--metadata-listen", f"127.0.0.1:{server.ports.last}"]
        server.start()
        self.stock = Stock(server)
        self.iam = client(server, "iam")

    def make_role(self, *services):
        self.iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust(*services))
        self.iam.put_role_policy(RoleName="app", PolicyName="p", PolicyDocument=json.dumps(self.stock.may_connect("jane")))

    def set_trust(self, *services):
        self.iam.update_assume_role_policy(RoleName="app", PolicyDocument=trust(*services))

    def prologue(self, kind):
        done = self.server.command("env", "--metadata" if kind == "container" else f"--metadata={kind}")
        assert "export AWS_ACCESS_KEY_ID" not in done.stdout
        return done.stdout

    def shell(self, kind, script, check=True):
        """The script in a shell without keys, profiles or files, after eval "$(countersign env --metadata…)"."""
        environment = clean_environment(self.server.user_home)
        return run(["bash", "-c", self.prologue(kind) + script], environment, check=check)

    def python(self, kind, script):
        """The script with nothing but the exported variables: the SDK's own chain finds the rest."""
        return self.shell(kind, f"python3 -c '{script}'")

    def ask(self, method, path, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", offered_port(self.server), timeout=60)) as to:
            to.request(method, path, headers=named)
            answer = to.getresponse()
            return answer.status, answer.read().decode()

    def instance_token(self):
        status, token = self.ask("PUT", "/latest/api/token", **{LIFE: "60"})
        assert status == 200
        return token

    def get(self, path):
        return self.ask("GET", path, **{TOKEN: self.instance_token()})

    def container_token(self):
        return (self.server.data / "metadata-token").read_text()


@pytest.fixture(name="machine", scope="module")
def _machine(request):
    server = Server()
    try:
        made = Machine(server)
        made.make_role(*SERVICES.values())
        yield made
    finally:
        if request.session.testsfailed:
            print(server.said()[-8000:])
        server.close()


@pytest.fixture(name="kind", params=list(SERVICES))
def _kind(request, machine):
    machine.set_trust(*SERVICES.values())
    return request.param


def test_the_aws_cli_becomes_the_role(machine, kind):
    arn = machine.shell(kind, "aws sts get-caller-identity --query Arn --output text").stdout.strip()
    start = f"arn:aws:sts::{machine.server.account}:assumed-role/app/"
    assert arn.startswith(start)
    name = arn.removeprefix(start)
    assert name.startswith("i-") and len(name) == 19 if kind == "ec2" else len(name) == 32


def test_boto3_becomes_the_role(machine, kind):
    said = json.loads(machine.python(kind, BOTO3).stdout)
    assert said["method"] == {"ec2": "iam-role", "container": "container-role"}[kind]
    assert ":assumed-role/app/" in said["arn"] and said["key"].startswith("ASIA")


def test_its_token_logs_in(machine, kind):
    stock = machine.stock
    conninfo = stock.login.conninfo("jane")
    done = machine.shell(kind, f"""set -e
        PGPASSWORD="$(aws rds generate-db-auth-token --hostname {stock.host} --port {stock.port} --username jane)"
        export PGPASSWORD
        psql -X -A -t "{conninfo}" -c "SELECT current_user" """)
    assert done.stdout.strip() == "jane"
    entry = machine.server.attempts()[-1]
    assert entry["decision"] == "allowed" and entry["access_key_id"].startswith("ASIA")
    session = entry["principal_arn"].removeprefix(f"arn:aws:sts::{machine.server.account}:assumed-role/app/")
    assert session.startswith("i-") is (kind == "ec2")


def test_its_token_opens_no_more_than_the_role_may(machine, kind):
    stock = machine.stock
    done = machine.shell(kind, f"aws rds generate-db-auth-token --hostname {stock.host} --port {stock.port} --username bob")
    stock.login.refused("bob", done.stdout.strip())
    assert machine.server.attempts()[-1]["check"] == "role"
    stock.sql("GRANT rds_iam TO bob")
    stock.login.refused("bob", done.stdout.strip())
    assert machine.server.attempts()[-1]["check"] == "policy"
    stock.sql("REVOKE rds_iam FROM bob")


def test_the_credentials_stay_the_same_for_hours(machine, kind):
    keys = {json.loads(machine.python(kind, BOTO3).stdout)["key"] for _ in range(2)}
    assert len(keys) == 1
    _, page = machine.get(ROLE_PAGE)
    left = datetime.datetime.fromisoformat(json.loads(page)["Expiration"]) - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(hours=1) < left <= datetime.timedelta(hours=6)


def test_a_role_that_does_not_trust_the_machine(machine, kind):
    other = next(service for name, service in SERVICES.items() if name != kind)
    machine.set_trust(other)
    done = machine.shell(kind, "aws sts get-caller-identity", check=False)
    assert done.returncode != 0
    if kind == "ec2":
        status, page = machine.get(ROLE_PAGE)
        answer = json.loads(page)
        assert (status, answer["Code"]) == (200, "AssumeRoleUnauthorizedAccess")
        said = answer["Message"]
    else:
        said = done.stdout + done.stderr
        status, _ = machine.ask("GET", "/container/credentials", Authorization=machine.container_token())
        assert status == 403
    assert "trust policy of role app" in said and SERVICES[kind] in said
    machine.set_trust(*SERVICES.values())
    assert machine.shell(kind, "aws sts get-caller-identity", check=False).returncode == 0


def test_the_calls_of_the_role_are_on_record(machine, kind):
    arn = json.loads(machine.python(kind, BOTO3).stdout)["arn"]
    trail = client(machine.server, "cloudtrail")
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}])
    begun = [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]]
    mine = [event for event in begun if event["userIdentity"].get("invokedBy") == SERVICES[kind]]
    assert mine and mine[0]["userIdentity"]["type"] == "AWSService"
    assert mine[0]["requestParameters"]["roleArn"] == f"arn:aws:iam::{machine.server.account}:role/app"
    assert arn.endswith("/" + mine[0]["requestParameters"]["roleSessionName"])


def test_version_1_of_the_service_is_off(machine):
    for path in (ROLE_PAGE, "/latest/meta-data/iam/security-credentials/", "/latest/meta-data/placement/region"):
        status, said = machine.ask("GET", path)
        assert status == 401 and "AccessKey" not in said
    assert machine.ask("GET", ROLE_PAGE, **{TOKEN: "0" * 96})[0] == 401
    assert machine.ask("GET", "/latest/api/token")[0] == 405
    for life in ("0", "21601", "x"):
        assert machine.ask("PUT", "/latest/api/token", **{LIFE: life})[0] == 400
    assert machine.ask("PUT", "/latest/api/token", X_Forwarded_For="10.0.0.1", **{LIFE: "60"})[0] == 403
    assert machine.ask("PUT", "/latest/api/token", Host="somebody.example", **{LIFE: "60"})[0] == 403


def test_what_an_instance_knows_of_itself(machine):
    region = machine.server.region
    assert machine.get("/latest/meta-data/iam/security-credentials/") == (200, "app")
    assert machine.get("/latest/meta-data/placement/region") == (200, region)
    document_page = json.loads(machine.get("/latest/dynamic/instance-identity/document")[1])
    assert (document_page["region"], document_page["accountId"]) == (region, machine.server.account)
    assert machine.get("/latest/meta-data/iam/security-credentials/other")[0] == 404
    assert machine.get("/latest/user-data")[0] == 404


def test_a_container_shows_its_token(machine):
    file = machine.server.data / "metadata-token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and len(machine.container_token()) == 64
    for headers in ({}, {"Authorization": "x"}, {"Authorization": machine.container_token() + "x"}):
        status, said = machine.ask("GET", "/container/credentials", **headers)
        assert status == 401 and "AccessKey" not in said
    unset = "unset AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE; aws sts get-caller-identity"
    assert machine.shell("container", unset, check=False).returncode != 0
    inline = f"unset AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE; export AWS_CONTAINER_AUTHORIZATION_TOKEN={machine.container_token()}; "
    assert ":assumed-role/app/" in machine.shell("container", inline + "aws sts get-caller-identity").stdout


def test_nothing_secret_is_logged(machine):
    _, page = machine.get(ROLE_PAGE)
    given = json.loads(page)
    said = machine.server.said()
    assert given["AccessKeyId"] in said
    assert given["SecretAccessKey"] not in said and given["Token"] not in said and machine.container_token() not in said


def test_a_restart_keeps_the_containers_token_and_ends_nobodys_session(machine):
    before = machine.container_token()
    _, page = machine.get(ROLE_PAGE)
    old = json.loads(page)
    machine.server.restart()
    machine.stock.until_it_answers()
    assert machine.container_token() == before
    kept = aws_client.Principal(old["AccessKeyId"], old["SecretAccessKey"], old["Token"])
    assert machine.stock.session(kept, "jane").execute("SELECT 1").fetchone() == (1,)
    assert ":assumed-role/app/" in machine.shell("ec2", "aws sts get-caller-identity").stdout


def test_a_role_that_is_not_there(new_server):
    server = new_server()
    server.options = ["--metadata-role", "nobody", "--metadata-listen", f"127.0.0.1:{server.ports.last}"]
    machine = Machine.__new__(Machine)
    machine.server = server.start()
    answer = json.loads(machine.get("/latest/meta-data/iam/security-credentials/nobody")[1])
    assert answer["Code"] == "InstanceProfileNotFound" and "no role nobody" in answer["Message"]
    done = machine.shell("container", "aws sts get-caller-identity", check=False)
    assert done.returncode != 0 and "no role nobody" in done.stdout + done.stderr
    assert machine.shell("ec2", "aws sts get-caller-identity", check=False).returncode != 0


@pytest.mark.parametrize("options, said", [
    (["--metadata-role", "app", "--metadata-listen", "0.0.0.0:7071"], "loopback"),
    (["--metadata-role", "app", "--metadata-listen", "127.example.com:7071"], "loopback"),
    (["--metadata-listen", "127.0.0.1:7071"], "--metadata-role"),
    (["--metadata-role", "app", "--metadata-listen", "nowhere"], "HOST:PORT"),
])
def test_options_that_are_refused(new_server, options, said):
    with pytest.raises(StartFailed) as failed:
        new_server(*options).start()
    assert said in str(failed.value) and str(failed.value).count("\n") == 1


def test_env_says_when_no_role_is_offered(server):
    done = server.command("env", "--metadata", check=False)
    assert done.returncode == 1 and "--metadata-role" in done.stderr
    assert server.command("env", "--metadata=moon", check=False).returncode == 2
    assert "metadata" not in server.ready


def test_the_page_about_it(new_server, tmp_path):
    """Its commands, in order, but for the one that starts the server."""
    page = (REPOSITORY / "docs/machine-roles.md").read_text()
    start, *commands = re.findall(r"^```bash\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    server = new_server()
    server.options = [*start.split()[2:], "--metadata-listen", f"127.0.0.1:{server.ports.last}"]
    assert server.options[:2] == ["--metadata-role", "app"]
    server.start()
    story = tmp_path / "story.sh"
    story.write_text("set -euo pipefail\n" + "\n".join(commands))
    done = run(["bash", story], {**server.environment, "COUNTERSIGN_DATA_DIR": str(server.data)}, cwd=tmp_path)
    role, task, instance, code = done.stdout.split()
    assert role == f"arn:aws:iam::{server.account}:role/app" and code == '"Code":"Success"'
    session = f"arn:aws:sts::{server.account}:assumed-role/app/"
    assert re.fullmatch(session + "[0-9a-f]{32}", task) and re.fullmatch(session + "i-[0-9a-f]{17}", instance)


def test_credential_process(server, stock):
    """A profile whose credentials a program makes, and one with a key of its own."""
    iam = client(server, "iam")
    own = document({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{server.account}:root"}, "Action": "sts:AssumeRole"})
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(own))
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=json.dumps(stock.may_connect("jane")))
    person = aws_client.new_principal(server, "person", [document(allow("sts:AssumeRole", "*"))])
    folder = server.user_home / ".aws"
    folder.mkdir(exist_ok=True)
    (folder / "credentials").write_text(f"[person]\naws_access_key_id = {person.key_id}\n"
                                        f"aws_secret_access_key = {person.secret}\n")
    (folder / "config").write_text(
        f"[profile reader]\nregion = {server.region}\ncredential_process = {PROGRAM} credentials --data-dir {server.data} "
        f"--role reader --profile person --session-name desk\n")
    environment = clean_environment(server.user_home) | {"AWS_ENDPOINT_URL": server.url, "AWS_PROFILE": "reader"}
    script = f"""set -e
        aws --endpoint-url {server.url} sts get-caller-identity --query Arn --output text
        PGPASSWORD="$(aws rds generate-db-auth-token --hostname {stock.host} --port {stock.port} --username jane)"
        export PGPASSWORD
        psql -X -A -t "{stock.login.conninfo('jane')}" -c "SELECT current_user" """
    arn = f"arn:aws:sts::{server.account}:assumed-role/reader/desk"
    assert run(["bash", "-c", script], environment).stdout.split() == [arn, "jane"]
    assert server.attempts()[-1]["principal_arn"] == arn
    said = json.loads(run(["python3", "-c", BOTO3], environment).stdout)
    assert (said["arn"], said["method"]) == (arn, "custom-process")


def test_credentials_that_cannot_be_had(server):
    plain = json.loads(server.command("credentials").stdout)
    assert plain["Version"] == 1 and "SessionToken" not in plain and "Expiration" not in plain
    assert plain["AccessKeyId"] == server.env()["AWS_ACCESS_KEY_ID"]
    done = server.command("credentials", "--role", "nobody", check=False)
    assert done.returncode == 1 and "Roles may not be assumed by root accounts" in done.stderr and done.stdout == ""
    done = server.command("credentials", "--role", "nobody", "--profile", "missing", check=False)
    assert done.returncode == 1 and "missing" in done.stderr
