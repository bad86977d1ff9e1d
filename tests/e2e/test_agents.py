"""The agent of another host: a control plane, an agent of its own, and a PostgreSQL that Countersign did not start."""

import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import time
import urllib.request

import pytest

from support import aws, tokens
from support.agents import Host, new_token, whole
from support.faults import frozen
from support.poll import until
from support.server import PROGRAM, Server, clean_environment, run

REFUSED = 'PAM authentication failed for user "jane"'
AWAY = "the control plane cannot be reached, and this access key has not logged in here"


@pytest.fixture(name="plane", scope="module")
def _plane():
    made = Server("--agents", "localhost:0")
    made.options = ("--agents", f"localhost:{made.ports.last}")
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture(name="host", scope="module")
def _host(plane):
    with whole(Host(plane), plane) as made:
        yield made


@pytest.fixture(name="everyone")
def _everyone(plane, host):
    """Makes principals that may connect as anybody, each with a name of its own."""
    made = []

    def make():
        made.append(1)
        return new_user(plane, host)
    return make


COUNT = iter(range(1, 10_000))


def may_connect(plane, host, user="*"):
    arn = f"arn:aws:rds-db:{plane.region}:{plane.account}:dbuser:{host.servers()[0]['resource_id']}/{user}"
    return aws.document(aws.allow("rds-db:connect", arn))


def new_user(plane, host):
    return aws.new_principal(plane, f"user{next(COUNT)}", [may_connect(plane, host)])


def refused_within_a_second(host, principal, since):
    """Logins until the first refusal; it must have been judged within a second of the change."""
    until(lambda: host.may(principal) is not None, "the login is refused")
    last_in = [entry["time"] for entry in host.logins() if entry["decision"] == "allowed"
               and entry["access_key_id"] == principal.key_id][-1]
    assert last_in <= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(since + 1)) + ".999Z"


def test_a_token_gets_in_and_the_role_is_the_tokens_own(host, everyone):
    jane = everyone()
    with host.login().psycopg("jane", host.token(jane)) as session:
        assert session.execute("SELECT session_user, current_user").fetchone() == ("jane", "jane")
    assert host.may(jane) is None
    assert host.may(aws.Principal(jane.key_id, "another secret")) == REFUSED
    assert host.reason()[1] == "signature"


def test_the_socket_is_for_the_servers_user_alone(host):
    facts = host.agent_socket().stat()
    assert facts.st_mode & 0o777 == 0o600
    assert facts.st_uid == host.owner.pw_uid


@pytest.mark.parametrize("change", ["policy", "key", "user", "guardrail"])
def test_a_change_is_judged_by_the_next_login(plane, host, everyone, change):
    iam = aws.client(plane, "iam")
    jane = everyone()
    assert host.may(jane) is None
    if change == "policy":
        iam.delete_user_policy(UserName=jane.name, PolicyName="p0")
    elif change == "key":
        iam.update_access_key(UserName=jane.name, AccessKeyId=jane.key_id, Status="Inactive")
    elif change == "user":
        iam.delete_user_policy(UserName=jane.name, PolicyName="p0")
        iam.delete_access_key(UserName=jane.name, AccessKeyId=jane.key_id)
        iam.delete_user(UserName=jane.name)
    else:
        deny = aws.document(aws.deny("rds-db:connect", "*"))
        plane.command("guardrail", "put", "closed", json.dumps(deny))
    changed = time.time()
    refused_within_a_second(host, jane, changed)
    if change == "guardrail":
        plane.command("guardrail", "delete", "closed")
        until(lambda: host.may(jane) is None, "the guardrail is gone")


def test_a_key_made_after_its_refusal_gets_in(plane, host):
    stranger = aws.Principal("AKIAIOSFODNN7EXAMPLE", "x" * 40)
    assert host.may(stranger) == REFUSED
    assert host.reason()[1] == "key"
    assert host.may(new_user(plane, host)) is None


def test_iam_turned_off_and_tags_reach_the_agent(plane, host, everyone):
    jane = everyone()
    rds = aws.client(plane, "rds")
    arn = f"arn:aws:rds:{plane.region}:{plane.account}:db:attached"
    iam = aws.client(plane, "iam")
    only_blue = may_connect(plane, host)
    only_blue["Statement"][0]["Condition"] = {"StringEquals": {"aws:ResourceTag/colour": "blue"}}
    iam.put_user_policy(UserName=jane.name, PolicyName="p0", PolicyDocument=json.dumps(only_blue))
    until(lambda: host.may(jane) is not None, "the policy asks for a tag")
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "colour", "Value": "blue"}])
    until(lambda: host.may(jane) is None, "the tag is there")


def test_logins_of_the_host_are_in_the_control_planes_audit(plane, host, everyone):
    jane = everyone()
    assert host.may(jane) is None
    mine = host.logins()[-1]
    there = until(lambda: [entry for entry in plane.logins() if entry["login_id"] == mine["login_id"]
                           and entry["decision"] == "allowed"], "the line has arrived")
    assert len(there) == 1
    assert there[0]["agent"] == host.name
    assert there[0]["principal_arn"] == mine["principal_arn"]
    assert there[0]["database"] == "attached"


def test_the_control_plane_lists_its_agents(plane, host):
    def seen():
        agents = json.loads(plane.command("agents", "--json").stdout)["Agents"]
        return [one for one in agents if one["AgentName"] == host.name and one["LastSeen"]]
    found = until(seen, "the agent was seen")[0]
    assert found["DBIdentifiers"] == ["attached"]
    assert found["CertificateUntil"] > found["EnrollDate"]
    assert host.name in plane.command("agents").stdout


def test_known_go_on_while_the_control_plane_is_away_and_unknown_are_refused(plane, host, everyone):
    known, unknown = everyone(), everyone()
    assert host.may(known) is None
    plane.stop()
    try:
        assert host.may(known) is None
        assert host.may(unknown) == REFUSED
        assert host.reason() == ("refused", "key", AWAY)
        host.stop_agent(kill=True)
        host.start_agent()
        assert not host.agent_ready["reachable"]
        assert host.may(known) == REFUSED  # no key was kept on disk
        assert host.reason() == ("refused", "key", AWAY)
    finally:
        plane.start()
    until(lambda: host.may(unknown) is None, "the control plane is back")
    assert host.may(known) is None
    aws.client(plane, "iam").delete_user_policy(UserName=known.name, PolicyName="p0")
    until(lambda: host.may(known) is not None, "news comes again")


def test_a_frozen_control_plane_holds_up_nobody_who_is_known(plane, host, everyone):
    known, unknown = everyone(), everyone()
    assert host.may(known) is None
    with frozen(plane.process):
        assert host.may(unknown) == REFUSED
        for _ in range(5):
            assert host.may(known) is None
    until(lambda: host.may(unknown) is None, "the control plane is back")


def test_past_stale_for_everybody_is_refused(plane, host, everyone):
    known = everyone()
    host.stop_agent()
    host.start_agent("--stale-for", "1s")
    try:
        until(lambda: host.may(known) is None, "the agent has its records")
        with frozen(plane.process):
            until(lambda: host.may(known) is not None, "what is known is too old")
            assert "--stale-for" in host.reason()[2] or host.reason()[2] == AWAY
        until(lambda: host.may(known) is None, "the control plane is back")
    finally:
        host.stop_agent()
        host.start_agent()


def memory_of(pid):
    """All that a process holds, as far as it can be read."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            begin, end, rights = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line).groups()
            if "r" not in rights or "[v" in line:
                continue
            try:
                memory.seek(int(begin, 16))
                yield memory.read(int(end, 16) - int(begin, 16))
            except OSError:
                continue


@pytest.mark.skipif(os.geteuid() != 0, reason="reading another process's memory takes root")
def test_the_host_holds_no_secret_and_no_key_but_that_of_the_day(plane, host, everyone):
    jane = everyone()
    assert host.may(jane) is None
    today = tokens.now().strftime("%Y%m%d")
    other_days = ["20000101", str(int(today) + 1), str(int(today) - 1)]
    date_key = tokens.hmac.new(f"AWS4{jane.secret}".encode(), today.encode(), tokens.hashlib.sha256).digest()
    region_key = tokens.hmac.new(date_key, plane.region.encode(), tokens.hashlib.sha256).digest()
    service_key = tokens.hmac.new(region_key, b"rds-db", tokens.hashlib.sha256).digest()
    forbidden = [jane.secret.encode(), date_key, region_key, service_key,
                 aws.administrator(plane).secret.encode()]
    forbidden += [tokens.signing_key(jane.secret, day, plane.region, "rds-db") for day in other_days]
    forbidden += [tokens.signing_key(jane.secret, today, plane.region, service) for service in ("rds", "iam", "sts")]
    forbidden += [tokens.signing_key(jane.secret, today, "eu-west-1", "rds-db")]
    derived = tokens.signing_key(jane.secret, today, plane.region, "rds-db")
    held = list(memory_of(host.agent.pid))
    assert any(derived in part for part in held), "the key of the day should be found, or this test finds nothing"
    written = [file.read_bytes() for file in host.state.rglob("*") if file.is_file()]
    for bad in forbidden + [word.hex().encode() for word in forbidden]:
        assert not any(bad in part for part in held)
        assert not any(bad in part for part in written)
    assert not any(derived in part or derived.hex().encode() in part for part in written)
    assert all(file.stat().st_mode & 0o077 == 0 for file in host.state.rglob("*") if file.is_file())


def test_figures_of_the_agent(host, everyone):
    host.stop_agent()
    host.start_agent("--metrics", "127.0.0.1:0")
    assert host.may(everyone()) is None
    url = f"http://127.0.0.1:{host.agent_ready['metrics_port']}/metrics"
    with urllib.request.urlopen(url, timeout=60) as answer:
        text = answer.read().decode()
    assert re.search(r"^countersign_agent_contact_age_seconds \d", text, re.MULTILINE)
    assert re.search(r"^countersign_agent_records 1$", text, re.MULTILINE)
    assert re.search(r"^countersign_agent_servers 1$", text, re.MULTILINE)
    assert re.search(r'^countersign_logins_total\{.*decision="allowed".*\} 1$', text, re.MULTILINE)


def agent_fails(plane, directory, *words):
    done = run([PROGRAM, "agent", "--control-plane", plane.ready["agents"], "--state-dir", directory, *words],
               clean_environment(directory), check=False)
    assert done.returncode == 1
    return done.stderr


def test_enrolment_needs_a_token_that_is_good(plane, host, tmp_path):
    assert "agent-token" in agent_fails(plane, tmp_path)
    assert "no token of an agent" in agent_fails(plane, tmp_path, "--token", "nonsense", "--name", "other")
    token = new_token(plane)
    foreign = token[:-4] + ("0000" if not token.endswith("0000") else "1111")
    assert "not the control plane" in agent_fails(plane, tmp_path, "--token", foreign, "--name", "other")
    assert "already" in agent_fails(plane, tmp_path, "--token", token, "--name", host.name)
    assert not list(tmp_path.glob("identity*"))


def test_the_listener_shows_nothing_to_strangers(plane):
    name, port = plane.ready["agents"].split(":")
    context = ssl.create_default_context(cafile=str(plane.bundle))
    with socket.create_connection((name, int(port)), timeout=60) as plain:
        with context.wrap_socket(plain, server_hostname=name) as channel:
            assert channel.version() == "TLSv1.3"
            channel.sendall(b"POST /v1/servers HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
            assert channel.recv(100).startswith(b"HTTP/1.1 401 ")
    old = ssl.create_default_context(cafile=str(plane.bundle))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection((name, int(port)), timeout=60) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain, server_hostname=name)


def test_a_removed_agent_is_refused_at_once_and_can_be_enrolled_again(plane, host, everyone):
    jane = everyone()
    assert host.may(jane) is None
    plane.command("agent-token", "revoke", host.name)
    until(lambda: host.may(jane) == REFUSED, "the agent knows that it was removed")
    assert "removed" in host.reason()[2]
    host.stop_agent()
    host.start_agent(token=new_token(plane, "--name", host.name))
    assert host.may(jane) is None
    host.stop_agent()
    host.start_agent()  # without the token, which was used
    until(lambda: host.may(jane) is None, "it knows its control plane")


def test_an_agent_stops_cleanly(host):
    assert host.stop_agent() == 0
    assert "agent.stopped" in host.said()
    assert subprocess.run(["true"], check=True)
    host.start_agent()
