"""Credentials as the AWS SDKs find them: each source against this server's own STS and metadata, its refusals, and the
choice beside boto3's over combinations of environment and files."""

import contextlib
import dataclasses
import hashlib
import itertools
import json
import pathlib
import stat
import sys
import time

import pytest

from support import identity_providers as idp
from support.aws import allow, client, document, new_principal
from support.pseudo_terminal import answered
from support.server import PROGRAM, Server, clean_environment, run
from support.stock import Stock
from support.totp import code_at

SOURCES = ["env", "assume-role", "assume-role-with-web-identity", "sso", "shared-credentials-file", "custom-process",
           "config-file", "container-role", "iam-role"]


def trusting(**principal):
    return json.dumps(document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}))


class Person:
    """A home with AWS's files, and an environment that points at the server."""

    def __init__(self, server, home):
        self.server = server
        self.home = home
        self.variables = {"AWS_ENDPOINT_URL": server.url, "AWS_REGION": server.region, "AWS_DEFAULT_REGION": server.region}

    def write(self, name, text, mode=0o600):
        file = self.home / ".aws" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def environment(self, **more):
        return clean_environment(self.home) | self.variables | more

    def command(self, *words, check=True, **variables):
        return run([PROGRAM, *words], self.environment(**variables), check=check)

    def credentials(self, *words, **variables):
        return json.loads(self.command("credentials", *words, **variables).stdout)

    def refused(self, *words, **variables):
        done = self.command("credentials", *words, check=False, **variables)
        assert done.returncode == 1 and not done.stdout, done
        return done.stderr.removeprefix("countersign: ").rstrip("\n")

    def source(self, *words, **variables):
        done = self.command("credentials", "--explain", "--json", *words, check=False, **variables)
        return json.loads(done.stdout)[-1]

    def arn(self, *words, **variables):
        """Who the server says that these credentials are."""
        found = self.credentials(*words, **variables)
        principal = idp.principal_of({"SessionToken": ""} | found)
        return client(self.server, "sts", principal).get_caller_identity()["Arn"]

    def cached(self):
        return sorted((self.home / ".aws/cli/cache").glob("*.json"))


@dataclasses.dataclass
class World:
    """A server with a machine's role, a user `jane` with a key, and a role `reader` that she may become."""

    server: Server
    stock: Stock
    jane: object
    reader: str
    iam: object

    def keys(self, section="default"):
        return f"[{section}]\naws_access_key_id = {self.jane.key_id}\naws_secret_access_key = {self.jane.secret}\n"

    def exported(self):
        return {"AWS_ACCESS_KEY_ID": self.jane.key_id, "AWS_SECRET_ACCESS_KEY": self.jane.secret}

    def container(self):
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": self.server.ready["metadata"] + "/container/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(self.server.data / "metadata-token")}

    def instance(self):
        return {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.server.ready["metadata"]}


@pytest.fixture(name="world", scope="module")
def _world():
    server = Server()
    try:
        server.options = ["--metadata-role", "app", "--metadata-listen", f"127.0.0.1:{server.ports.last}"]
        server.start()
        stock = Stock(server)
        iam = client(server, "iam")
        services = ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]
        iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusting(Service=services))
        jane = new_principal(server, "jane", [document(allow("sts:AssumeRole", "*"), allow("iam:*", "*"))])
        user = f"arn:aws:iam::{server.account}:user/jane"
        app = f"arn:aws:iam::{server.account}:role/app"
        reader = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trusting(AWS=[user, app]))["Role"]["Arn"]
        iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=json.dumps(document(
            allow("rds-db:connect", "*"), allow("sts:AssumeRole", "*"))))
        yield World(server, stock, jane, reader, iam)
    finally:
        server.close()


@pytest.fixture(name="person")
def _person(world, tmp_path):
    return Person(world.server, tmp_path)


def role_profile(world, name="reader", **settings):
    lines = {"role_arn": world.reader, "source_profile": "default"} | settings
    return f"[profile {name}]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


def test_a_role_of_a_profile_logs_in(world, person):
    person.write("credentials", world.keys())
    person.write("config", role_profile(world, role_session_name="lunch"))
    assert person.arn("--profile", "reader") == f"arn:aws:sts::{world.server.account}:assumed-role/reader/lunch"
    words = ["--hostname", world.stock.host, "--port", world.stock.port, "--username", "jane", "--profile", "reader"]
    token = person.command("token", *words).stdout.strip()
    assert world.stock.login.psql("jane", token, "SELECT session_user").stdout.strip() == "jane"


def test_a_session_is_kept_as_the_aws_cli_keeps_it(world, person):
    """Both use what the other kept, and nobody else can read it."""
    person.write("credentials", world.keys())
    person.write("config", role_profile(world, external_id="x/y", duration_seconds="3600"))
    ours = person.arn("--profile", "reader")
    assert ours.rpartition("/")[2].startswith("countersign-session-")
    [kept] = person.cached()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    cli = ["aws", "sts", "get-caller-identity", "--query", "Arn", "--output", "text", "--profile", "reader",
           "--endpoint-url", world.server.url]
    assert run(cli, person.environment()).stdout.strip() == ours
    kept.unlink()
    theirs = run(cli, person.environment()).stdout.strip()
    assert theirs != ours
    assert [file.name for file in person.cached()] == [kept.name]
    assert person.arn("--profile", "reader") == theirs
    assert "kept in ~/.aws/cli/cache" in person.source("--profile", "reader")["detail"]


def test_a_kept_session_that_others_may_write_is_not_used(world, person):
    person.write("credentials", world.keys())
    person.write("config", role_profile(world))
    first = person.credentials("--profile", "reader")["AccessKeyId"]
    [kept] = person.cached()
    assert person.credentials("--profile", "reader")["AccessKeyId"] == first
    kept.chmod(0o666)
    second = person.credentials("--profile", "reader")["AccessKeyId"]
    assert second != first
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.write_text('{"Credentials"')
    assert person.credentials("--profile", "reader")["AccessKeyId"] not in (first, second)
    kept.parent.chmod(0o777)
    third = person.credentials("--profile", "reader")["AccessKeyId"]
    assert person.credentials("--profile", "reader")["AccessKeyId"] != third


def test_a_session_that_is_about_to_end_is_made_anew(world, person):
    person.write("credentials", world.keys())
    person.write("config", role_profile(world))
    first = person.credentials("--profile", "reader")
    [kept] = person.cached()
    document_kept = json.loads(kept.read_text())
    document_kept["Credentials"]["Expiration"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 800))
    kept.write_text(json.dumps(document_kept))
    assert person.credentials("--profile", "reader")["AccessKeyId"] != first["AccessKeyId"]


def test_roles_in_a_row_and_a_source_that_is_named(world, person):
    trusted = f"arn:aws:iam::{world.server.account}:role/reader"
    world.iam.create_role(RoleName="second", AssumeRolePolicyDocument=trusting(AWS=trusted))
    second = world.reader.replace("reader", "second")
    person.write("credentials", world.keys())
    person.write("config", role_profile(world) + role_profile(world, "second", role_arn=second, source_profile="reader")
                 + role_profile(world, "named", source_profile="", credential_source="Environment")
                 + role_profile(world, "own", source_profile="own") + world.keys("profile own").partition("\n")[2])
    assert ":assumed-role/second/" in person.arn("--profile", "second")
    assert len(person.cached()) == 2
    assert ":assumed-role/reader/" in person.arn("--profile", "own")
    for file in person.cached():
        file.unlink()
    assert ":assumed-role/reader/" in person.arn("--profile", "named", **world.exported())
    for file in person.cached():
        file.unlink()
    assert person.refused("--profile", "named") == (
        "Error when retrieving credentials from Environment: No credentials found in credential_source referenced in "
        "profile named (AWS_ACCESS_KEY_ID is not set)")


def test_sts_refuses_in_its_own_words(world, person):
    person.write("credentials", world.keys() + "[wrong]\naws_access_key_id = AKIAWRONGWRONGWRONG1\n"
                 "aws_secret_access_key = of-nobody\n")
    person.write("config", role_profile(world, "gone", role_arn=world.reader + "x")
                 + role_profile(world, "wrong-key", source_profile="wrong"))
    said = person.refused("--profile", "gone")
    assert said.startswith("An error occurred (AccessDenied) when calling the AssumeRole operation: ")
    said = person.refused("--profile", "wrong-key")
    assert said.startswith("An error occurred (InvalidClientTokenId) when calling the AssumeRole operation: ")
    assert "of-nobody" not in said
    said = person.refused("--profile", "gone", AWS_ENDPOINT_URL_STS="http://127.0.0.1:1")
    assert said.startswith("no answer from http://127.0.0.1:1")


def test_mfa_is_asked_for_on_the_terminal(world, person):
    device = world.iam.create_virtual_mfa_device(VirtualMFADeviceName="jane")["VirtualMFADevice"]
    seed, serial = device["Base32StringSeed"], device["SerialNumber"]
    # The codes of two steps in a row, of which the later is the present one.
    now = int(time.time()) // 30
    codes = [str(code) for code in (code_at(seed, now - 1), code_at(seed, now))]
    world.iam.enable_mfa_device(UserName="jane", SerialNumber=serial, AuthenticationCode1=codes[0],
                                AuthenticationCode2=codes[1])
    person.write("credentials", world.keys())
    person.write("config", role_profile(world, mfa_serial=serial))
    said = run(["setsid", "-w", PROGRAM, "credentials", "--profile", "reader"], person.environment(), check=False).stderr
    assert said.startswith(f"countersign: the profile reader asks for the code of the MFA device {serial}, and there is "
                           "no terminal;")
    arguments = [PROGRAM, "credentials", "--profile", "reader"]
    question = f"Enter MFA code for {serial}: "
    printed, status = answered(arguments, person.environment(), question, "000000")
    assert (printed, status) == ("", 1)
    printed, status = answered(arguments, person.environment(), question, code_at(seed, now + 1))
    assert status == 0
    kept = person.credentials("--profile", "reader")
    assert kept["AccessKeyId"] == json.loads(printed)["AccessKeyId"]


def test_a_program_makes_credentials(world, person):
    """One that is countersign itself, with its session's end, and its refusal."""
    person.write("credentials", world.keys())
    command = f"{PROGRAM} credentials --role reader --profile default"
    person.write("config", f"[profile program]\ncredential_process = {command}\n"
                 f"[profile failing]\ncredential_process = {command} --session-name 'a b'\n"
                 f"[profile circle]\ncredential_process = {PROGRAM} credentials --profile back\n"
                 f"[profile back]\ncredential_process = {PROGRAM} credentials --profile circle\n")
    found = person.credentials("--profile", "program")
    assert found["Expiration"] and found["AccessKeyId"].startswith("ASIA")
    assert ":assumed-role/reader/countersign" in person.arn("--profile", "program")
    assert not person.cached()
    assert person.refused("--profile", "failing").startswith("Error when retrieving credentials from custom-process: ")
    assert "the credential_process of the profile circle asks for the credentials of that profile" in person.refused(
        "--profile", "circle")


def test_a_container_gives_its_role(world, person):
    assert ":assumed-role/app/" in person.arn(**world.container())
    assert person.source(**world.container())["source"] == "container-role"
    wrong = world.container() | {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/dev/null"}
    said = person.refused(**wrong)
    assert said.startswith("Error when retrieving credentials from container-role: Received non 200 response 401 ")
    elsewhere = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/", "http_proxy": world.server.url}
    assert "Unsupported host 'example.com'" in person.refused(**elsewhere)


def test_an_instance_gives_its_role(world, person):
    assert ":assumed-role/app/" in person.arn(**world.instance())
    assert person.source(**world.instance())["source"] == "iam-role"
    # Not by a proxy: there is none at that address.
    proxy = {"http_proxy": "http://127.0.0.1:1", "AWS_ENDPOINT_URL": ""}
    found = person.command("credentials", "--data-dir", str(world.server.data), **world.instance(), **proxy)
    assert json.loads(found.stdout)["AccessKeyId"].startswith("ASIA")


def test_when_there_are_none_every_source_says_why(world, person):
    said = person.refused().split("\n")
    assert said[0].startswith("Unable to locate credentials.")
    assert [line.split(":")[0].strip() for line in said[1:]] == SOURCES
    refusing = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"}
    assert "iam-role: no answer from http://127.0.0.1:1" in person.refused(**refusing)
    world.iam.update_assume_role_policy(RoleName="app", PolicyDocument=trusting(Service="lambda.amazonaws.com"))
    try:
        assert "The trust policy of role app does not let ec2.amazonaws.com" in person.refused(**world.instance())
    finally:
        services = ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"]
        world.iam.update_assume_role_policy(RoleName="app", PolicyDocument=trusting(Service=services))


def test_the_administrator_signs_only_where_no_source_has_anything(world, person):
    person.variables = {"AWS_REGION": world.server.region}
    words = ["--data-dir", str(world.server.data)]
    administrator = world.server.env()["AWS_ACCESS_KEY_ID"]
    assert person.credentials(*words)["AccessKeyId"] == administrator
    assert person.source(*words)["source"] == "administrator"
    person.write("config", "[profile p]\ncredential_process = false\n")
    assert "false failed with status 1" in person.refused(*words, AWS_PROFILE="p")
    done = person.command("token", *words, "--hostname", "h", "--port", "1", "--username", "u", check=False,
                          AWS_PROFILE="p")
    assert done.returncode == 1 and "false failed with status 1" in done.stderr
    done = person.command("connect-info", *words, "c1", "--user", "jane", check=False, AWS_PROFILE="p")
    assert done.returncode == 1 and "false failed with status 1" in done.stderr


def test_psql_becomes_the_role_of_a_profile(world, person):
    """At the server of the data directory, whatever else is set."""
    person.write("credentials", world.keys())
    person.write("config", role_profile(world))
    person.variables = {"AWS_REGION": world.server.region, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    done = person.command("psql", "--data-dir", str(world.server.data), "c1", "--user", "jane", "--profile", "reader",
                          "--", "-Atc", "SELECT session_user")
    assert done.stdout.strip() == "jane"
    assert ":assumed-role/reader/" in world.server.attempts()[-1]["principal_arn"]


class Sign(Person):
    """A person with an SSO profile. Names of files are those of the AWS CLI."""

    def sign_in(self, name, **token):
        self.write(f"sso/cache/{hashlib.sha1(name.encode()).hexdigest()}.json", json.dumps(token))


def test_a_sign_in_that_is_over_says_how_to_sign_in(world, tmp_path):
    person = Sign(world.server, tmp_path)
    person.write("config", "[profile corp]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = r\n"
                 f"[sso-session corp]\nsso_region = us-east-1\nsso_start_url = {world.server.url}/start\n")
    hint = "; run: aws sso login --profile corp"
    assert person.refused("--profile", "corp") == f"Error loading SSO Token: Token for corp does not exist{hint}"
    person.sign_in("corp", accessToken="over-and-done", expiresAt="2020-01-01T00:00:00UTC")
    said = person.refused("--profile", "corp")
    assert said == f"Error when retrieving token from sso: Token has expired and refresh failed{hint}"
    # A token that the server does not know: GetRoleCredentials is not answered with credentials.
    person.sign_in("corp", accessToken="made-up", expiresAt="2999-01-01T00:00:00Z")
    said = person.refused("--profile", "corp")
    assert "sso" in said.lower() and "made-up" not in said
    kept = hashlib.sha1(b'{"accountId":"123456789012","roleName":"r","sessionName":"corp"}').hexdigest()
    person.write(f"cli/cache/{kept}.json", json.dumps({"ProviderType": "sso", "Credentials": {
        "AccessKeyId": "ASIAKEPT", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "2999-01-01T00:00:00Z"}}))
    assert person.credentials("--profile", "corp")["AccessKeyId"] == "ASIAKEPT"
    assert person.source("--profile", "corp")["source"] == "sso"


def test_a_sign_in_is_shown_to_its_own_portal_alone(world, tmp_path):
    """Where no setting names another address: what a company's portal gave is not for this server."""
    person = Sign(world.server, tmp_path)
    person.write("config", "[default]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = r\n"
                 "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.example.com/start\n")
    person.sign_in("corp", accessToken="made-up", expiresAt="2999-01-01T00:00:00Z")
    person.variables = {"AWS_REGION": world.server.region}
    said = person.refused("--data-dir", str(world.server.data))
    assert said == ("no address of SSO is known: set AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_SSO "
                    f"(https://corp.example.com/start is not of the server at {world.server.url})")


PEOPLE = {"plain": {}}


@pytest.fixture(name="pod", scope="module")
def _pod(world, tmp_path_factory):
    """What a pod is born with: a token's file and a role that trusts its provider."""
    directory = tmp_path_factory.mktemp("openid")
    with contextlib.closing(idp.Openid(directory, PEOPLE)) as provider:
        arn = world.iam.create_open_id_connect_provider(
            Url=provider.issuer, ClientIDList=["orders"], ThumbprintList=[provider.thumbprint])["OpenIDConnectProviderArn"]
        condition = {"StringEquals": {f"{provider.host}:aud": "orders"}}
        trust = json.dumps(idp.trust(arn, condition, "sts:AssumeRoleWithWebIdentity"))
        role = world.iam.create_role(RoleName="pod", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        token = directory / "token"
        token.write_text(provider.id_token("plain"))
        yield {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": role}


def test_a_pod_logs_in_with_its_service_account(world, person, pod):
    name = {"AWS_ROLE_SESSION_NAME": "pod-7"}
    assert person.arn(**pod, **name) == f"arn:aws:sts::{world.server.account}:assumed-role/pod/pod-7"
    assert person.source(**pod, **name)["source"] == "assume-role-with-web-identity"
    assert len(person.cached()) == 1
    person.write("config", f"[profile pod]\nrole_arn = {pod['AWS_ROLE_ARN']}\n"
                 f"web_identity_token_file = {pod['AWS_WEB_IDENTITY_TOKEN_FILE']}\n")
    assert ":assumed-role/pod/" in person.arn("--profile", "pod")


def test_a_service_accounts_refusals(person, pod, tmp_path):
    assert person.refused(**pod | {"AWS_WEB_IDENTITY_TOKEN_FILE": "/no/token"}).startswith("cannot read /no/token")
    assert "set AWS_ROLE_ARN" in person.refused(**pod | {"AWS_ROLE_ARN": ""})
    forged = tmp_path / "forged"
    text = pathlib.Path(pod["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text()
    forged.write_text(text + "\n")  # a line's end is not the token
    assert person.credentials(**pod | {"AWS_WEB_IDENTITY_TOKEN_FILE": str(forged)})
    [kept] = person.cached()
    kept.unlink()
    forged.write_text(idp.with_claims(text, sub="somebody"))
    said = person.refused(**pod | {"AWS_WEB_IDENTITY_TOKEN_FILE": str(forged)})
    assert said.startswith("An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity ")
    assert forged.read_text() not in said


# The choice of boto3 for each case: [method, key] or [name of the error]. Keys of sessions differ each time.
CHOICES = """
import json, os, sys
import botocore.session, botocore.exceptions

clean = dict(os.environ)
for case in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update(clean, **case["variables"])
    session = botocore.session.Session(profile=case["profile"])
    try:
        found = session.get_credentials()
        if found is None:
            print(json.dumps(["none"]))
            continue
        key = found.get_frozen_credentials().access_key
        print(json.dumps([found.method, "session" if key.startswith("ASIA") else key]))
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        print(json.dumps([type(error).__name__]))
"""


def combinations(world, pod):
    """What may be in an environment, a credentials file, a configuration file, and how a profile is named: every
    combination of files without variables, and the most telling ones with each environment."""
    process = "credential_process = echo '" + json.dumps(
        {"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s"}) + "'\n"
    becomes = f"role_arn = {world.reader}\n"
    role = becomes + "source_profile = source\n"
    in_file, in_config = (f"aws_access_key_id = AKIASTATIC{name}\naws_secret_access_key = s\n" for name in ("FILE", "CONFIG"))
    web = f"role_arn = {pod['AWS_ROLE_ARN']}\nweb_identity_token_file = {pod['AWS_WEB_IDENTITY_TOKEN_FILE']}\n"
    half = "aws_access_key_id = AKIAHALF\n"
    telling = ["", role, web, process + in_config, becomes + "credential_source = EcsContainer\n"]
    more = [in_config, process, role + process, web + in_config, becomes, role + "credential_source = Environment\n",
            "sso_role_name = x\n", becomes + "credential_source = Ec2InstanceMetadata\n"]
    environments = [world.exported(), pod, {"AWS_ACCESS_KEY_ID": "AKIAHALF"}, world.container(), pod | world.container(),
                    world.instance(), world.exported() | pod]
    profiles = [(None, {}), (None, {"AWS_PROFILE": "other"}), ("other", {})]
    return [*itertools.product([{}], ["", in_file, half, process], telling + more, profiles[::2]),
            *itertools.product(environments, ["", in_file], telling, profiles[1:])]


def cases_of(world, pod, directory):
    source = world.keys("source")
    for number, (variables, in_file, in_config, (named, chosen)) in enumerate(combinations(world, pod)):
        section = "other" if named or chosen else "default"
        home = directory / str(number)
        files = {"AWS_SHARED_CREDENTIALS_FILE": home / "credentials", "AWS_CONFIG_FILE": home / "config"}
        home.mkdir()
        files["AWS_SHARED_CREDENTIALS_FILE"].write_text(source + (f"[{section}]\n{in_file}" if in_file else ""))
        title = section if section == "default" else f"profile {section}"
        files["AWS_CONFIG_FILE"].write_text(f"[{title}]\nregion = us-east-1\n{in_config}")
        paths = {name: str(path) for name, path in files.items()}
        yield {"variables": variables | chosen | paths | {"HOME": str(home)}, "profile": named}


def choice_of(person, case):
    words = ["--profile", case["profile"]] if case["profile"] else []
    last = person.source(*words, **case["variables"])
    if last["outcome"] != "used":
        return [last["outcome"]]
    if ", until 20" in last["detail"]:
        return [last["source"], "session"]
    return [last["source"], person.credentials(*words, **case["variables"])["AccessKeyId"]]


def test_the_choice_is_boto3s(world, person, pod, tmp_path):
    (tmp_path / "cases").mkdir()
    cases = list(cases_of(world, pod, tmp_path / "cases"))
    told = run([sys.executable, "-c", CHOICES], person.environment(), input=json.dumps(cases)).stdout.splitlines()
    assert len(told) == len(cases)
    chosen = set()
    for case, line in zip(cases, told):
        theirs, ours = json.loads(line), choice_of(person, case)
        if len(theirs) == 1:
            assert ours == ["nothing" if theirs == ["none"] else "failed"], (case, theirs)
        else:
            assert ours == theirs, case
            chosen.add(theirs[0])
    assert chosen == set(SOURCES) - {"sso"}
