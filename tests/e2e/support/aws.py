"""The reference clients of the API: the AWS CLI as a program, and boto3."""

import dataclasses
import json
import re
import shlex

import boto3
import botocore.config

from support.server import clean_environment, run


@dataclasses.dataclass(frozen=True)
class Principal:
    """Somebody's access key."""

    key_id: str
    secret: str
    session_token: str = ""
    name: str = ""


class AwsError(AssertionError):
    """The CLI's refusal: An error occurred (CODE) when calling the OPERATION operation: MESSAGE."""

    def __init__(self, text):
        super().__init__(text)
        said = re.search(r"An error occurred \((\w+(?:\.\w+)*)\) when calling the (\w+) operation"
                         r"(?: \(reached max retries: \d+\))?: (.*)", text, re.DOTALL)
        self.code, self.operation, self.message = said.groups() if said else ("", "", text)
        self.message = self.message.strip()


class Aws:
    """The AWS CLI in a shell after eval "$(countersign env)": aws("rds", "describe-db-clusters") returns what it
    printed, parsed. `principal`, when given, is who types there."""

    def __init__(self, server, principal=None, **variables):
        self.environment = clean_environment(server.user_home)
        self.prologue = server.command("env").stdout
        if principal is not None:
            variables = {"AWS_ACCESS_KEY_ID": principal.key_id, "AWS_SECRET_ACCESS_KEY": principal.secret} | variables
        for name, value in variables.items():
            self.prologue += f"export {name}={shlex.quote(value)}\n"

    def text(self, *words):
        done = run(["bash", "-c", self.prologue + 'aws "$@"', "bash", *words], self.environment, check=False)
        if done.returncode != 0:
            raise AwsError(done.stderr)
        return done.stdout

    def __call__(self, *words):
        out = self.text(*words, "--output", "json")
        return json.loads(out) if out.strip() else None

    def refused(self, *words):
        """Expects a refusal and returns it."""
        try:
            answer = self(*words)
        except AwsError as error:
            return error
        raise AssertionError(f"aws {' '.join(words)} was not refused: {answer}")


def administrator(server):
    env = server.env()
    return Principal(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], name="administrator")


def client(server, service, principal=None, region=None, **config):
    principal = principal or administrator(server)
    session = boto3.session.Session(
        aws_access_key_id=principal.key_id, aws_secret_access_key=principal.secret,
        aws_session_token=principal.session_token or None, region_name=region or server.region)
    settings = botocore.config.Config(retries={"total_max_attempts": 1}, **config)
    return session.client(service, endpoint_url=server.url, config=settings)


def new_principal(server, name, documents=(), path="/"):
    """An IAM user with a key and these policies as inline policies."""
    iam = client(server, "iam")
    iam.create_user(UserName=name, Path=path)
    for number, document in enumerate(documents):
        iam.put_user_policy(UserName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Principal(key["AccessKeyId"], key["SecretAccessKey"], name=name)


def new_account(server, name, *words):
    """An account's id, and the key of its root user."""
    made = json.loads(server.command("account", "create", name, "--json", *words).stdout)
    key = made["AccessKey"]
    return made["Account"]["Id"], Principal(key["AccessKeyId"], key["SecretAccessKey"], name=name)


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource):
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def deny(action, resource):
    return {"Effect": "Deny", "Action": action, "Resource": resource}
