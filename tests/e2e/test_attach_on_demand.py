"""Users that are made at their first login in a server that somebody else runs: where its owner allows it, as members of
what the owner gives, by the agent inside serve and by one of the host's own."""

import json
import shutil

import pytest

from support import agents, attaching, aws
from support.attaching import REFUSED
from support.own_postgres import OWNER, PASSWORD, RULES, digests, is_root, sockets_directory
from support.poll import until
from support.server import Server
from test_attach_managed import HEADERS, with_lines

pytestmark = pytest.mark.skipif(not is_root(), reason="a PAM service is root's to make")

GROUPS = "CREATE ROLE readers; CREATE ROLE writers; CREATE ROLE bosses SUPERUSER"


@pytest.fixture(name="sockets", scope="module")
def _sockets():
    with sockets_directory() as directory:
        yield directory


@pytest.fixture(name="server", scope="module")
def _server(sockets):
    made = Server("--agents", "localhost:0")
    made.options = ("--user", OWNER, "--postgres-socket-dir", sockets, "--agents", f"localhost:{made.ports.last - 4}")
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture(name="host")
def _host(server, sockets):
    made = attaching.Host(server)
    made.sockets = sockets
    try:
        yield made
    finally:
        made.close()


def prepared(host, rules=RULES):
    postgres = host.postgres(rules=rules, sockets=host.sockets)
    for statement in ("CREATE DATABASE wiki", GROUPS):
        postgres.sql(statement)
    return postgres


def attach(host, name, postgres, *words, groups="readers", **more):
    return host.attach(name, postgres, "--users-on-demand", "wiki", "--groups-on-demand", groups, *words, **more)


class People:
    """IAM users who may be these database users of one attached server, with a tag that says of what."""

    def __init__(self, host, name, postgres):
        self.host, self.postgres = host, postgres
        self.resource = host.describe(name)["DbiResourceId"]
        self.iam = aws.client(host.server, "iam")

    def may(self, user):
        return aws.document(aws.allow("rds-db:connect", f"arn:aws:rds-db:{self.host.server.region}:"
                                      f"{self.host.server.account}:dbuser:{self.resource}/{user}"))

    def make(self, name, groups, *users):
        who = aws.new_principal(self.host.server, name, [self.may(user) for user in users])
        if groups:
            self.iam.tag_user(UserName=name, Tags=[{"Key": "countersign:groups", "Value": groups}])
        return who

    def login(self, who, user, dbname="wiki"):
        return self.postgres.login(user, self.host.token(self.postgres, user, who), dbname=dbname)

    def groups_of(self, user):
        return self.postgres.sql("SELECT string_agg(r.rolname, ' ' ORDER BY r.rolname) FROM pg_auth_members a JOIN pg_roles r ON "
                                 "r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member "
                                 f"WHERE m.rolname = '{user}' AND r.rolname <> 'postgres'")

    def is_there(self, user):
        return self.postgres.sql(f"SELECT count(*) FROM pg_roles WHERE rolname = '{user}'") == "1"


def test_the_first_login_makes_the_user_and_detached_the_server_is_as_it_was(host):
    postgres = prepared(host)
    before = digests(postgres.hba)
    shown = attach(host, "wiki-1", postgres).stdout
    for line in ("let the agent make users, as members of rds_iam and readers",
                 "the user of a fresh token was made in wiki"):
        assert line in shown
    assert postgres.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'countersign_proof%'") == "0"
    assert "attached already" in attach(host, "wiki-1", postgres).stdout
    assert "attached already" in host.attach("wiki-1", postgres).stdout, "what was wished before stays"

    people = People(host, "wiki-1", postgres)
    nora = people.make("nora-1", "readers strangers", "nora", "nora2", "app", "jane")
    assert people.login(nora, "nora") == ""
    assert people.groups_of("nora") == "rds_iam readers"
    assert postgres.sql("SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls "
                        "FROM pg_roles WHERE rolname = 'nora'") == "t|f|f|f|f|f"
    assert people.login(nora, "nora") == "" and people.login(nora, "nora", "postgres") == ""
    said = [entry["reason"] for entry in host.server.attempts() if entry["user"] == "nora"]
    assert said == ["allowed; the database user was made", "allowed", "allowed"]

    assert people.login(nora, "stranger") != "" and not people.is_there("stranger")
    assert "password authentication failed" in people.login(nora, "nora2", "postgres"), "made in wiki alone"
    assert REFUSED.format("jane") in people.login(nora, "jane") and people.groups_of("jane") == ""
    assert postgres.login("app", PASSWORD, dbname="wiki") == "", "lines that name their users go on"
    assert not people.is_there("nora2")

    said = host.detach("wiki-1").stdout
    assert "byte for byte" in said and "nora stay" in said
    assert digests(postgres.hba) == before
    assert postgres.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'countersign'") == "0"


def test_where_no_line_names_a_user_it_goes_as_well(host):
    """The rules that a distribution brings."""
    postgres = prepared(host, rules="local all all peer\nhost all all 127.0.0.1/32 scram-sha-256\n")
    before = digests(postgres.hba)
    attach(host, "wiki-11", postgres)
    assert "attached already" in attach(host, "wiki-11", postgres).stdout
    people = People(host, "wiki-11", postgres)
    assert people.login(people.make("plain", "", "plain"), "plain") == ""
    assert "byte for byte" in host.detach("wiki-11").stdout and digests(postgres.hba) == before


def test_what_a_detaching_that_was_broken_off_left_is_of_another_server(host, tmp_path):
    postgres = prepared(host)
    attach(host, "wiki-12", postgres)
    shutil.copytree(host.state, tmp_path / "left")
    host.detach("wiki-12")
    shutil.copytree(tmp_path / "left", host.state, dirs_exist_ok=True)
    assert "was made in" not in host.attach("wiki-12", postgres).stdout
    assert "wiki " not in postgres.hba.read_text()


def test_groups_are_given_by_the_owner_and_by_the_tag(host):
    """Whoever may tag the DB instance gives nothing that the server's owner did not."""
    postgres = prepared(host)
    attach(host, "wiki-2", postgres)
    people = People(host, "wiki-2", postgres)
    who = people.make("eager", "readers writers", "eager")
    host.rds.add_tags_to_resource(ResourceName=host.describe("wiki-2")["DBInstanceArn"],
                                  Tags=[{"Key": "countersign:users-on-demand", "Value": "readers writers"}])
    until(lambda: people.login(who, "eager") != "" and
          "does not give the group writers" in host.server.attempts()[-1]["reason"], "the owner's word counts")
    assert host.server.attempts()[-1]["reason_code"] == "user_unmade"
    assert not people.is_there("eager")
    attach(host, "wiki-2", postgres, groups="readers,writers")
    assert people.login(who, "eager") == "" and people.groups_of("eager") == "rds_iam readers writers"


def test_what_leads_too_far_is_not_given(host):
    postgres = prepared(host)
    before = digests(postgres.hba)
    for groups, why in (("bosses", "leads to more than a user may be"), ("nobodys", "there is no group nobodys")):
        done = attach(host, "wiki-3", postgres, groups=groups, check=False)
        assert done.returncode == 1 and why in done.stderr
        assert digests(postgres.hba) == before and "wiki-3" not in host.names()
        assert postgres.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'countersign'") == "0"
    attach(host, "wiki-3", postgres)
    postgres.sql("GRANT bosses TO readers")
    people = People(host, "wiki-3", postgres)
    assert people.login(people.make("late", "readers", "late"), "late") != "" and not people.is_there("late")


def test_a_schema_of_somebody_elses_is_not_believed(host):
    postgres = prepared(host)
    postgres.sql("CREATE SCHEMA countersign AUTHORIZATION jane")
    assert "not its superuser's" in attach(host, "wiki-4", postgres, check=False).stderr
    postgres.sql("DROP SCHEMA countersign")
    attach(host, "wiki-4", postgres)
    people = People(host, "wiki-4", postgres)
    who = people.make("trusting", "", "trusting")
    postgres.sql("ALTER TABLE countersign.groups_on_demand OWNER TO jane")
    assert people.login(who, "trusting") != ""
    assert "not its superuser's" in host.server.attempts()[-1]["reason"]
    assert not people.is_there("trusting")


def test_without_the_option_the_tag_makes_nobody(host):
    postgres = prepared(host)
    host.attach("wiki-5", postgres, "--tag", "countersign:users-on-demand=readers")
    lines = postgres.hba.read_text()
    postgres.hba.write_text(f"hostssl wiki all all pam pamservice=countersign-"
                            f"{host.describe('wiki-5')['DbiResourceId'].lower()}\n" + lines)
    postgres.sql("SELECT pg_reload_conf()")
    people = People(host, "wiki-5", postgres)
    who = people.make("hopeful", "", "hopeful")
    until(lambda: REFUSED.format("hopeful") in people.login(who, "hopeful"), "the line is in force")
    assert "countersign attach --users-on-demand allows it" in host.server.attempts()[-1]["reason"]
    assert not people.is_there("hopeful")


def test_whom_nobody_may_be_any_more_is_taken_out_of_service(host):
    postgres = prepared(host)
    attach(host, "wiki-6", postgres)
    people = People(host, "wiki-6", postgres)
    who = people.make("zoe-6", "readers", "zoe")
    assert people.login(who, "zoe") == ""
    for policy in people.iam.list_user_policies(UserName="zoe-6")["PolicyNames"]:
        people.iam.delete_user_policy(UserName="zoe-6", PolicyName=policy)
    until(lambda: postgres.sql("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'zoe'") == "f", "zoe is out of service")
    assert people.groups_of("zoe") == "readers"
    people.iam.put_user_policy(UserName="zoe-6", PolicyName="again", PolicyDocument=json.dumps(people.may("zoe")))
    until(lambda: people.login(who, "zoe") == "", "zoe is back")
    assert people.groups_of("zoe") == "rds_iam readers"


def test_a_dry_run_shows_what_would_be_made(host):
    postgres = prepared(host)
    before = digests(postgres.hba)
    shown = attach(host, "wiki-7", postgres, "--dry-run").stdout
    for part in ("CREATE SCHEMA IF NOT EXISTS countersign", "users on demand", "+hostssl   wiki            all", "readers"):
        assert part in shown
    assert digests(postgres.hba) == before
    assert postgres.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'countersign'") == "0"


def test_where_somebody_else_writes_the_rules_the_line_is_asked_for(host):
    postgres = prepared(host, rules=HEADERS["Ansible"] + RULES)
    asked = attach(host, "wiki-8", postgres, check=False)
    assert asked.returncode == 1 and "in front of every line that is for all users" in asked.stdout
    service = f"pamservice=countersign-{host.describe('wiki-8')['DbiResourceId'].lower()}"
    for_members = ["hostnossl all +rds_iam all reject", f"hostssl all +rds_iam all pam {service}"]
    postgres.hba.write_text(HEADERS["Ansible"] + with_lines(RULES, for_members))
    asked = attach(host, "wiki-8", postgres, check=False)
    assert asked.returncode == 1 and "asks those who are unknown in wiki" in asked.stderr
    postgres.hba.write_text(HEADERS["Ansible"] + with_lines(RULES, [*for_members, f"hostssl wiki all all pam {service}"]))
    assert "the user of a fresh token was made in wiki" in attach(host, "wiki-8", postgres).stdout


@pytest.mark.parametrize("words,why", [
    (["--groups-on-demand", "readers"], "goes with --users-on-demand"),
    (["--users-on-demand", 'a"b'], "not the name of a database"),
    (["--users-on-demand", "wiki", "--groups-on-demand", "two words"], "not the name of a group"),
])
def test_words_that_a_line_cannot_hold_are_refused(host, words, why):
    postgres = prepared(host)
    done = host.attach("wiki-9", postgres, *words, check=False)
    assert done.returncode != 0 and why in done.stderr and "wiki-9" not in host.names()


def test_an_agent_of_the_hosts_own_makes_them_too(server, host):
    postgres = prepared(host)
    agent = agents.Host(server, "wiki-host")
    try:
        agent.start_agent("--postgres-socket-dir", host.sockets, token=agents.new_token(server))
        attach(host, "wiki-10", postgres, "--agent", "wiki-host")
        people = People(host, "wiki-10", postgres)
        who = people.make("remote-10", "readers", "remote")
        assert people.login(who, "remote") == "" and people.groups_of("remote") == "rds_iam readers"
        for policy in people.iam.list_user_policies(UserName="remote-10")["PolicyNames"]:
            people.iam.delete_user_policy(UserName="remote-10", PolicyName=policy)
        until(lambda: postgres.sql("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'remote'") == "f",
              "the agent has taken it out of service")
        host.detach("wiki-10")
    finally:
        agent.close()
