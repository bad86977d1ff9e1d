"""Agents of other hosts: what a stolen one gets, whose it is, and where it makes sockets."""

import contextlib
import datetime
import http.client
import json
import os
import pathlib
import shutil
import sqlite3
import ssl
import stat
import urllib.parse

import pytest

from support import api, aws, faults, tokens
from support.agents import Host, new_token, whole
from support.poll import until

LINE = {"login_id": "ABCDEFGHJKLMNPQR", "decision": "allowed"}


@pytest.fixture(name="plane", scope="module")
def _plane():
    made = faults.ClockedServer()
    made.options = ("--agents", f"localhost:{made.ports.last}")
    try:
        yield made.start()
    finally:
        made.close()


@pytest.fixture(name="other", scope="module")
def _other(plane):
    """The administrator of another account."""
    made = json.loads(plane.command("account", "create", "other", "--json").stdout)
    key = made["AccessKey"]
    return aws.Principal(key["AccessKeyId"], key["SecretAccessKey"], name=made["Account"]["Id"])


@pytest.fixture(name="host", scope="module")
def _host(plane):
    with whole(Host(plane), plane) as made:
        yield made


@pytest.fixture(name="new_host")
def _new_host(plane):
    """Hosts with an agent, without a server yet."""
    made = []

    def make(name, *options):
        made.append(Host(plane, name))
        return made[-1].start_agent(token=new_token(plane, *options))
    try:
        yield make
    finally:
        for one in made:
            one.close()


class Thief:
    """Who has an agent's certificate and key, and speaks for it over one connection."""

    def __init__(self, host, tmp_path):
        identity = json.loads((host.state / "identity.json").read_text())
        file = tmp_path / "stolen.pem"
        file.write_text(identity["certificate"] + identity["key"])
        context = ssl.create_default_context(cadata=identity["authority"])
        context.load_cert_chain(file)
        name, port = identity["control_plane"].split(":")
        self.connection = http.client.HTTPSConnection(name, int(port), context=context, timeout=60)

    def ask(self, path, **body):
        self.connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def key_of(self, principal, day, region):
        """The status, and the derived key where there is one."""
        status, answer = self.ask("/v1/record", access_key_id=principal.key_id, session_token="",
                                  date=day.strftime("%Y%m%d"), region=region)
        record = answer.get("record")
        return status, record and record["signing_key"]


@pytest.fixture(name="thief")
def _thief(host, tmp_path):
    made = Thief(host, tmp_path)
    with contextlib.closing(made.connection):
        yield made


def call(plane, principal, action, **parameters):
    """The status and the code of an answer of Countersign's own API."""
    body = urllib.parse.urlencode({"Action": action, "Version": "2026-01-01"} | parameters)
    status, code, message, _ = api.signed(plane, body, "countersign", principal=principal)
    return status, code, message


def facts(host, name, **other):
    """What is said of a server that is to be attached."""
    return {"DBInstanceIdentifier": name, "Region": host.server.region, "EngineVersion": "15.4", "Host": "localhost",
            "Port": host.port, "MasterUsername": "postgres", "DataDirectory": host.data, "Owner": host.owner.pw_uid,
            "SocketDirectory": host.home, "SocketPort": host.port, "Agent": host.name} | other


def pooler(host, name, database, **other):
    return {"PoolerName": name, "DBIdentifier": database, "Region": host.server.region, "Host": "localhost",
            "Port": host.ports.last, "Owner": host.owner.pw_uid, "Agent": host.name} | other


def jane_of(plane, name):
    return aws.new_principal(plane, name, [aws.document(aws.allow("rds-db:connect", "*"))])


def set_time_of_day(plane, hour, minute, second):
    """Later today, by the control plane's clock; returns that moment."""
    wanted = tokens.now().replace(hour=hour, minute=minute, second=second, microsecond=0)
    plane.clock.set(int((wanted - tokens.now()).total_seconds()))
    return wanted


def test_a_key_is_derived_for_no_day_but_those_of_the_tokens_of_now(plane, host, thief):
    assert host.may(jane_of(plane, "of-the-day")) is None
    jane = jane_of(plane, "of-few-days")
    day = datetime.timedelta(days=1)
    assert thief.ask("/v1/servers")[0] == 200  # over a connection that no clock ends
    try:
        noon = set_time_of_day(plane, 12, 0, 0)
        for days in (-400, -2, -1, 1, 2, 400):
            assert thief.key_of(jane, noon + days * day, plane.region) == (403, None), days
        assert thief.key_of(jane, noon, plane.region)[1] == tokens.signing_key(
            jane.secret, noon.strftime("%Y%m%d"), plane.region, "rds-db").hex()
        assert thief.key_of(jane, noon, "eu-west-1")[0] == 403
        late = set_time_of_day(plane, 23, 53, 0)
        assert thief.key_of(jane, late + day, plane.region) == (403, None)
        set_time_of_day(plane, 23, 55, 10)
        assert thief.key_of(jane, late + day, plane.region)[1], "a client's clock may be five minutes ahead"
        early = set_time_of_day(plane, 0, 13, 0)
        assert thief.key_of(jane, early - day, plane.region)[1], "a token of 15 minutes ago is good"
        set_time_of_day(plane, 0, 15, 10)
        assert thief.key_of(jane, early - day, plane.region) == (403, None)
    finally:
        plane.clock.set(0)


def test_nobody_of_another_account_is_known(plane, other, thief):
    iam = aws.client(plane, "iam", other)
    iam.create_user(UserName="eve")
    key = iam.create_access_key(UserName="eve")["AccessKey"]
    eve = aws.Principal(key["AccessKeyId"], key["SecretAccessKey"])
    nobody = aws.Principal("AKIAIOSFODNN7EXAMPLE", "x")
    answers = [thief.ask("/v1/record", access_key_id=one.key_id, session_token="", region=plane.region,
                         date=tokens.now().strftime("%Y%m%d")) for one in (eve, nobody)]
    assert [(status, answer["record"], len(answer["marks"])) for status, answer in answers] == [(200, None, 2)] * 2


def test_a_removed_agent_has_nothing_any_more(plane, new_host, tmp_path):
    robbed = new_host("robbed")
    assert call(plane, None, "AttachDBInstance", **facts(robbed, "robbed-db"))[0] == 200
    jane = jane_of(plane, "of-the-robbed")
    thief = Thief(robbed, tmp_path)
    waiting = Thief(robbed, tmp_path)
    with contextlib.closing(thief.connection), contextlib.closing(waiting.connection):
        assert thief.key_of(jane, tokens.now(), plane.region)[1]
        seen = waiting.ask("/v1/watch")[1]
        plane.command("agent-token", "revoke", "robbed")
        at = {"epoch": seen["epoch"], "revision": seen["revision"]}
        until(lambda: waiting.ask("/v1/watch", **at)[0] == 401, "the poll that was held has ended")
        for path in ("/v1/record", "/v1/servers", "/v1/logins", "/v1/renew", "/v1/watch"):
            assert thief.ask(path)[0] == 401, path
    until(lambda: "takes this agent" in robbed.said() or "removed" in robbed.said(), "the agent knows")


def test_another_accounts_administrator_places_nothing_on_an_agent(plane, host, other):
    before = host.servers()
    told = call(plane, other, "AttachDBInstance", **facts(host, "theirs"))
    assert told[:2] == (404, "NoSuchEntity")
    nowhere = call(plane, other, "AttachDBInstance", **facts(host, "theirs", Agent="not-there"))
    assert told == nowhere[:2] + (nowhere[2].replace("not-there", host.name),), "nothing tells that it is there"
    assert call(plane, other, "RegisterPooler", **pooler(host, "pool", "theirs"))[:2] == (404, "NoSuchEntity")
    inside = facts(host, "theirs", Owner=os.geteuid())
    del inside["Agent"]
    assert call(plane, other, "AttachDBInstance", **inside)[:2] == (403, "AccessDenied")
    assert call(plane, other, "DeleteAgent", AgentName=host.name)[:2] == (404, "NoSuchEntity")
    assert call(plane, other, "CreateAgentToken", AgentName=host.name)[1] == "EntityAlreadyExists"
    body = urllib.parse.urlencode({"Action": "ListAgents", "Version": "2026-01-01"})
    host_name, port = urllib.parse.urlsplit(plane.url).netloc.split(":")
    headers = tokens.api_headers(other, f"{host_name}:{port}", body, "countersign")
    with contextlib.closing(http.client.HTTPConnection(host_name, int(port), timeout=60)) as connection:
        connection.request("POST", "/", body, headers)
        assert host.name not in connection.getresponse().read().decode()
    assert host.servers() == before
    assert "theirs" not in plane.command("agents").stdout


def test_an_agent_of_several_accounts_is_each_ones(plane, other, new_host):
    shared = new_host("shared", "--account", plane.account, "--account", other.name)
    assert call(plane, other, "AttachDBInstance", **facts(shared, "of-other"))[0] == 200
    assert call(plane, None, "AttachDBInstance", **facts(shared, "of-first"))[0] == 200
    known = until(lambda: len(shared.servers()) == 2 and shared.servers(), "the agent knows both")
    assert {server["account"] for server in known} == {plane.account, other.name}
    assert call(plane, other, "DeleteAgent", AgentName="shared")[1] == "AccessDenied"


def sockets_in(directory):
    return sorted(file for file in pathlib.Path(directory).glob("*.agent") if stat.S_ISSOCK(file.stat().st_mode))


def test_sockets_are_where_the_agent_has_them_and_go_with_their_server(plane, new_host, tmp_path):
    tmp_path.chmod(0o777)
    made = new_host("placed")
    said = call(plane, None, "AttachDBInstance", **facts(made, "placed-db", RunDirectory=tmp_path))
    assert said[0] in (200, 400)
    if said[0] != 200:
        assert call(plane, None, "AttachDBInstance", **facts(made, "placed-db"))[0] == 200
    until(lambda: sockets_in(made.home), "the agent listens")
    assert sockets_in(tmp_path) == []
    socket = made.agent_socket()
    assert socket == sockets_in(made.home)[0]
    aws.client(plane, "rds").delete_db_instance(DBInstanceIdentifier="placed-db", SkipFinalSnapshot=True)
    until(lambda: not socket.exists(), "the socket has gone with its server")

    assert call(plane, None, "AttachDBInstance", **facts(made, "gone-meanwhile"))[0] == 200
    until(lambda: sockets_in(made.home), "the agent listens")
    made.stop_agent(kill=True)
    assert call(plane, None, "DetachDBInstance", DBInstanceIdentifier="gone-meanwhile",
                Region=plane.region)[0] == 200
    made.start_agent()
    until(lambda: sockets_in(made.home) == [], "what was left is cleaned away")


def test_servers_are_asked_where_the_agent_was_told_to(plane, host):
    """A pooler's server is asked as its own user: not in a directory that the caller names."""
    assert call(plane, None, "RegisterPooler", **pooler(host, "elsewhere", "attached"))[0] == 200
    until(lambda: "agent.server_not_asked" in host.said(), "the agent has refused the directory")
    assert call(plane, None, "DeregisterPooler", PoolerName="elsewhere", Region=plane.region)[0] == 200
    inside = facts(host, "neighbour", Owner=int(pathlib.Path(f"/proc/{plane.pid}").stat().st_uid),
                   SocketDirectory=plane.data / "run", MasterUsername="rdsadmin")
    del inside["Agent"]
    assert call(plane, None, "AttachDBInstance", **inside)[:2] == (400, "InvalidInput")


def test_lines_are_about_the_agents_own_servers_and_nobody_elses_people(plane, host, thief, other):
    own = host.servers()[0]["resource_id"]
    stranger = f"arn:aws:iam::{other.name}:user/eve"
    lines = [LINE | {"login_id": f"FORGED{number:010}"} | line for number, line in enumerate([
        {"resource_id": "db-OFANOTHER", "account": other.name},
        {"resource_id": own, "account": other.name, "principal_arn": stranger, "time": "2999-01-01T00:00:00.000Z"},
        {"resource_id": own, "decision": "erased"},
        {"resource_id": own, "login_id": "X" * 1000},
    ])]
    assert thief.ask("/v1/logins", lines=lines)[0] == 200
    found = [line for line in plane.logins() if line["login_id"].startswith(("FORGED", "XX"))]
    assert [line["login_id"] for line in found] == ["FORGED0000000001"]
    assert (found[0]["account"], found[0]["principal_arn"]) == (plane.account, "")
    assert found[0]["time"] < "2999"


def test_a_flood_of_one_agent_holds_up_no_other(plane, host, new_host, tmp_path):
    flooding = new_host("flooding")
    jane = jane_of(plane, "beside-a-flood")
    thief = Thief(flooding, tmp_path)
    line = LINE | {"resource_id": "db-OFANOTHER", "reason": "x" * 400_000}
    with contextlib.closing(thief.connection):
        until(lambda: thief.ask("/v1/logins", lines=[line])[0] == 503, "the flood is refused")
        assert host.may(jane) is None
        assert plane.command("agents").returncode == 0


def edit(plane, key_like, change):
    """Changes the records of a control plane that does not run."""
    with contextlib.closing(sqlite3.connect(plane.data / "state.db")) as database, database:
        rows = database.execute("SELECT rowid, value FROM history WHERE CAST(key AS TEXT) LIKE ? AND ended IS NULL", (key_like,))
        for row, value in rows.fetchall():
            record = json.loads(value)
            change(record)
            database.execute("UPDATE history SET value = ? WHERE rowid = ?", (json.dumps(record).encode(), row))


def test_a_fleet_of_an_earlier_version_goes_on(plane, new_host):
    """Whose an agent is was not said, and its sockets were where callers had said."""
    old = new_host("old")
    old.make_postgres()
    old.register("old-db")
    place = old.home / "elsewhere"
    place.mkdir()
    shutil.chown(place, old.owner.pw_uid)
    socket = place / old.agent_socket().name
    old.stop_agent()
    plane.stop()

    def before(record):
        record.pop("accounts", None)
        record.pop("run_directory", None)
    edit(plane, "/fleet/agent/old", before)

    def elsewhere(record):
        record["server"]["attached"]["agent_socket"] = str(socket)
    edit(plane, "/rds/%/instance/old-db", elsewhere)
    known = json.loads((old.state / "servers.json").read_text())
    known["servers"][0]["agent_socket"] = str(socket)
    (old.state / "servers.json").write_text(json.dumps(known))
    (old.state / "places.json").unlink()
    plane.start()
    old.start_agent()
    old.start_postgres(socket)
    jane = jane_of(plane, "of-the-old")
    until(lambda: old.may(jane) is None, "logins go on")
    assert sockets_in(place) == [socket]
    status, _, _ = call(plane, None, "AttachDBInstance", **facts(old, "old-db"))
    assert status == 200
    until(lambda: sockets_in(place) == [], "attached again, its socket is where the agent has its own")
