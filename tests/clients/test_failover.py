"""Drivers that know several instances of a cluster write on after its writer has changed, and miss nothing."""

import contextlib
import subprocess
import threading

import pytest

from compiled import compiled
from desk import BUILT, CLIENTS, Desk, needs
from support.cluster import Cluster, number_of
from support.commits import TABLE
from support.poll import until

PYTHON, JAVA = BUILT / "python/bin/python", BUILT / "java"
CLIENT = {"psycopg": [PYTHON, CLIENTS / "python/failover.py"],
          "pgjdbc": ["java", "-cp", f"{JAVA}/classes:{JAVA}/lib/*", "Failover"]}
COMMITS = 20


class Writer:
    """A client that writes, and the numbers that it says were acknowledged."""

    def __init__(self, argv, environment, cwd):
        self.numbers, self.said = [], []
        self.process = subprocess.Popen([str(word) for word in argv], env=environment, cwd=cwd, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.threads = [threading.Thread(target=self._read), threading.Thread(target=self._hear)]
        for thread in self.threads:
            thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.numbers.append(int(line))

    def _hear(self):
        for line in self.process.stderr:
            self.said.append(line)

    def close(self):
        self.process.kill()
        for thread in self.threads:
            thread.join()
        self.process.wait()

    def writes(self, what):
        seen = len(self.numbers)
        try:
            until(lambda: len(self.numbers) > seen + COMMITS, what)
        except AssertionError as late:
            raise AssertionError(f"{late}; it says {self.said[-3:]}") from late


@pytest.fixture(scope="module", name="cluster")
def _cluster(server):
    cluster = Cluster(server, "hosts", 1)
    cluster.sql(f"{TABLE}; GRANT INSERT ON acknowledged TO jane")
    return cluster


@pytest.fixture(scope="module", name="own_desk")
def _own_desk(cluster):
    return Desk(cluster)


@pytest.mark.parametrize("client", [pytest.param("psycopg", marks=needs(PYTHON)),
                                    pytest.param("pgjdbc", marks=compiled("java", "classes/Failover.class"))])
def test_a_driver_goes_on_at_the_next_writer(cluster, own_desk, client):
    cluster.sql("TRUNCATE acknowledged")
    places = ",".join(f"{one['Address']}:{one['Port']}" for one in (cluster.instance(number)["Endpoint"] for number in (1, 2)))
    environment = own_desk.environment(own_desk.clerk, PGHOSTS=places)
    with contextlib.closing(Writer(CLIENT[client], environment, own_desk.home)) as writer:
        writer.writes("it writes")
        for end_writer in (lambda: cluster.rds.failover_db_cluster(DBClusterIdentifier="hosts"),
                           lambda: cluster.kill(number_of(cluster.writer()[0]))):
            cluster.until_available()
            cluster.until_synchronous()
            before = cluster.writer()
            end_writer()
            until(lambda was=before: cluster.writer() != was, "the other instance is the writer")
            writer.writes("it writes on")
    kept = [number for number, in cluster.sql("SELECT number FROM acknowledged")]
    assert not set(writer.numbers) - set(kept), "acknowledged and gone"
    assert len(kept) == len(set(kept))
