"""Installed, upgraded, not downgraded, removed, purged: each on a machine with a booted systemd."""

import re
import shutil
import subprocess
import threading

import pytest

from machine import PATH, run, until
from people import REFUSED, REPOSITORY, Database, Server, let_jane_in, token

SERVER = ("countersign", "libpam-countersign", "countersign-server")
SCORE_MAX = {"countersign": 3.0, "countersign-agent": 3.1}
PAGE = REPOSITORY / "docs/packages.md"
SAID = re.compile(r"(?:FATAL|ERROR):  (.*)")  # by the server; what libpq says of a connection that is gone is none of it
RESTARTING = re.compile(r"the database system is (starting up|shutting down|not yet accepting connections)|terminating connection")


@pytest.fixture(name="later", scope="session")
def _later(packages, tmp_path_factory):
    """The same packages under a later version, as the next release would have."""
    place = tmp_path_factory.mktemp("later")
    later = {}
    for name, package in packages.items():
        tree = place / name
        run(["dpkg-deb", "--raw-extract", str(package), str(tree)])
        control = tree / "DEBIAN/control"
        version = run(["dpkg-deb", "--field", str(package), "Version"]).stdout.strip()
        control.write_text(control.read_text().replace(version, version + "+later"))
        later[name] = place / f"{name}_later.deb"
        run(["dpkg-deb", "--build", "-Znone", str(tree), str(later[name])])
        shutil.rmtree(tree)
    return later


@pytest.fixture(name="server")
def _server(machine, packages):
    machine.install(*(packages[name] for name in SERVER))
    server = Server(machine)
    server.wait()
    return server


def version_of(machine, package="countersign-server"):
    return machine.run("dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Version}", package).stdout


def score(machine, unit):
    return float(re.search(r"exposure level for \S+: ([0-9.]+)",
                           machine.run("systemd-analyze", "security", "--no-pager", unit).stdout)[1])


def without_versions(text):
    return re.sub(r"^(✓ (?:countersign|PostgreSQL): )\S+$", r"\1VERSION", text, flags=re.MULTILINE)


def test_installed(machine, server):
    assert machine.service("countersign", "ActiveState") == "active"
    database = Database(server)
    assert database.lets_in()
    assert database.sql("SET jit_above_cost = 0; SELECT sum(n) FROM generate_series(1, 1000) n") == "500500"
    server.aws("iam", "delete-user-policy", "--user-name", "jane", "--policy-name", "connect")
    assert REFUSED in database.login().stderr
    assert score(machine, "countersign") <= SCORE_MAX["countersign"]
    users = machine.processes("postgres")
    assert len(set(users)) == 1 and users[0] >= 1900000000
    assert "database.isolation" in machine.journal("countersign")
    assert machine.shell("stat -c '%a %U %s' /etc/countersign/sealing.key").stdout.split() == ["600", "root", "32"]
    assert not machine.path("/var/lib/countersign/sealing.key").exists()
    doctor = machine.run("countersign", "doctor", check=False).stdout
    assert "✗" not in doctor and "/usr/lib/countersign/pam_countersign.so" in doctor


def test_started_again_after_a_crash(machine, server):
    database = Database(server)
    before = machine.service("countersign", "MainPID")
    machine.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "countersign")
    until(lambda: machine.service("countersign", "MainPID") not in ("0", before), "systemd starts it again")
    until(database.lets_in, "jane logs in again")


def test_upgraded_while_logins_go_on(machine, server, later):
    database = Database(server)
    password = database.token()
    outcomes, ending = [], threading.Event()

    def log_in_again_and_again():
        while not ending.is_set():
            outcomes.append(database.login(password))

    logins = threading.Thread(target=log_in_again_and_again)
    logins.start()
    try:
        until(lambda: outcomes, "logins go on")
        before = machine.service("countersign", "MainPID")
        machine.install(*(later[name] for name in SERVER))
        assert machine.service("countersign", "MainPID") not in ("0", before)
        until(database.lets_in, "jane logs in after the upgrade")
    finally:
        ending.set()
        logins.join()
    assert version_of(machine).endswith("+later")
    assert outcomes[0].returncode == 0
    for outcome in outcomes:
        for said in SAID.findall(outcome.stderr):
            assert RESTARTING.search(said), outcome.stderr
    machine.run("countersign", "logins", "verify")


def test_downgrade_is_refused(machine, server, packages, later):
    database = Database(server)
    machine.install(*(later[name] for name in SERVER))
    refused = machine.install(*(packages[name] for name in SERVER), check=False)
    assert refused.returncode != 0
    assert "does not read the data of" in refused.stdout + refused.stderr
    for name in SERVER:
        assert version_of(machine, name).startswith("installed ") and version_of(machine, name).endswith("+later"), name
    assert machine.service("countersign", "ActiveState") == "active"
    until(database.lets_in, "jane logs in as before")


def test_removed_and_installed_again(machine, server, packages):
    database = Database(server)
    machine.run("apt-get", "-y", "remove", *SERVER)
    assert not machine.path("/usr/bin/countersign").exists()
    assert machine.path("/etc/countersign/countersign.toml").exists()
    assert machine.processes("countersign", "countersign-war", "postgres") == []
    machine.install(*(packages[name] for name in SERVER))
    until(database.lets_in, "jane logs in to what was kept")


def test_purged(machine, server, packages):
    database = Database(server)
    kept = machine.run("apt-get", "-y", "purge", *SERVER)
    assert "stays, since it has databases" in kept.stdout + kept.stderr
    assert machine.path("/etc/countersign/sealing.key").exists()
    machine.install(*(packages[name] for name in SERVER))
    until(database.lets_in, "jane logs in to what was kept")
    server.aws("rds", "delete-db-instance", "--db-instance-identifier", "orders", "--skip-final-snapshot")
    until(lambda: not server.aws("rds", "describe-db-instances")["DBInstances"], "the database is gone")
    machine.run("apt-get", "-y", "purge", *SERVER)
    for place in ("/var/lib/countersign", "/etc/countersign", "/lib/systemd/system/countersign.service"):
        assert not machine.path(place).exists(), place


@pytest.fixture(name="agent")
def _agent(machine, server, packages):
    """One that is enrolled on the same machine."""
    machine.path("/etc/countersign/countersign.toml").write_text('[serve]\nagents = "127.0.0.1:7443"\n')
    machine.run("systemctl", "restart", "countersign")
    enrolment = machine.run("countersign", "agent-token").stdout.strip()
    machine.install(packages["countersign-agent"])
    assert machine.service("countersign-agent", "ActiveState") == "inactive"
    machine.path("/etc/countersign/agent.toml").write_text('[agent]\ncontrol-plane = "127.0.0.1:7443"\nname = "near"\n')
    machine.shell(f"umask 077; echo COUNTERSIGN_AGENT_TOKEN={enrolment} >/etc/countersign/agent.env")
    machine.run("systemctl", "enable", "--now", "countersign-agent")
    assert "near" in machine.run("countersign", "agents").stdout
    assert server is not None
    return "near"


def test_agent_of_a_postgresql_that_runs_already(machine, server, agent):
    """Attached as a DBA does it, by PAM; jane logs in, and the agent ends her session."""
    machine.run("pg_createcluster", "15", "own", "--port", "5432", "--start")
    attached = machine.run("countersign", "attach", "own", "--cluster", "15/own", "--agent", agent).stdout
    assert "✓ proof: a fresh token was accepted over TLS" in attached and "✓ proof: a wrong token was refused" in attached
    assert "/usr/lib/countersign/pam_countersign.so" in next(machine.path("/etc/pam.d").glob("countersign-db-*")).read_text()
    machine.shell("su postgres -c \"psql -p 5432 -c 'CREATE USER jane_doe' -c 'GRANT rds_iam TO jane_doe'\"")
    endpoint = server.database("own")["Endpoint"]
    host, port = endpoint["Address"], endpoint["Port"]
    jane = let_jane_in(server, server.database("own")["DbiResourceId"])
    words = ["psql", "-X", "-A", "-t", "-q", f"host={host} port={port} dbname=postgres user=jane_doe sslmode=require"]
    password = {"PGPASSWORD": token(server, jane, host, port)}
    assert machine.near([*words, "-c", "SELECT current_user"], password).stdout == "jane_doe\n"
    with subprocess.Popen(["nsenter", "--target", str(machine.leader), "--net", *words, "-c", "SELECT pg_sleep(600)"],
                          env={**PATH, **password}, stderr=subprocess.PIPE, text=True) as session:
        until(lambda: "jane_doe" in machine.run("countersign", "sessions").stdout, "her session is there")
        machine.run("countersign", "sessions", "end", "--user", "jane_doe")
        assert "terminating connection" in session.communicate(timeout=60)[1]
    assert score(machine, "countersign-agent") <= SCORE_MAX["countersign-agent"]


def test_the_page_says_what_happens(machine, packages):
    """Every command of docs/packages.md, in its order, beside the packages."""
    for package in packages.values():
        shutil.copy(package, machine.path("/root"))
    commands = re.findall(r"^```bash\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(commands) > 4
    said = without_versions(machine.shell("cd /root; set -euo pipefail\n" + "\n".join(commands)).stdout)
    section = (REPOSITORY / "README.md").read_text().split("\n## With packages\n")[1].split("\n## ")[0]
    first, shown = re.search(r"^```bash\n(.*?)^```\n```text\n(.*?)^```$", section, re.MULTILINE | re.DOTALL).groups()
    assert first == commands[0] and without_versions(shown) in said
    for place in ("/var/lib/countersign", "/var/lib/countersign-agent", "/etc/countersign", "/usr/lib/countersign"):
        assert not machine.path(place).exists(), place


def test_shells_and_manual(machine, server):
    assert subprocess.run(["man", "--warnings", "-l", str(machine.path("/usr/share/man/man1/countersign-serve.1.gz"))],
                          capture_output=True, text=True, check=True).stderr == ""
    machine.shell("source /usr/share/bash-completion/completions/countersign && complete -p countersign")
    for place in ("/usr/share/zsh/vendor-completions/_countersign", "/usr/share/fish/vendor_completions.d/countersign.fish"):
        assert "countersign" in machine.path(place).read_text()
    assert server is not None
