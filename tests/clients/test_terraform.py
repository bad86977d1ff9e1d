"""terraform with the AWS provider: a module that is created, changed, imported and destroyed.

It knows of Countersign by AWS_ENDPOINT_URL alone. Most of the time goes into the provider's own waits before it looks at
a database for the first time.
"""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from support.aws import Principal, client
from support.login import PAM_REFUSED, PASSWORD_REFUSED, Login
from support.server import REPOSITORY
from support.stock import download_bundle
from support.tokens import database_token

MODULE = pathlib.Path(__file__).parent / "terraform"
SHAPES = pathlib.Path(__file__).parent / "terraform_shapes"
PROVIDER = "registry.terraform.io/hashicorp/aws"
USUAL_MIRRORS = ("/opt/tf-plugins", "~/.terraform.d/plugins", "/usr/local/share/terraform/plugins",
                 "/usr/share/terraform/plugins")
PASSWORD, NEW_PASSWORD = "correct-horse-battery", "another-horse-battery"
PATIENCE = 600
# What an import cannot learn from the API: how terraform itself is to go about it, and what is never told.
TERRAFORM_ONLY = {"allow_major_version_upgrade", "apply_immediately", "delete_automated_backups",
                  "enable_global_write_forwarding", "enable_local_write_forwarding", "force_destroy",
                  "master_password_wo_version", "password_wo_version", "skip_final_snapshot"}


def mirror():
    """The directory that holds the provider, or None."""
    given = os.environ.get("COUNTERSIGN_TERRAFORM_PLUGINS")
    places = [pathlib.Path(place).expanduser() for place in ([given] if given else USUAL_MIRRORS)]
    return next((place for place in places if (place / PROVIDER).is_dir()), None)


needs_terraform = pytest.mark.skipif(
    not shutil.which("terraform") or mirror() is None,
    reason="terraform or a mirror with its AWS provider is not on this machine (COUNTERSIGN_TERRAFORM_PLUGINS says where)")


class Terraform:
    """The module in a directory of its own, for the administrator of a server."""

    def __init__(self, server, directory, password=PASSWORD, module=MODULE):
        self.directory = directory
        shutil.copytree(module, directory, ignore=shutil.ignore_patterns("imports"))
        settings = directory / "cli.tfrc"
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror()}"\n  }}\n}}\n')
        self.environment = {**server.env(), "TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1",
                            "CHECKPOINT_DISABLE": "1", "TF_VAR_master_password": password}

    def __call__(self, *words):
        done = subprocess.run(["terraform", *words], cwd=self.directory, env=self.environment, capture_output=True,
                              text=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, f"terraform {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def apply(self, *words):
        return self("apply", "-auto-approve", "-input=false", "-no-color", *words)

    def plan_nothing(self, *words):
        """A plan that has nothing to change: the exit code is 2 where it has."""
        return self("plan", "-detailed-exitcode", "-input=false", "-no-color", *words)

    def outputs(self):
        return {name: output["value"] for name, output in json.loads(self("output", "-json")).items()}


@dataclasses.dataclass
class Database:
    """What an output says of a database, and the way into it."""

    server: object
    facts: dict

    @property
    def login(self):
        return Login(self.server, self.facts["host"], self.facts["port"], download_bundle(self.server))

    def as_master(self, password, sql):
        return self.login.psql("postgres", password, sql).stdout.split()

    def token(self, principal, user):
        return database_token(principal, self.facts["host"], self.facts["port"], user, region=self.server.region)

    def who_am_i(self, principal, user):
        with self.login.psycopg(user, self.token(principal, user)) as session:
            return session.execute("SELECT current_user").fetchone()[0]


def jane_logs_in(server, outputs):
    """With the key that terraform made; the parameters of the group are PostgreSQL's."""
    orders = Database(server, outputs["orders"])
    orders.as_master(PASSWORD, "CREATE USER jane_doe WITH LOGIN; GRANT rds_iam TO jane_doe")
    key = outputs["jane"]
    jane = Principal(key["access_key_id"], key["secret_access_key"], name="jane")
    assert orders.who_am_i(jane, "jane_doe") == "jane_doe"
    assert orders.as_master(PASSWORD, "SHOW log_min_duration_statement; SHOW max_connections") == ["500ms", "60"]
    return orders, jane


def tokens_changed_sides(server, outputs, orders, jane):
    """IAM authentication went off for one database and on for the other; both have another master password."""
    assert orders.login.refused("jane_doe", orders.token(jane, "jane_doe")) == PASSWORD_REFUSED.format("jane_doe")
    assert orders.as_master(NEW_PASSWORD, "SHOW log_min_duration_statement") == ["250ms"]
    reports = Database(server, outputs["reports"])
    reports.as_master(NEW_PASSWORD, "CREATE USER reader WITH LOGIN; GRANT rds_iam TO reader")
    key = client(server, "iam").create_access_key(UserName="bob")["AccessKey"]
    bob = Principal(key["AccessKeyId"], key["SecretAccessKey"], name="bob")
    assert reports.who_am_i(bob, "reader") == "reader"
    assert reports.login.refused("reader", reports.token(jane, "reader")) == PAM_REFUSED.format("reader")
    assert reports.as_master(NEW_PASSWORD, "SHOW log_min_duration_statement") == ["250ms"]


def everything_changed(server):
    """What the API says of each attribute that the second set of variables changes."""
    rds, iam = client(server, "rds"), client(server, "iam")
    group = rds.describe_db_subnet_groups(DBSubnetGroupName="orders")["DBSubnetGroups"][0]
    assert group["DBSubnetGroupDescription"] == "orders, for the tests"
    assert {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} == {"subnet-0b2", "subnet-0c3", "subnet-0d4"}
    cluster = rds.describe_db_clusters(DBClusterIdentifier="orders")["DBClusters"][0]
    assert cluster["BackupRetentionPeriod"] == 7 and not cluster["IAMDatabaseAuthenticationEnabled"]
    assert sorted(member["IsClusterWriter"] for member in cluster["DBClusterMembers"]) == [False, True]
    instances = {one["DBInstanceIdentifier"]: one for one in rds.describe_db_instances()["DBInstances"]}
    assert {instances[name]["DBInstanceClass"] for name in ("orders-1", "orders-2")} == {"db.r6g.xlarge"}
    assert instances["reports"]["IAMDatabaseAuthenticationEnabled"]
    tagged = [group["DBSubnetGroupArn"], cluster["DBClusterArn"], *(one["DBInstanceArn"] for one in instances.values())]
    tags = {"stage": "test", "managed_by": "terraform"}
    for arn in tagged:
        found = rds.list_tags_for_resource(ResourceName=arn)["TagList"]
        assert {tag["Key"]: tag["Value"] for tag in found} == tags, arn
    role = iam.get_role(RoleName="app")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("orders, for the tests", 7200)
    members = iam.get_group(GroupName="developers")
    assert members["Group"]["Path"] == "/test/" and [user["UserName"] for user in members["Users"]] == ["bob"]
    policies = {policy["PolicyName"]: policy for policy in iam.list_policies(Scope="Local")["Policies"]}
    assert policies["connect-to-orders"]["DefaultVersionId"] == "v2"
    assert "ReadersOfTest" in json.dumps(iam.get_role_policy(RoleName="app", PolicyName="reports")["PolicyDocument"])


def changed_by(change):
    """Names of the attributes that a change of a plan would give another value."""
    return {name for name, value in change["after"].items() if change["before"].get(name) != value}


def imported(server, directory):
    """One resource of each kind that can be imported, into an empty state; none of them would then be changed."""
    fresh = Terraform(server, directory, NEW_PASSWORD)
    shutil.copy(MODULE / "imports/imports.tf", directory)
    fresh("init", "-input=false", "-no-color")
    kinds = re.findall(r"^  to = (\S+)$", (MODULE / "imports/imports.tf").read_text(), re.MULTILINE)
    fresh("plan", "-input=false", "-no-color", "-out=plan", "-var-file=changed.tfvars")
    plan = json.loads(fresh("show", "-json", "plan"))
    changes = {change["address"]: change["change"] for change in plan["resource_changes"]}
    assert len(kinds) > 10 and all("importing" in changes[kind] for kind in kinds)
    wanted = {kind: changed_by(changes[kind]) - TERRAFORM_ONLY for kind in kinds}
    assert not {kind: names for kind, names in wanted.items() if names}
    fresh("import", "-var-file=changed.tfvars", "-input=false", "-no-color", "aws_db_instance.reports", "reports")
    assert fresh("state", "list").split()[-1] == "aws_db_instance.reports"


def nothing_is_left(server):
    rds, iam = client(server, "rds"), client(server, "iam")
    assert not rds.describe_db_clusters()["DBClusters"] and not rds.describe_db_instances()["DBInstances"]
    assert not rds.describe_db_subnet_groups()["DBSubnetGroups"]
    groups = rds.describe_db_parameter_groups()["DBParameterGroups"]
    assert all(group["DBParameterGroupName"].startswith("default.") for group in groups)
    groups = rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]
    assert all(group["DBClusterParameterGroupName"].startswith("default.") for group in groups)
    assert not iam.list_users()["Users"] and not iam.list_groups()["Groups"] and not iam.list_roles()["Roles"]
    assert not iam.list_policies(Scope="Local")["Policies"] and not iam.list_instance_profiles()["InstanceProfiles"]
    assert not list((server.data / "databases").iterdir())


@needs_terraform
def test_a_module_lives_its_life(server, tmp_path):
    terraform = Terraform(server, tmp_path / "module")
    terraform("init", "-input=false", "-no-color")
    terraform.apply()
    outputs = terraform.outputs()
    orders, jane = jane_logs_in(server, outputs)
    terraform.plan_nothing()
    state = (terraform.directory / "terraform.tfstate").read_text()
    assert PASSWORD not in state, "write-only arguments are not kept"
    assert jane.secret in state, "what docs/terraform.md warns of"

    changed = "-var-file=changed.tfvars"
    terraform.environment["TF_VAR_master_password"] = NEW_PASSWORD
    terraform.apply(changed)
    everything_changed(server)
    tokens_changed_sides(server, outputs, orders, jane)
    assert terraform.outputs() == outputs, "endpoints, resource ids and keys stay what they are"
    terraform.plan_nothing(changed)
    imported(server, tmp_path / "fresh")

    terraform("destroy", "-auto-approve", "-input=false", "-no-color", changed)
    nothing_is_left(server)


def found_at(server, endpoints, port):
    """Each database asked for the same port, and has it at an address of its own, with a certificate for that."""
    assert {endpoint["port"] for endpoint in endpoints.values()} == {port}
    assert len({endpoint["address"] for endpoint in endpoints.values()}) == len(endpoints)
    for endpoint in endpoints.values():
        login = Login(server, endpoint["address"], endpoint["port"], download_bundle(server))
        assert login.refused("nobody", "wrong") == PASSWORD_REFUSED.format("nobody")


def options_told(rds, kind, identifier):
    """The options of a database that an event tells of as without effect."""
    events = rds.describe_events(SourceType=kind, SourceIdentifier=identifier)["Events"]
    return {told for event in events for told in re.findall(r"has no effect here \(([\w-]+)\)", event["Message"])}


@needs_terraform
def test_shapes_of_well_known_modules_live_their_lives(server, tmp_path):
    rds = client(server, "rds")
    engine = rds.describe_db_engine_versions(Engine="postgres", DefaultOnly=True)["DBEngineVersions"][0]
    terraform = Terraform(server, tmp_path / "shapes", module=SHAPES)
    terraform.environment |= {"TF_VAR_major_version": engine["MajorEngineVersion"],
                              "TF_VAR_port": str(server.ports.last)}
    terraform("init", "-input=false", "-no-color")
    terraform.apply()
    outputs = terraform.outputs()
    found_at(server, outputs["endpoints"], server.ports.last)
    terraform.plan_nothing()
    assert all(arn.startswith("arn:aws:secretsmanager:") for arn in outputs["secrets"])
    by_default = {"storage-encryption"}
    assert options_told(rds, "db-instance", "orders") == by_default | {"ca-certificate", "engine-minor-version"}
    assert options_told(rds, "db-cluster", "shop") == by_default | {"serverless-capacity", "associated-roles"}
    finding = server.command("doctor", "--state-dir", str(tmp_path), check=False).stdout
    assert "storage-encryption: has no effect for shop, orders, reports" in finding

    changed = "-var-file=changed.tfvars"
    terraform.apply(changed)
    terraform.plan_nothing(changed)
    assert terraform.outputs() == outputs
    orders = rds.describe_db_instances(DBInstanceIdentifier="orders")["DBInstances"][0]
    assert (orders["MultiAZ"], orders["PerformanceInsightsEnabled"], orders["MonitoringInterval"]) == (True, True, 60)
    assert orders["EngineVersion"] == f'{engine["MajorEngineVersion"]}.1'
    assert {"multi-az", "performance-insights", "enhanced-monitoring"} <= options_told(rds, "db-instance", "orders")

    terraform("destroy", "-auto-approve", "-input=false", "-no-color", changed)
    nothing_is_left(server)
    last = rds.describe_db_cluster_snapshots(DBClusterIdentifier="shop", SnapshotType="manual")["DBClusterSnapshots"]
    assert [(one["DBClusterSnapshotIdentifier"], one["Status"]) for one in last] == [("final-shop", "available")]


def test_the_page_shows_the_files_that_are_tested():
    """Each block of the page that is marked with a file's name stands so in that file."""
    page = (REPOSITORY / "docs/terraform.md").read_text()
    shown = re.findall(r"^`tests/clients/terraform/([\w./]+)`:\n\n```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(shown) >= 5
    for name, text in shown:
        assert text in (MODULE / name).read_text(), name
