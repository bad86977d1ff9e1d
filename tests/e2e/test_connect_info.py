"""connect-info and pgadmin: what they print is used as it is, by the clients that it is for."""

import configparser
import contextlib
import json
import pathlib
import shlex
import subprocess
import urllib.parse

import psycopg
import pytest

from support import aws as aws_client
from support.aws import allow, client, document
from support.login import PAM_REFUSED, fatal_of
from support.own_postgres import OWNER, OwnPostgres, is_root
from support.server import PROGRAM, Server, clean_environment, run

WHO = "SELECT current_user"
FORMATS = ["psql", "uri", "jdbc", "env", "pgadmin", "service"]


def connect_info(server, *words, principal=None, **more):
    """countersign connect-info WORDS… in the shell of a principal; of the administrator's where none is named."""
    return server.command("connect-info", *words, environment=shell_of(server, principal), **more)


def shell_of(server, principal=None):
    environment = clean_environment(server.user_home)
    if principal is not None:
        environment |= {"AWS_ACCESS_KEY_ID": principal.key_id, "AWS_SECRET_ACCESS_KEY": principal.secret}
        if principal.session_token:
            environment["AWS_SESSION_TOKEN"] = principal.session_token
    return environment


def who_in(session):
    with contextlib.closing(session):
        return session.execute(WHO).fetchone()[0]


@pytest.fixture(name="long_session", scope="module")
def _long_session(server, stock):
    """A role's session whose token has some 4 KB of session policy, tags and names in it."""
    iam = client(server, "iam")
    trust = document({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{server.account}:root"},
                      "Action": ["sts:AssumeRole", "sts:TagSession"]})
    role = iam.create_role(RoleName="long", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(RoleName="long", PolicyName="p", PolicyDocument=json.dumps(stock.may_connect("*")))
    caller = aws_client.new_principal(server, "long-user", [document(allow(["sts:AssumeRole", "sts:TagSession"], "*"))])
    tags = [{"Key": f"tag-{number}", "Value": "+/=@" * 50} for number in range(12)]
    made = client(server, "sts", caller).assume_role(RoleArn=role["Arn"], RoleSessionName="work", Tags=tags)["Credentials"]
    assert len(made["SessionToken"]) > 4000
    return aws_client.Principal(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


@pytest.fixture(name="who", params=["administrator", "user", "long_session"])
def _who(request, everybody, long_session):
    return {"administrator": None, "user": everybody, "long_session": long_session}[request.param]


@pytest.mark.parametrize("more", [[], ["--with-token"]])
def test_the_psql_line_runs_as_printed(server, who, more):
    line = connect_info(server, "c1", "--user", "jane", *more, principal=who).stdout.strip()
    done = run(["sh", "-c", f"{line} -X -A -t -c '{WHO}'"], shell_of(server, who))
    assert done.stdout.strip() == "jane"


def test_psycopg_takes_the_uri_with_its_token(server, who):
    uri = connect_info(server, "c1", "--user", "jane", "--format", "uri", "--with-token", principal=who).stdout.strip()
    assert who_in(psycopg.connect(uri, passfile="/dev/null")) == "jane"
    if who is not None:
        assert server.attempts()[-1]["access_key_id"] == who.key_id


def test_the_tokens_own_bytes_come_back_from_the_uri(server, long_session):
    uri = connect_info(server, "c1", "--user", "jane", "--format", "uri", "--with-token",
                       principal=long_session).stdout.strip()
    escaped = urllib.parse.urlsplit(uri).password
    assert not set("=&/?:@+") & set(escaped)
    token = urllib.parse.unquote(escaped)
    assert token.startswith("localhost:") and "&X-Amz-Security-Token=" in token and "%2F" in token


def test_the_uri_without_a_token_takes_a_password(server, stock, everybody):
    uri = connect_info(server, "c1", "--user", "jane", "--format", "uri").stdout.strip()
    assert who_in(psycopg.connect(uri, password=stock.token(everybody, "jane"))) == "jane"
    with pytest.raises(psycopg.OperationalError) as refused:
        psycopg.connect(uri, password="no-token", hostaddr=stock.login.address)
    assert fatal_of(str(refused.value)) == PAM_REFUSED.format("jane")


def test_the_uri_runs_in_psql(server, who):
    uri = connect_info(server, "c1", "--user", "jane", "--format", "uri", "--with-token", principal=who).stdout.strip()
    done = run(["psql", "-X", "-A", "-t", uri, "-c", WHO], clean_environment(server.user_home))
    assert done.stdout.strip() == "jane"


@pytest.mark.parametrize("more", [[], ["--with-token"]])
def test_the_exports_are_all_that_libpq_needs(server, who, more):
    exports = connect_info(server, "c1", "--user", "jane", "--format", "env", *more, principal=who).stdout
    script = f"eval {shlex.quote(exports)}\npython3 -c 'import psycopg; print(psycopg.connect(\"\").execute(\"{WHO}\").fetchone()[0])'"
    assert run(["bash", "-c", script], shell_of(server, who)).stdout.strip() == "jane"
    done = run(["sh", "-c", f"eval {shlex.quote(exports)}\npsql -X -A -t -c '{WHO}'"], shell_of(server, who))
    assert done.stdout.strip() == "jane"


def test_a_service_of_libpq(server, stock, everybody, tmp_path, monkeypatch):
    snippet = connect_info(server, "c1", "--user", "jane", "--format", "service", principal=everybody).stdout
    file = tmp_path / "pg_service.conf"
    file.write_text(snippet)
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read_string(snippet)
    assert parsed["c1"]["sslmode"] == "verify-full" and parsed["c1"]["port"] == str(stock.port)
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    assert who_in(psycopg.connect("service=c1", password=stock.token(everybody, "jane"))) == "jane"
    file.write_text(connect_info(server, "c1", "--user", "jane", "--format", "service", "--with-token",
                                 principal=everybody).stdout)
    assert who_in(psycopg.connect("service=c1", passfile="/dev/null")) == "jane"
    done = run(["psql", "-X", "-A", "-t", "service=c1", "-c", WHO],
               clean_environment(server.user_home) | {"PGSERVICEFILE": str(file)})
    assert done.stdout.strip() == "jane"


def test_a_token_too_long_for_a_service_file_is_refused(server, long_session):
    done = connect_info(server, "c1", "--user", "jane", "--format", "service", "--with-token", principal=long_session,
                        check=False)
    assert done.returncode == 1 and "leave --with-token out" in done.stderr and "X-Amz" not in done.stderr


def test_the_service_lines_that_are_given_are_lines_that_libpq_reads(server, everybody, tmp_path):
    """What the limit is there for: libpq gives up on the whole file at a longer line."""
    snippet = connect_info(server, "c1", "--user", "jane", "--format", "service", principal=everybody).stdout
    file = tmp_path / "pg_service.conf"
    environment = clean_environment(server.user_home) | {"PGSERVICEFILE": str(file), "PGPASSWORD": "no-token"}
    for length, said in ((1021, PAM_REFUSED.format("jane")), (1022, "too long in service file")):
        file.write_text(snippet + "#" * length + "\n")
        done = run(["psql", "-X", "service=c1"], environment, check=False)
        assert said in done.stderr, done.stderr


def test_the_servers_json_of_pgadmin(server, stock):
    printed = [server.command("pgadmin", "c1", "--user", "jane").stdout,
               connect_info(server, "c1", "--user", "jane", "--format", "pgadmin").stdout]
    assert printed[0] == printed[1]
    (entry,) = json.loads(printed[0])["Servers"].values()
    assert (entry["Host"], entry["Port"], entry["Username"]) == ("localhost", stock.port, "jane")
    assert entry["MaintenanceDB"] == "postgres" and entry["Group"] and entry["Name"]
    assert entry["PasswordExecExpiration"] == 840
    assert pathlib.Path(shlex.split(entry["PasswordExecCommand"])[0]) == PROGRAM
    # As pgAdmin runs it: by a shell, in any directory, with nothing of the person's in the environment.
    token = subprocess.run(entry["PasswordExecCommand"], shell=True, check=True, capture_output=True, text=True,
                           cwd="/", env={"PATH": "/usr/bin:/bin"}, timeout=60).stdout.strip()
    session = psycopg.connect(host=entry["Host"], port=entry["Port"], user=entry["Username"], password=token,
                              dbname=entry["MaintenanceDB"], **entry["ConnectionParameters"])
    assert who_in(session) == "jane"


def test_a_profile_signs_where_it_is_named(server, everybody):
    folder = server.user_home / ".aws"
    folder.mkdir(exist_ok=True)
    (folder / "credentials").write_text(f"[work]\naws_access_key_id = {everybody.key_id}\n"
                                        f"aws_secret_access_key = {everybody.secret}\n")
    line = connect_info(server, "c1", "--user", "jane", "--profile", "work").stdout.strip()
    done = run(["sh", "-c", f"{line} -X -A -t -c '{WHO}'"], clean_environment(server.user_home))
    assert done.stdout.strip() == "jane"
    assert server.attempts()[-1]["access_key_id"] == everybody.key_id
    done = connect_info(server, "c1", "--user", "jane", "--profile", "nobody", check=False)
    assert done.returncode == 1 and "nobody" in done.stderr


def test_every_part_for_programs(server, stock, everybody):
    parts = json.loads(connect_info(server, "c1", "--user", "jane", "--json", "--with-token", principal=everybody).stdout)
    assert (parts["host"], parts["port"], parts["region"]) == ("localhost", stock.port, server.region)
    assert who_in(psycopg.connect(parts["uri"])) == "jane"
    bare = json.loads(connect_info(server, "c1", "--user", "jane", "--json").stdout)
    assert "token" not in bare and "X-Amz-Signature" not in json.dumps(bare)


@pytest.mark.parametrize("form", FORMATS)
def test_no_form_holds_a_token_that_was_not_asked_for(server, everybody, form):
    text = connect_info(server, "c1", "--user", "jane", "--format", form, principal=everybody).stdout
    assert "X-Amz" not in text and everybody.secret not in text


@pytest.mark.parametrize("form", ["psql", "uri", "env"])
def test_odd_names(server, stock, form):
    dbname, user = "it's a \\ \"db\" &=?#/%+", "o'neil @home:1"
    quoted_db, quoted_user = (f'"{name.replace(chr(34), chr(34) * 2)}"' for name in (dbname, user))
    stock.sql(f"CREATE ROLE {quoted_user} LOGIN; GRANT rds_iam TO {quoted_user}")
    stock.sql(f"CREATE DATABASE {quoted_db}")
    try:
        text = connect_info(server, "c1", "--user", user, "--dbname", dbname, "--format", form, "--with-token").stdout.strip()
        script = {"psql": text, "uri": f"psql {shlex.quote(text)}", "env": f"{text}\npsql"}[form]
        done = run(["sh", "-c", f"{script} -X -A -t -c 'SELECT current_user, current_database()'"],
                   clean_environment(server.user_home))
        assert done.stdout.strip() == f"{user}|{dbname}"
    finally:
        stock.sql(f"DROP DATABASE {quoted_db}")
        stock.sql(f"DROP ROLE {quoted_user}")


@pytest.mark.parametrize("words, said", [
    (["none", "--user", "jane"], "there is no database none"),
    (["c1", "--user", "a\nb"], "one line each"),
    (["c1", "--user", "jane", "--format", "pgadmin", "--with-token"], "leave --with-token out"),
])
def test_refusals_name_the_next_step(server, stock, words, said):
    assert stock.describe()
    done = connect_info(server, *words, check=False)
    assert done.returncode == 1 and said in done.stderr and done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_unknown_formats_are_a_usage_error(server):
    assert connect_info(server, "c1", "--user", "jane", "--format", "odbc", check=False).returncode == 2
    assert connect_info(server, "c1", "--user", "jane", "--format", "uri", "--json", check=False).returncode == 2


@pytest.mark.skipif(not is_root(), reason="a PAM service is root's to make")
def test_attached_servers_and_poolers():
    server = Server("--user", OWNER).start()
    postgres = OwnPostgres(server.ports.last)
    state = ["--state-dir", server.home / "state"]
    try:
        server.command("attach", "orders", "--socket", f"{postgres.sockets}:{postgres.port}", "--module-dir",
                       server.home / "modules", *state)
        postgres.sql("GRANT rds_iam TO jane")
        done = connect_info(server, "orders", "--user", "jane", check=False)
        assert done.returncode == 1 and "--sslrootcert" in done.stderr
        certificate = postgres.data / "server.crt"
        line = connect_info(server, "orders", "--user", "jane", "--sslrootcert", certificate).stdout.strip()
        done = run(["sh", "-c", f"{line} -X -A -t -c '{WHO}'"], clean_environment(server.user_home))
        assert done.stdout.strip() == "jane"
        done = server.command("psql", "orders", "--user", "jane", "--sslrootcert", certificate, "--", "-X", "-A", "-t", "-c", WHO)
        assert done.stdout.strip() == "jane"
        added = json.loads(server.command("pooler", "add", "orders-pool", "--database", "orders", "--endpoint",
                                          "pool.example:6432", "--user", OWNER, "--json").stdout)["Pooler"]
        for name in ("orders-pool", added["ResourceId"]):
            parts = json.loads(connect_info(server, name, "--user", "jane", "--sslrootcert", "system", "--json").stdout)
            assert (parts["host"], parts["port"], parts["sslrootcert"]) == ("pool.example", 6432, "system")
            assert "--hostname=pool.example --port=6432" in parts["token_command"]
    finally:
        server.command("detach", "orders", *state, check=False)
        postgres.close()
        server.close()
