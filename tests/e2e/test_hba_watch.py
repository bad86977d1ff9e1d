"""The agent sees that Countersign's lines in pg_hba.conf are gone or overtaken, and says so."""

import json
import subprocess
import urllib.request

import pytest

from support.agents import first_line
from support.attaching import REFUSED, Host
from support.own_postgres import OWNER, is_root, sockets_directory
from support.poll import until
from support.server import PROGRAM, Server, clean_environment

pytestmark = pytest.mark.skipif(not is_root(), reason="a PAM service is root's to make")

OLD = "janes-old-password"
BY_HAND = "hostssl all all 127.0.0.1/32 scram-sha-256\n"


@pytest.fixture(name="sockets", scope="module")
def _sockets():
    with sockets_directory() as directory:
        yield directory


@pytest.fixture(name="server", scope="module")
def _server(sockets):
    made = Server("--user", OWNER, "--postgres-socket-dir", sockets, "--hba-every", "1s", "--metrics-listen",
                  "127.0.0.1:0")
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture(name="host")
def _host(server):
    made = Host(server)
    try:
        yield made
    finally:
        made.close()


def notes(server, database):
    """The codes of what the audit noted about the rules of a database, oldest first."""
    return [one["reason_code"] for one in server.logins() if one["check"] == "hba" and one["database"] == database]


def events(host, database):
    return [one["Message"] for one in host.rds.describe_events(SourceType="db-instance", SourceIdentifier=database)["Events"]]


def figure(url, name, database):
    """The value of the metric's only series of that database; nothing when there is none."""
    with urllib.request.urlopen(url + "/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    found = [line.rsplit(" ", 1)[1] for line in lines if line.startswith(name + "{") and f'database="{database}"' in line]
    return found[0] if found else None


def rules(host, name):
    done = host.server.command("doctor", "--json", "--state-dir", host.state, check=False)
    return next(one for one in json.loads(done.stdout)["Checks"] if one["what"] == f"{name}: rules")


def attached(host, sockets, name, *words):
    """An attached server with a member of rds_iam who had a password before."""
    postgres = host.postgres(sockets=sockets)
    host.attach(name, postgres, *words)
    postgres.sql(f"ALTER ROLE jane PASSWORD '{OLD}'; GRANT rds_iam TO jane")
    assert REFUSED.format("jane") in postgres.login("jane", OLD)
    return postgres


def put(postgres, text):
    postgres.hba.write_text(text)
    loaded = postgres.sql("SELECT pg_conf_load_time()")
    postgres.sql("SELECT pg_reload_conf()")
    until(lambda: postgres.sql("SELECT pg_conf_load_time()") != loaded, "the rules are read again")


def test_a_line_in_front_lets_an_old_password_in_and_raises_the_alarm(host, sockets):
    postgres = attached(host, sockets, "overtaken")
    metrics = host.server.ready["metrics"]
    until(lambda: figure(metrics, "countersign_hba_in_order", "overtaken") == "1", "the rules were looked at")
    assert notes(host.server, "overtaken") == [] and rules(host, "overtaken")["mark"] == "good"
    before = postgres.hba.read_text()
    put(postgres, BY_HAND + before)
    assert postgres.login("jane", OLD) == "", "that is the fault"
    until(lambda: notes(host.server, "overtaken") == ["hba-overtaken"], "the alarm is in the audit")
    until(lambda: any("line 1 of pg_hba.conf (hostssl, scram-sha-256)" in one for one in events(host, "overtaken")),
          "the alarm is an event")
    until(lambda: figure(metrics, "countersign_hba_in_order", "overtaken") == "0", "the gauge falls")
    assert figure(metrics, "countersign_hba_alarms_total", "overtaken") == "1"
    assert rules(host, "overtaken")["mark"] == "broken"
    line = host.server.command("logins", "--database", "overtaken", "--json", "--last", "1").stdout
    assert json.loads(line)["decision"] == "noted" and OLD not in line
    assert host.server.command("logins", "verify").returncode == 0

    host.server.restart()
    metrics = host.server.ready["metrics"]
    until(lambda: figure(metrics, "countersign_hba_in_order", "overtaken") == "0", "it was looked at again")
    put(postgres, before)
    assert REFUSED.format("jane") in postgres.login("jane", OLD)
    until(lambda: any("in order again" in one for one in events(host, "overtaken")), "the end is an event")
    assert notes(host.server, "overtaken") == ["hba-overtaken", "hba-in-order"], "once a change"
    until(lambda: figure(metrics, "countersign_hba_in_order", "overtaken") == "1", "the gauge rises")
    assert rules(host, "overtaken")["mark"] == "good"
    host.detach("overtaken")
    until(lambda: figure(metrics, "countersign_hba_in_order", "overtaken") is None, "nothing is watched any more")
    assert notes(host.server, "overtaken") == ["hba-overtaken", "hba-in-order"], "detaching is no alarm"


def test_lines_that_are_gone_and_lines_that_cannot_be_read(host, sockets):
    postgres = attached(host, sockets, "gone")
    before = postgres.hba.read_text()
    put(postgres, "local all all peer\n" + BY_HAND)
    assert postgres.login("jane", OLD) == ""
    until(lambda: notes(host.server, "gone") == ["hba-gone"], "the alarm")
    postgres.hba.write_text("local all all peer\nhost all all all no-such-method\n")
    until(lambda: notes(host.server, "gone") == ["hba-gone", "hba-faulty"], "the error")
    assert any("line 2 of pg_hba.conf cannot be read" in one for one in events(host, "gone"))
    put(postgres, before)
    until(lambda: notes(host.server, "gone")[-1] == "hba-in-order", "all is well")


def test_a_server_that_may_not_be_asked_is_said_to_be_unwatched(host):
    postgres = host.postgres()
    host.attach("unwatched", postgres)
    until(lambda: notes(host.server, "unwatched") == ["hba-unseen"], "it is said")
    assert any("--postgres-socket-dir" in one for one in events(host, "unwatched"))
    assert figure(host.server.ready["metrics"], "countersign_hba_in_order", "unwatched").lower() == "nan"


def test_an_agent_of_its_own_tells_its_control_plane(sockets):
    server = Server("--user", "nobody", "--agents", "localhost:0")
    server.options = ("--user", "nobody", "--agents", f"localhost:{server.ports.first + 2}")
    host = Host(server.start())
    token = server.command("agent-token", "--name", "db7").stdout.strip()
    log = server.home / "agent.log"
    with log.open("ab") as into:
        agent = subprocess.Popen(
            [str(PROGRAM), "agent", "--control-plane", server.options[-1], "--token", token, "--name", "db7", "--hba-every",
             "1s", "--postgres-socket-dir", sockets, "--metrics", "127.0.0.1:0", "--state-dir", str(server.home / "agent"),
             "--run-dir", str(server.home / "run")], stdout=subprocess.PIPE, stderr=into,
            env=clean_environment(server.user_home))
    try:
        ready = first_line(agent, log.read_text)
        metrics = f"http://127.0.0.1:{ready['metrics_port']}"
        postgres = attached(host, sockets, "far", "--agent", "db7")
        until(lambda: figure(metrics, "countersign_hba_in_order", "far") == "1", "the agent looks")
        before = postgres.hba.read_text()
        put(postgres, BY_HAND + before)
        assert postgres.login("jane", OLD) == ""
        until(lambda: notes(server, "far") == ["hba-overtaken"], "the control plane hears")
        assert [one["agent"] for one in server.logins() if one["check"] == "hba"] == ["db7"]
        until(lambda: any("out of order" in one for one in events(host, "far")), "and makes an event of it")
        assert figure(metrics, "countersign_hba_in_order", "far") == "0"
        put(postgres, before)
        assert REFUSED.format("jane") in postgres.login("jane", OLD)
        until(lambda: notes(server, "far") == ["hba-overtaken", "hba-in-order"], "it is well again")
    finally:
        host.close()
        agent.terminate()
        agent.wait(60)
        agent.stdout.close()
        server.close()
