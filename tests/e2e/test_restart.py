"""Stops, crashes and what they must not do: lose what was acknowledged, or leave anything half-made."""

import contextlib
import os
import pathlib
import random
import shutil
import signal
import threading
import time

import botocore.exceptions
import psycopg
import pytest

from support import aws
from support.faults import group_of
from support.login import PAM_REFUSED
from support.poll import until
from support.server import is_alive, processes_in, run
from support.stock import MASTER_PASSWORD, Stock

ROUNDS = 12 if os.environ.get("COUNTERSIGN_LONG") else 3


def logs_in(stock, principal):
    with contextlib.suppress(psycopg.OperationalError):
        stock.session(principal, "jane").close()
        return True
    return False


def test_stop_and_start(server, stock, everybody):
    stock.sql("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('still here')")
    before = stock.describe()
    account, credentials = server.account, (server.data / "credentials").read_text()
    assert server.stop() == 0
    assert processes_in(server.data) == []
    assert not (server.data / "serve.json").exists()
    with pytest.raises(psycopg.OperationalError, match="refused"):
        stock.master().close()
    server.start()
    assert server.account == account and (server.data / "credentials").read_text() == credentials
    stock.until_it_answers()
    after = stock.describe()
    for fact in ("Endpoint", "Port", "DbClusterResourceId", "ClusterCreateTime", "DBClusterArn",
                 "IAMDatabaseAuthenticationEnabled"):
        assert after[fact] == before[fact], fact
    assert stock.sql("SELECT word FROM kept") == [("still here",)]
    stock.session(everybody, "jane").close()


def test_available_after_a_start_means_that_it_answers(server, stock, everybody):
    """What `aws rds wait` waits for is true after a start of the server as well."""
    stock.until_it_answers()
    server.restart()
    stock.until_available()
    stock.session(everybody, "jane").close()


def test_stop_ends_sessions_and_statements_in_progress(server, stock):
    stock.until_it_answers()
    with contextlib.closing(stock.master()) as session:
        session.execute("CREATE TABLE IF NOT EXISTS half (n int)")
        session.autocommit = False
        session.execute("INSERT INTO half VALUES (1)")
        assert server.stop() == 0
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    server.start()
    stock.until_it_answers()
    assert stock.sql("SELECT count(*) FROM half") == [(0,)]


def test_kill_of_the_server_leaves_databases_running_and_fails_closed(server, stock, everybody):
    stock.until_it_answers()
    postmaster = server.postmaster(stock.resource_id)
    mark = len(server.logins())
    with contextlib.closing(stock.session(everybody, "jane")) as session:
        server.kill9()
        token = stock.token(everybody, "jane")
        assert session.execute("SELECT current_user").fetchone() == ("jane",)
        assert stock.login.refused("jane", token) == PAM_REFUSED.format("jane")
        told = stock.login.bare("jane", token.encode())
        assert (told.message, told.sqlstate) == (PAM_REFUSED.format("jane"), "28000")
        stock.login.psycopg("bob", "bobs-own-password").close()
        server.start()
        stock.until_it_answers()
        stock.login.psycopg("jane", token).close()
        assert server.postmaster(stock.resource_id) == postmaster
        assert session.execute("SELECT current_user").fetchone() == ("jane",)
    entries = stock.recorded_since(mark, "jane", count=4)
    refused = [entry for entry in entries if entry["decision"] == "refused"]
    assert [entry["check"] for entry in refused] == ["agent", "agent"]
    assert all("not running" in entry["reason"] for entry in refused)
    assert len(entries) == 4


def test_an_agent_that_hangs_refuses(server, stock, everybody):
    stock.until_it_answers()
    token = stock.token(everybody, "jane")
    mark = len(server.logins())
    os.kill(server.pid, signal.SIGSTOP)
    try:
        assert stock.login.refused("jane", token) == PAM_REFUSED.format("jane")
        told = stock.login.bare("jane", token.encode())
        assert (told.message, told.sqlstate) == (PAM_REFUSED.format("jane"), "28000")
        stock.login.psycopg("bob", "bobs-own-password").close()
    finally:
        os.kill(server.pid, signal.SIGCONT)
    entries = stock.recorded_since(mark, "jane", count=2)
    assert [(entry["decision"], entry["check"]) for entry in entries] == [("refused", "agent")] * 2
    assert all("does not answer" in entry["reason"] for entry in entries)
    stock.login.psycopg("jane", token).close()


def test_a_hung_agent_does_not_hold_up_postgresqls_end(server, stock, everybody):
    stock.until_it_answers()
    postmaster = server.postmaster(stock.resource_id)
    token = stock.token(everybody, "jane")
    outcomes = []

    def try_to_log_in():
        with contextlib.suppress(OSError, psycopg.Error):
            outcomes.append(stock.login.psycopg("jane", token))
    os.kill(server.pid, signal.SIGSTOP)
    try:
        attempts = [threading.Thread(target=try_to_log_in) for _ in range(5)]
        for attempt in attempts:
            attempt.start()
        os.kill(postmaster, signal.SIGINT)  # fast shutdown
        for attempt in attempts:
            attempt.join()
        until(lambda: not (server.database_directory(stock.resource_id) / "data/postmaster.pid").exists(),
              "PostgreSQL has ended")
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert outcomes == []
    until(lambda: logs_in(stock, everybody), "PostgreSQL is back")


def test_kill_of_a_postmaster_heals(server, stock, everybody):
    stock.sql("CREATE TABLE IF NOT EXISTS sure (n int); INSERT INTO sure VALUES (1)")
    for _ in range(2):
        stock.until_it_answers()
        before = server.postmaster(stock.resource_id)
        os.kill(before, signal.SIGKILL)
        until(lambda before=before: server.postmaster(stock.resource_id) not in (None, before), "another runs")
        until(lambda: logs_in(stock, everybody), "it is back")
    assert stock.sql("SELECT count(*) FROM sure") == [(1,)]
    stock.until_it_answers()


def owner(path):
    found = os.stat(path)
    return {} if os.geteuid() == found.st_uid else {"user": found.st_uid, "group": group_of(found.st_uid),
                                                    "extra_groups": []}


def pg_ctl(server, resource_id, *words):
    data = server.database_directory(resource_id) / "data"
    major = (data / "PG_VERSION").read_text().strip()
    environment = {"PATH": os.environ["PATH"], "PGDATA": str(data)}
    return run([f"/usr/lib/postgresql/{major}/bin/pg_ctl", "-w", "-s", "-l", "/dev/null", *words], environment,
               cwd=data, **owner(data))


def test_without_the_preload_nobody_gets_in_by_token(server, stock, everybody):
    """The same data directory, started by hand: PAM has no such service, and so refuses."""
    stock.until_it_answers()
    mark = len(server.logins())
    token = stock.token(everybody, "jane")
    server.stop()
    pg_ctl(server, stock.resource_id, "start")
    try:
        assert stock.login.refused("jane", token) == PAM_REFUSED.format("jane")
        told = stock.login.bare("jane", token.encode())
        assert (told.message, told.sqlstate) == (PAM_REFUSED.format("jane"), "28000")
        assert stock.login.refused("jane", "") and stock.login.refused("dora", "doras-own-password")
        stock.login.psycopg("bob", "bobs-own-password").close()
        by_hand = server.postmaster(stock.resource_id)
    finally:
        server.start()
    until(lambda: logs_in(stock, everybody), "Countersign's own start has replaced the one by hand")
    assert server.postmaster(stock.resource_id) != by_hand
    entries = stock.recorded_since(mark, "jane", count=3)
    assert [entry["check"] for entry in entries[:2]] == ["preload", "preload"]
    assert all("libcountersign_pam.so" in entry["reason"] for entry in entries[:2])
    stock.until_it_answers()


class Chaos:
    """Does things to clusters and remembers what was acknowledged."""

    def __init__(self, server):
        self.server = server
        self.wanted = {}  # identifier → True: was made; False: its end was acknowledged; None: nobody knows
        self.flags = {}

    def go(self, number):
        rds = aws.client(self.server, "rds")
        name = f"chaos-{number}"
        with contextlib.suppress(botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            self.wanted[name] = None
            rds.create_db_cluster(DBClusterIdentifier=name, Engine="aurora-postgresql", MasterUsername="postgres",
                                  MasterUserPassword=MASTER_PASSWORD)
            self.wanted[name] = True
            rds.create_db_instance(DBInstanceIdentifier=f"{name}-1", DBClusterIdentifier=name,
                                   Engine="aurora-postgresql", DBInstanceClass="db.r5.large")
            self.wanted[f"{name}-1"] = True
            waiter = rds.get_waiter("db_instance_available")
            waiter.wait(DBInstanceIdentifier=f"{name}-1", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
            rds.modify_db_cluster(DBClusterIdentifier=name, EnableIAMDatabaseAuthentication=True,
                                  ApplyImmediately=True)
            self.flags[name] = True
            waiter = rds.get_waiter("db_cluster_available")
            waiter.wait(DBClusterIdentifier=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
            self.wanted[f"{name}-1"] = None
            rds.delete_db_instance(DBInstanceIdentifier=f"{name}-1", SkipFinalSnapshot=True)
            self.wanted[f"{name}-1"] = False


def check_healed(server, chaos):
    """Everything acknowledged is there and available, and nothing else is: no record, directory or process."""
    rds = aws.client(server, "rds")

    def settled():
        clusters = rds.describe_db_clusters()["DBClusters"]
        instances = rds.describe_db_instances()["DBInstances"]
        return clusters, instances, (all(one["Status"] == "available" for one in clusters)
                                     and all(one["DBInstanceStatus"] == "available" for one in instances))
    until(lambda: settled()[2], "every database is available")
    clusters, instances, _ = settled()
    found = {one["DBClusterIdentifier"] for one in clusters} | {one["DBInstanceIdentifier"] for one in instances}
    for name, made in chaos.wanted.items():
        if made is not None:
            assert (name in found) is made, name
    for one in clusters:
        name = one["DBClusterIdentifier"]
        if chaos.flags.get(name):
            assert one["IAMDatabaseAuthenticationEnabled"] is True, name
    resources = {one["DbClusterResourceId"] for one in clusters}
    homes = server.data / "databases"
    until(lambda: {entry.name for entry in homes.iterdir()} == resources,
          "there is a directory for every cluster and for nothing else")
    for one in clusters:
        if one["DBClusterMembers"]:
            assert server.postmaster(one["DbClusterResourceId"]), one["DBClusterIdentifier"]
    strangers = [pid for pid in processes_in(homes)
                 if not any(_works_in(pid, homes / resource) for resource in resources)]
    assert strangers == []
    until(lambda: not half_made(server.data), "nothing is half-made, the next spare included")


def half_made(folder):
    """What is being made or removed below it. Folders that go meanwhile are passed over, as os.walk does."""
    return [name for _, folders, _ in os.walk(folder) for name in folders if name.endswith((".making", ".removing"))]


def _works_in(pid, directory):
    try:
        return pathlib.Path(os.readlink(f"/proc/{pid}/cwd")).is_relative_to(directory)
    except OSError:
        return True  # it has just ended


@pytest.mark.skipif(os.geteuid() != 0, reason="databases have users of their own under root alone")
def test_a_spare_that_was_given_in_part_is_made_anew(server):
    """Killed while a spare's files went over to its user: the innermost directories are that user's already."""
    assert server.stop() == 0
    spares = server.data / "spares"
    control = (server.data / "run").stat().st_uid
    shutil.rmtree(spares, ignore_errors=True)
    server.start()
    until(lambda: spares.is_dir() and [one for one in spares.iterdir() if not half_made(spares)], "a spare is there")
    spare, = spares.iterdir()
    owner_of_spare = (spare / "data").stat().st_uid
    assert owner_of_spare != control
    server.kill9()
    spare = spare.rename(spare.with_name(spare.name + ".making"))
    for place in (spare / "data", spare / "data/global"):
        os.chown(place, control, -1)
    server.start()
    until(lambda: not half_made(spares) and list(spares.iterdir()), "a whole one is in its place")


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_kill_at_any_moment(server, stock, everybody, seed):
    """Killed without warning while databases are made, changed and deleted; the next start heals it all."""
    dice = random.Random(seed)
    chaos = Chaos(server)
    for one in stock.rds.describe_db_clusters()["DBClusters"]:
        chaos.wanted[one["DBClusterIdentifier"]] = True
    workers = [threading.Thread(target=chaos.go, args=(number,)) for number in range(seed * 2, seed * 2 + 2)]
    for worker in workers:
        worker.start()
    time.sleep(dice.uniform(0.02, 4.0))  # the moment of the crash, not a wait for anything
    server.kill9()
    for worker in workers:
        worker.join()
    assert not is_alive(server.pid)
    server.start()
    check_healed(server, chaos)
    until(lambda: logs_in(stock, everybody), "the stock database lives")
    _clear(stock)


def _clear(stock):
    """Removes what the chaos left, so that the ports suffice."""
    for one in stock.rds.describe_db_instances()["DBInstances"]:
        if one["DBInstanceIdentifier"].startswith("chaos-"):
            stock.rds.delete_db_instance(DBInstanceIdentifier=one["DBInstanceIdentifier"], SkipFinalSnapshot=True)
    until(lambda: not [one for one in stock.rds.describe_db_instances()["DBInstances"]
                       if one["DBInstanceIdentifier"].startswith("chaos-")], "its instances are gone")
    for one in stock.rds.describe_db_clusters()["DBClusters"]:
        if one["DBClusterIdentifier"].startswith("chaos-"):
            stock.rds.delete_db_cluster(DBClusterIdentifier=one["DBClusterIdentifier"], SkipFinalSnapshot=True)
    until(lambda: not [one for one in stock.rds.describe_db_clusters()["DBClusters"]
                       if one["DBClusterIdentifier"].startswith("chaos-")], "its clusters are gone")


def test_everything_of_iam_survives_a_kill(server, stock):
    """Whatever was acknowledged is there after a kill -9, to the last write."""
    for number in range(5):
        stock.iam.create_user(UserName=f"kept-{number}")
        server.kill9()
        server.start()
        assert stock.iam.get_user(UserName=f"kept-{number}")["User"]["UserName"] == f"kept-{number}"


def test_a_deleted_cluster_gives_its_port_back(server, stock):
    another = Stock(server, "short-lived")
    port = another.port
    another.rds.delete_db_instance(DBInstanceIdentifier="short-lived-1", SkipFinalSnapshot=True)
    until(lambda: not another.describe()["DBClusterMembers"], "its instance is gone")
    another.rds.delete_db_cluster(DBClusterIdentifier="short-lived", SkipFinalSnapshot=True)

    def gone():
        clusters = stock.rds.describe_db_clusters()["DBClusters"]
        return all(one["DBClusterIdentifier"] != "short-lived" for one in clusters)
    until(gone, "the cluster is gone")
    assert Stock(server, "next-one").port == port
