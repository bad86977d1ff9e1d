"""The agent of another host, when it, its control plane, its clock, its certificate or its disk fails."""

import contextlib
import json
import os
import re
import shutil
import urllib.request

import pytest

from support import aws, faults
from support.agents import Host, new_token, whole
from support.faults import frozen
from support.login import PAM_REFUSED
from support.poll import until
from support.server import clean_environment

REFUSED = PAM_REFUSED.format("jane")
HOUR = 3600


@pytest.fixture(name="plane", scope="module")
def _plane():
    made = faults.ClockedServer()
    made.options = ("--agents", f"localhost:{made.ports.last}")
    try:
        yield made.start()
    finally:
        made.close()


@contextlib.contextmanager
def surroundings(variables):
    """What is started meanwhile has these in its environment."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            os.environ.pop(name, None)
        os.environ.update(before)


class ClockedHost(Host):
    """A host whose agent has a clock that can be set."""

    def __init__(self, server):
        super().__init__(server, name="fragile-host")
        self.clock = faults.Clock(self.home)
        self.pids = []

    def start_agent(self, *options, token=None):
        with surroundings(self.clock.environment):
            super().start_agent(*options, token=token)
        self.pids.append(self.agent.pid)
        return self

    def close(self):
        super().close()
        faults.forget_clocks(self.pids)


@pytest.fixture(name="host", scope="module")
def _host(plane):
    with whole(ClockedHost(plane), plane) as made:
        yield made


@pytest.fixture(name="jane")
def _jane(plane, host, request):
    arn = f"arn:aws:rds-db:{plane.region}:{plane.account}:dbuser:{host.servers()[0]['resource_id']}/*"
    name = re.sub(r"[^\w-]", "-", request.node.name)[:60]
    made = aws.new_principal(plane, name, [aws.document(aws.allow("rds-db:connect", arn))])
    until(lambda: host.may(made) is None, "the host is well")
    yield made
    if host.agent.poll() is not None:
        host.start_agent()
    until(lambda: host.may(made) is None, "the host is well again")


def said_by_postgres(host):
    return (host.home / "postgres.log").read_text(errors="replace")


def arrived(plane, host, mark=0):
    """Waits until the control plane has every line of the host's audit behind the first `mark`; each once."""
    mine = {(entry["login_id"], entry["decision"]) for entry in host.logins()[mark:]}

    def all_there():
        there = [(entry["login_id"], entry["decision"]) for entry in plane.logins() if entry["agent"] == host.name]
        assert len(there) == len(set(there)), "a line arrived twice"
        return mine <= set(there)
    until(all_there, "the control plane has the host's audit")


def left_out(host):
    """The agent's own figure of lines that the control plane will not have."""
    with urllib.request.urlopen(f"http://127.0.0.1:{host.ports.last}/metrics", timeout=60) as answer:
        text = answer.read().decode()
    return float(re.search(r"^countersign_agent_unshipped_lost_lines (\S+)$", text, re.MULTILINE).group(1))


def test_agent_killed_while_a_login_waits(plane, host, jane):
    socket = host.agent_socket()
    outcomes = []
    with frozen(host.agent):
        with faults.Attempts(2, lambda: outcomes.append(host.may(jane))):
            until(lambda: faults.logins_with_agent(socket) > 0 or outcomes, "a backend waits for its answer")
            host.stop_agent(kill=True)
    assert outcomes == [REFUSED, REFUSED]
    assert "countersign: agent: " in said_by_postgres(host)
    assert host.sql("SELECT 1").stdout.strip() == "1"
    assert host.may(jane) == REFUSED
    host.start_agent()
    until(lambda: host.may(jane) is None, "the agent is back")
    arrived(plane, host)


def test_agent_frozen(host, jane):
    with frozen(host.agent):
        assert host.may(jane) == REFUSED
        assert host.sql("SELECT 1").stdout.strip() == "1"
    assert "countersign: agent: does not answer within 1500 ms" in said_by_postgres(host)
    until(lambda: host.may(jane) is None, "it answers again")


def test_audit_arrives_after_the_control_plane_was_killed(plane, host, jane):
    """Who is known gets in meanwhile; what was recorded on the host arrives, each line once."""
    plane.kill9()
    try:
        assert [host.may(jane) for _ in range(5)] == [None] * 5
        host.stop_agent(kill=True)  # with lines that have not arrived
        host.start_agent()
        assert host.may(jane) == REFUSED  # nobody is known to an agent that has just started
    finally:
        plane.start()
    until(lambda: host.may(jane) is None, "the control plane is back")
    arrived(plane, host)
    faults.check_audit(plane)


def test_socket_removed(host, jane):
    host.agent_socket().unlink()
    told = host.may(jane)
    if told is not None:
        assert told == REFUSED
        assert "countersign: agent: not running (no such socket)" in said_by_postgres(host)
        host.stop_agent()
        host.start_agent()
    until(lambda: host.may(jane) is None, "the socket is there again")


@pytest.mark.parametrize("seconds", [HOUR, -HOUR], ids=["an hour ahead", "an hour behind"])
def test_clock_of_the_host_jumps(host, jane, seconds):
    host.clock.set(seconds)
    try:
        until(lambda: host.may(jane) == REFUSED, "the token is refused")
        assert host.reason()[1] == "token.time"
    finally:
        host.clock.set(0)
    until(lambda: host.may(jane) is None, "the clock is right again")


def test_certificate_is_renewed_before_it_ends(plane, host, jane):
    host.clock.set(10 * HOUR)
    try:
        aws.client(plane, "iam").create_user(UserName="news")  # an agent that hears of something looks at once
        until(lambda: "agent.certificate_renewed" in host.said(), "the agent has another certificate")
    finally:
        host.clock.set(0)
    until(lambda: host.may(jane) is None, "logins go on")


def test_certificate_that_has_ended(plane, host, jane):
    """Nobody gets in, the reason names the next step, and that step is all it needs."""
    host.stop_agent()
    plane.clock.set(-72 * HOUR)  # so that it certifies for a day that is over
    try:
        plane.command("agent-token", "revoke", host.name, environment=clocked(plane))
        token = plane.command("agent-token", "--name", host.name, environment=clocked(plane)).stdout.strip()
        host.start_agent(token=token)
        until(lambda: "agent.certificate_ended" in host.said(), "the agent knows that its certificate has ended")
        assert host.may(jane) == REFUSED
        assert "countersign agent-token --name" in host.reason()[2]
    finally:
        plane.clock.set(0)
    host.stop_agent()
    plane.command("agent-token", "revoke", host.name)
    host.start_agent(token=new_token(plane, "--name", host.name))
    until(lambda: host.may(jane) is None, "it is enrolled again")


def clocked(plane):
    """A shell that has the control plane's clock."""
    return clean_environment(plane.user_home) | plane.clock.environment


def test_disk_of_the_host_is_full(plane, jane):
    """What cannot be recorded on the host is refused; with room again all goes on. The host's own audit has everybody
    who got in; of what was recorded while nothing else could be written, the control plane may not have heard."""
    faults.need_root("a file system is mounted")
    host = ClockedHost(plane)
    host.name = "full-host"
    disk = None
    try:
        disk = faults.SmallDisk(host.state, 16)
        os.chown(host.state, host.owner.pw_uid, host.owner.pw_gid)
        host.start_agent("--metrics", f"127.0.0.1:{host.ports.last}", token=new_token(plane))
        host.make_postgres()
        host.register("on-full-host")
        host.start_postgres(host.agent_socket())
        arn = f"arn:aws:rds-db:{plane.region}:{plane.account}:dbuser:{host.servers()[0]['resource_id']}/*"
        aws.client(plane, "iam").put_user_policy(
            UserName=jane.name, PolicyName="full",
            PolicyDocument=json.dumps(aws.document(aws.allow("rds-db:connect", arn))))
        until(lambda: host.may(jane) is None, "the host is well")
        arrived(plane, host)
        before = len(host.logins())
        disk.fill()
        outcomes = []

        def refused():
            outcomes.append(host.may(jane))
            return outcomes[-1] is not None
        until(refused, "a login cannot be recorded")
        assert outcomes[-1] == REFUSED
        assert [host.may(jane) for _ in range(3)] == [REFUSED] * 3
        assert "login.unrecorded" in host.said()
        disk.clear()
        mark = len(host.logins())
        assert mark == before + len(outcomes) - 1, "each login that got in is a line, and nothing else is"
        until(lambda: host.may(jane) is None, "people log in again")
        arrived(plane, host, mark)
        there = {entry["login_id"] for entry in plane.logins()}
        missing = [entry for entry in host.logins() if entry["login_id"] not in there]
        assert left_out(host) >= len(missing)
    finally:
        host.close()
        if disk:
            faults.unmount(disk.place)
            shutil.rmtree(host.home, ignore_errors=True)
