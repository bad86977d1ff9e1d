"""rds_replication: its members use logical slots and replication connections, by password and by token."""

import contextlib
import json

import psycopg
import psycopg2
import pytest

from support import replication
from support.own_postgres import OwnPostgres
from support.poll import until
from support.stock import MAJOR


@pytest.fixture(scope="module")
def db(server):
    """With logical replication, a table, `ann` who has a password, and `jane` who has a token."""
    stock = replication.replicating(server)
    stock.sql("""
        CREATE TABLE books (id int PRIMARY KEY, title text); CREATE PUBLICATION shelf FOR TABLE books;
        CREATE ROLE readers; GRANT rds_replication TO readers; CREATE ROLE ann LOGIN PASSWORD 'anns-own-password' IN ROLE readers;
        GRANT rds_replication TO jane; GRANT SELECT ON books TO ann, jane""")
    replication.until_it_may(stock, "ann")
    replication.until_it_may(stock, "jane")
    return stock


@pytest.fixture(scope="module")
def principal(db):
    return db.principal("cdc", db.may_connect("jane"))


def drop_slot(db, name):
    with contextlib.closing(db.login.psycopg("ann", "anns-own-password")) as session:
        session.execute("SELECT pg_drop_replication_slot(%s)", [name])


def credentials(db, principal, user):
    return "anns-own-password" if user == "ann" else db.token(principal, user)


def test_who_may_use_replication(db):
    found = db.sql("SELECT rolname FROM pg_roles WHERE rolreplication AND oid <> 10 ORDER BY 1")
    assert found == [("ann",), ("jane",)]
    for user in ("bob", "dora", "postgres"):
        assert not replication.may_replicate(db, user)


# From PostgreSQL 16 on it is no administrator of itself.
ALTER = "ALTER ROLE postgres CONNECTION LIMIT -1; " if MAJOR < 16 else ""


def test_the_master_grants_it_to_itself(db):
    """Not through rds_superuser: PostgreSQL 15 lets nobody but superusers alter a role that has the attribute."""
    db.sql(f"{ALTER}GRANT rds_replication TO postgres")
    replication.until_it_may(db, "postgres")
    db.sql("REVOKE rds_replication FROM postgres")
    replication.until_it_may(db, "postgres", may=False)
    db.sql(f"{ALTER}SELECT 1")


@pytest.mark.parametrize("user", ["ann", "jane"])
def test_slots_are_used_in_sql(db, principal, user):
    with contextlib.closing(db.login.psycopg(user, credentials(db, principal, user))) as session:
        session.execute("SELECT pg_create_logical_replication_slot('in_sql', 'test_decoding')")
        db.sql(f"INSERT INTO books VALUES (1, 'for {user}')")
        seen = session.execute("SELECT data FROM pg_logical_slot_get_changes('in_sql', NULL, NULL)").fetchall()
        session.execute("SELECT pg_drop_replication_slot('in_sql')")
    db.sql("DELETE FROM books")
    assert any(f"for {user}" in data for (data,) in seen)


@pytest.mark.parametrize("user", ["ann", "jane"])
def test_pg_recvlogical_makes_streams_and_drops(db, principal, user):
    slot = ["-S", "streamed", "-P", "test_decoding"]
    made = replication.recvlogical(db, user, credentials(db, principal, user), *slot, "--create-slot")
    assert replication.done(made)[0] == 0
    db.sql(f"INSERT INTO books VALUES (2, 'streamed to {user}'); DELETE FROM books")
    end = db.sql("SELECT pg_current_wal_lsn()")[0][0]
    db.sql("INSERT INTO books VALUES (3, 'after it'); DELETE FROM books")
    stream = replication.recvlogical(db, user, credentials(db, principal, user), *slot, "--start", "-f", "-",
                                     "--endpos", end)
    code, said, complained = replication.done(stream)
    assert code == 0, complained
    assert f"streamed to {user}" in said and "after it" not in said
    dropped = replication.recvlogical(db, user, credentials(db, principal, user), "-S", "streamed", "--drop-slot")
    assert replication.done(dropped)[0] == 0
    assert db.sql("SELECT count(*) FROM pg_replication_slots") == [(0,)]


def test_a_login_by_token_is_recorded_as_any(db, principal):
    mark = len(db.server.logins())
    made = replication.recvlogical(db, "jane", db.token(principal, "jane"), "-S", "recorded", "--create-slot")
    assert replication.done(made)[0] == 0
    drop_slot(db, "recorded")
    entry = db.recorded_since(mark, "jane")[0]
    assert entry["decision"] == "allowed" and entry["database"] == db.name


def test_a_change_data_capture_library_follows_by_token(db, principal):
    with contextlib.closing(replication.connection(db, "jane", db.token(principal, "jane"))) as session:
        cursor = session.cursor()
        cursor.create_replication_slot("captured", output_plugin="test_decoding")
        cursor.start_replication("captured", decode=True)
        db.sql("INSERT INTO books VALUES (4, 'captured'); DELETE FROM books")
        seen = []

        def captured():
            message = cursor.read_message()
            while message is not None:
                seen.append(message.payload)
                message.cursor.send_feedback(flush_lsn=message.data_start)
                message = cursor.read_message()
            return any("captured" in payload for payload in seen)
        until(captured, "the change arrives")
    until(lambda: db.sql("SELECT active FROM pg_replication_slots WHERE slot_name = 'captured'") == [(False,)],
          "the slot is free")
    drop_slot(db, "captured")


def test_another_server_subscribes(db, server):
    other = OwnPostgres(server.ports.last)
    try:
        other.sql("CREATE TABLE books (id int PRIMARY KEY, title text)")
        db.sql("INSERT INTO books VALUES (5, 'there before')")
        bundle = other.home / "bundle.pem"
        bundle.write_bytes(db.login.bundle.read_bytes())
        bundle.chmod(0o644)
        source = (f"host={db.host} port={db.port} dbname=postgres user=ann password=anns-own-password "
                  f"sslmode=verify-full sslrootcert={bundle}")
        other.sql(f"CREATE SUBSCRIPTION shelf CONNECTION '{source}' PUBLICATION shelf")
        db.sql("INSERT INTO books VALUES (6, 'came after')")
        until(lambda: other.sql("SELECT string_agg(title, ',' ORDER BY id) FROM books") == "there before,came after",
              "the copy and the stream are there")
        other.sql("DROP SUBSCRIPTION shelf")
        assert db.sql("SELECT count(*) FROM pg_replication_slots") == [(0,)]
    finally:
        other.close()
        db.sql("DELETE FROM books")


def test_who_is_no_member_any_more_is_disconnected(db):
    db.sql("CREATE ROLE eve LOGIN PASSWORD 'eves-own-password'; GRANT rds_replication TO eve")
    replication.until_it_may(db, "eve")
    with contextlib.closing(replication.connection(db, "eve", "eves-own-password")) as session:
        cursor = session.cursor()
        cursor.execute("IDENTIFY_SYSTEM")
        db.sql("REVOKE rds_replication FROM eve")
        replication.until_it_may(db, "eve", may=False)
        until(lambda: db.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'eve'") == [(0,)], "eve is out")
        with pytest.raises(psycopg2.Error):
            cursor.execute("IDENTIFY_SYSTEM")
    with pytest.raises(psycopg2.OperationalError, match=r"replication role to start walsender|REPLICATION attribute"):
        replication.connection(db, "eve", "eves-own-password")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), \
            contextlib.closing(db.login.psycopg("eve", "eves-own-password")) as session:
        session.execute("SELECT pg_create_logical_replication_slot('eves', 'test_decoding')")


def test_a_restart_of_the_control_plane_changes_nothing(db, server):
    server.stop()
    server.start()
    db.until_it_answers()
    replication.until_it_may(db, "jane")
    assert not replication.may_replicate(db, "bob")
    steps = [json.loads(line) for line in server.said().splitlines() if "replication_unguarded" in line]
    assert not steps
