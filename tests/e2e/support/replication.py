"""Databases with logical replication, and connections of the replication protocol."""

import subprocess

import psycopg2
import psycopg2.extras

from support.aws import client
from support.poll import until
from support.stock import MAJOR, Stock

FAMILY = f"aurora-postgresql{MAJOR}"


def replicating(server, name="c1"):
    """A database whose parameter group turns logical replication on, from its first start."""
    rds = client(server, "rds")
    rds.create_db_cluster_parameter_group(DBClusterParameterGroupName=f"{name}-logical", DBParameterGroupFamily=FAMILY,
                                          Description="of a test")
    rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName=f"{name}-logical", Parameters=[
        {"ParameterName": "rds.logical_replication", "ParameterValue": "1", "ApplyMethod": "pending-reboot"}])
    stock = Stock(server, name)
    rds.modify_db_cluster(DBClusterIdentifier=name, DBClusterParameterGroupName=f"{name}-logical", ApplyImmediately=True)
    stock.until_available()
    server.stop()
    server.start()
    stock.until_it_answers()
    assert stock.sql("SHOW wal_level") == [("logical",)]
    return stock


def may_replicate(stock, user):
    return stock.sql(f"SELECT rolreplication FROM pg_roles WHERE rolname = '{user}'") == [(True,)]


def until_it_may(stock, user, may=True):
    until(lambda: may_replicate(stock, user) is may, f"{user} {'may' if may else 'may not'} use replication")


def connection(stock, user, password, kind=psycopg2.extras.LogicalReplicationConnection):
    return psycopg2.connect(stock.login.conninfo(user), password=password, connection_factory=kind)


def recvlogical(stock, user, password, *arguments):
    """pg_recvlogical as a process of its own; the caller waits for it or ends it."""
    return subprocess.Popen(["pg_recvlogical", "-d", stock.login.conninfo(user), *arguments], text=True,
                            env=stock.login.environment(password), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def done(process, patience=60):
    said, complained = process.communicate(timeout=patience)
    return process.returncode, said, complained
