"""countersign token beside the real generators, and the corpora of tokens and policies as black-box tests."""

import dataclasses
import datetime
import json
import re
import subprocess

import boto3
import pytest

from support import tokens
from support.aws import Principal
from support.corpora import corpus
from support.server import PROGRAM, VENV_BIN, clean_environment, run

KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SESSION = "IQoJb3JpZ2luX2VjEOL//////////wEaCXVzLWVhc3QtMSJH+/=="
HOST = "mydb.cluster-c7tj4example.us-east-1.rds.amazonaws.com"


@dataclasses.dataclass
class Case:
    """What both commands are given."""

    host: str = HOST
    port: int = 5432
    user: str = "jane_doe"
    region: str | None = "us-west-2"
    environment: dict = dataclasses.field(default_factory=lambda: {"AWS_ACCESS_KEY_ID": KEY,
                                                                   "AWS_SECRET_ACCESS_KEY": SECRET})
    files: dict = dataclasses.field(default_factory=dict)
    options: tuple = ()

    def words(self):
        region = ["--region", self.region] if self.region else []
        return ["--hostname", self.host, "--port", str(self.port), "--username", self.user, *region, *self.options]


FILES = {".aws/credentials": f"""[default]
aws_access_key_id = AKIADEFAULTAAAAAAAAA
aws_secret_access_key = of-the-default-profile
# a comment
[team]
aws_access_key_id={KEY}
aws_secret_access_key   =   {SECRET}
aws_session_token = {SESSION}
""", ".aws/config": """[default]
region = eu-west-3
[profile team]
region = ap-northeast-1
s3 =
  max_concurrent_requests = 20
[profile of-the-config]
aws_access_key_id = AKIACONFIGAAAAAAAAAA
aws_secret_access_key = of-the-config-file
region = sa-east-1
"""}

CASES = {
    "environment": Case(),
    "session token": Case(environment={"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
                                       "AWS_SESSION_TOKEN": SESSION}),
    "localhost": Case(host="localhost", port=15432),
    "upper case host": Case(host="MyDB.Example.COM"),
    "port 443": Case(port=443),
    "port 80": Case(port=80),
    "e-mail": Case(user="wchemz+demo@amazon.com"),
    "space": Case(user="with space"),
    "unicode": Case(user="Großmann-日本"),
    "all marks": Case(user="a/b?c&d=e%f~g'h\"i*j(k)l!m;n:o,p$q#r[s]t"),
    "region of the environment": Case(region=None, environment={
        "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-west-2"}),
    "default profile": Case(region=None, environment={}, files=FILES),
    "named profile": Case(region=None, environment={}, files=FILES, options=("--profile", "team")),
    "profile of the environment": Case(region=None, environment={"AWS_PROFILE": "team"}, files=FILES),
    "profile in the configuration file": Case(region=None, environment={}, files=FILES,
                                              options=("--profile", "of-the-config")),
    "variables come before the files": Case(environment={
        "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_PROFILE": "of-the-config"},
        region=None, files=FILES),
    "a profile by name comes before the variables": Case(environment={
        "AWS_ACCESS_KEY_ID": "AKIAOFTHEENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "x"},
        region=None, files=FILES, options=("--profile", "team")),
    "files of other names": Case(environment={
        "AWS_SHARED_CREDENTIALS_FILE": "~/elsewhere", "AWS_CONFIG_FILE": "~/config-elsewhere"}, region=None,
        files={"elsewhere": FILES[".aws/credentials"], "config-elsewhere": FILES[".aws/config"]}),
}


def environment_of(case, home):
    for name, text in case.files.items():
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return clean_environment(home) | case.environment


def second_of(token):
    return re.search(r"X-Amz-Date=(\w+)", token).group(1)


@pytest.mark.parametrize("name", CASES)
def test_byte_for_byte_what_the_cli_prints(name, tmp_path):
    """While the CLI runs, ours prints one token after another: one of them is of the same second."""
    case = CASES[name]
    environment = environment_of(case, tmp_path)
    cli = subprocess.Popen([VENV_BIN / "aws", "rds", "generate-db-auth-token", *case.words()], env=environment,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ours = {}
    while cli.poll() is None:
        done = subprocess.run([PROGRAM, "token", *case.words()], env=environment, capture_output=True, timeout=90,
                              check=True)
        ours[second_of(done.stdout.decode())] = done.stdout
    out, said = cli.communicate()
    assert cli.returncode == 0, said
    assert ours[second_of(out.decode())] == out


@pytest.mark.parametrize("name", ["environment", "session token", "e-mail", "unicode", "port 443"])
def test_boto3_and_the_tests_own_signer_agree_with_it(name, tmp_path):
    case = CASES[name]
    key = case.environment
    client = boto3.session.Session(key["AWS_ACCESS_KEY_ID"], key["AWS_SECRET_ACCESS_KEY"],
                                   key.get("AWS_SESSION_TOKEN"), region_name=case.region).client("rds")
    environment = environment_of(case, tmp_path)

    def ours():
        return run([PROGRAM, "token", *case.words()], environment).stdout.rstrip("\n")
    for _ in range(30):
        before = ours()
        boto = client.generate_db_auth_token(case.host, case.port, case.user)
        if second_of(before) == second_of(boto):
            break
    assert before == boto
    if case.port == 443:
        return  # the tests' own signer always signs the port
    at = datetime.datetime.strptime(second_of(boto), "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    principal = Principal(key["AWS_ACCESS_KEY_ID"], key["AWS_SECRET_ACCESS_KEY"], key.get("AWS_SESSION_TOKEN", ""))
    assert tokens.database_token(principal, case.host, case.port, case.user, case.region, at) == boto


@pytest.mark.parametrize("case, text", [
    (Case(environment={}), "Unable to locate credentials"),
    (Case(environment={"AWS_ACCESS_KEY_ID": KEY}), "AWS_SECRET_ACCESS_KEY"),
    (Case(region=None), "You must specify a region"),
    (Case(environment={}, options=("--profile", "missing")), "The config profile (missing) could not be found")])
def test_what_is_missing_is_said(case, text, tmp_path):
    done = run([PROGRAM, "token", *case.words()], environment_of(case, tmp_path), check=False)
    assert done.returncode == 1 and done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("countersign: ") and text in lines[0]
    # One line; what each source lacked is indented below.
    assert len(lines) == 1 + (9 if text.startswith("Unable") else 0) and all(line.startswith("  ") for line in lines[1:])


def judged(words, cases, home):
    text = "".join(json.dumps(case) + "\n" for case in cases)
    done = run([PROGRAM, *words], clean_environment(home), input=text)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [case["id"] for case in cases]
    return answers


def test_every_good_token_is_valid(tmp_path):
    cases = corpus("tokens.jsonl")
    answers = judged(["token", "verify"], cases, tmp_path)
    assert [answer for answer in answers if not answer["valid"]] == []
    assert len(cases) > 300


def test_every_bad_token_is_judged_as_its_label_says(tmp_path):
    cases = [case for case in corpus("tokens-bad.jsonl") if case["confidence"] == "certain"]
    answers = judged(["token", "verify"], cases, tmp_path)
    wrong = [(case["id"], case["tamper"], answer) for case, answer in zip(cases, answers)
             if case["expected"] != "ambiguous" and answer["valid"] is not (case["expected"] == "valid")]
    assert wrong == [] and len(cases) > 300
    assert all(answer["valid"] or (answer["check"] and answer["reason"]) for answer in answers)


@pytest.mark.parametrize("text", ["", "\n\n", "nonsense\n", "{}\n", "[1]\n", '{"id": "x"}\n', '{"id": 7, "token": 8}\n',
                                  "\x00\xff\n", "{" * 10_000 + "\n"])
@pytest.mark.parametrize("words", [["token", "verify"], ["policy", "eval"]])
def test_lines_that_are_no_cases(text, words, tmp_path):
    done = run([PROGRAM, *words], clean_environment(tmp_path), input=text)
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        assert answer.get("valid", False) is False and answer.get("decision") != "allowed"


@pytest.mark.parametrize("name", ["iam-cases-gen.jsonl", "iam-cases-permissive.jsonl"])
def test_policies_are_decided_as_their_labels_say(name, tmp_path, record_property):
    """Cases that need what is not evaluated yet are answered with an error, never with an Allow, and counted."""
    cases = [case for case in corpus(name) if case.get("gold", True)]
    answers = judged(["policy", "eval"], cases, tmp_path)
    left_out = [answer for answer in answers if "error" in answer]
    assert [answer for answer in left_out if answer.get("decision") == "allowed"] == []
    wrong = [(case["id"], case["expected"], answer) for case, answer in zip(cases, answers)
             if "error" not in answer and answer["decision"] != case["expected"]]
    assert wrong == []
    record_property("count", f"{name}: {len(cases) - len(left_out)} cases decided, {len(left_out)} left out")
    assert len(left_out) < len(cases) / 2
