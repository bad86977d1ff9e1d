"""What modules that people have ask for, and one machine has in another way: the same port for many databases, versions,
options without effect."""

import re

import pytest

from support import aws as api
from support.login import Login
from support.poll import until
from support.server import Server
from support.stock import MASTER, MASTER_PASSWORD, download_bundle


def new_instance(rds, name, **more):
    return rds.create_db_instance(DBInstanceIdentifier=name, Engine="postgres", DBInstanceClass="db.t4g.micro",
                                  AllocatedStorage=20, MasterUsername=MASTER, MasterUserPassword=MASTER_PASSWORD,
                                  **more)["DBInstance"]


def endpoint_of(rds, name):
    found = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    return found["Endpoint"]["Address"], found["Endpoint"]["Port"]


def wait_for(rds, name):
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=name, WaiterConfig={"Delay": 1})


def answers(server, rds, name):
    """Who is there at the database's endpoint, whose certificate is verified."""
    login = Login(server, *endpoint_of(rds, name), download_bundle(server))
    return login.psql(MASTER, MASTER_PASSWORD, "SHOW cluster_name").stdout.strip()


def messages(rds, name):
    events = rds.describe_events(SourceType="db-instance", SourceIdentifier=name)["Events"]
    return [event["Message"] for event in events]


def refused(call, **parameters):
    with pytest.raises(Exception) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


@pytest.fixture(name="serve")
def _serve():
    """Makes servers with options of their own."""
    made = []

    def start(*options):
        made.append(Server(*options).start())
        return made[-1]

    yield start
    for one in made:
        one.close()


def test_many_databases_have_the_same_port(serve):
    server = serve()
    rds = api.client(server, "rds")
    names, port = ["one", "two", "three"], server.ports.last
    for name in names:
        new_instance(rds, name, Port=port)
    for name in names:
        wait_for(rds, name)
    endpoints = [endpoint_of(rds, name) for name in names]
    assert {found for _, found in endpoints} == {port}
    assert endpoints[0][0] == "localhost" and len({host for host, _ in endpoints}) == 3
    assert [answers(server, rds, name) for name in names] == names
    assert any("a host of this database alone" in message for message in messages(rds, "two"))
    server.restart()
    for name in names:
        wait_for(rds, name)
    assert [endpoint_of(rds, name) for name in names] == endpoints
    assert [answers(server, rds, name) for name in names] == names
    rds.delete_db_instance(DBInstanceIdentifier="two", SkipFinalSnapshot=True)
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="two", WaiterConfig={"Delay": 1})
    new_instance(rds, "four", Port=port)
    wait_for(rds, "four")
    assert endpoint_of(rds, "four") == endpoints[1] and answers(server, rds, "four") == "four"


def test_another_port_is_told_as_a_fact(serve):
    server = serve("--taken-port", "other")
    rds = api.client(server, "rds")
    port = server.ports.last
    for name in ("one", "two"):
        new_instance(rds, name, Port=port)
    for name in ("one", "two"):
        wait_for(rds, name)
    host, told = endpoint_of(rds, "two")
    assert endpoint_of(rds, "one") == ("localhost", port) and host == "localhost" and told != port
    assert answers(server, rds, "two") == "two"
    assert f"Port {port} is in use; the database has port {told}" in messages(rds, "two")
    assert rds.modify_db_instance(DBInstanceIdentifier="two", DBPortNumber=port)["DBInstance"]
    assert refused(rds.modify_db_instance, DBInstanceIdentifier="two", DBPortNumber=port + 1)[0] == (
        "InvalidParameterCombination")


def test_a_taken_port_may_be_refused(serve):
    server = serve("--taken-port", "refuse")
    rds = api.client(server, "rds")
    port = server.ports.last
    new_instance(rds, "one", Port=port)
    code, message = refused(new_instance, rds=rds, name="two", Port=port)
    assert (code, message) == ("InvalidParameterValue", f"Port {port} is in use; choose another or leave it out.")


def test_databases_have_hosts_of_their_own_by_name(serve):
    server = serve("--database-hosts", "127.54.40.1,127.54.40.2", "--endpoint-host", "db.example.test")
    rds = api.client(server, "rds")
    for name in ("one", "two"):
        new_instance(rds, name, Port=server.ports.last)
    for name in ("one", "two"):
        wait_for(rds, name)
    assert [endpoint_of(rds, name)[0] for name in ("one", "two")] == ["127.54.40.1", "127.54.40.2"]
    assert [answers(server, rds, name) for name in ("one", "two")] == ["one", "two"]


def test_what_promises_safety_is_refused_where_others_come_in(serve, tmp_path):
    server = serve("--endpoint-host", "db.example.test", "--accept-without-effect", "storage-encryption")
    rds = api.client(server, "rds")
    code, message = refused(new_instance, rds=rds, name="one", MultiAZ=True)
    assert code == "InvalidParameterCombination" and "--accept-without-effect multi-az" in message
    major = rds.describe_db_engine_versions(Engine="postgres", DefaultOnly=True)["DBEngineVersions"][0][
        "MajorEngineVersion"]
    assert refused(new_instance, rds=rds, name="one", EngineVersion=f"{major}.1") == (
        "InvalidParameterCombination", f"Cannot find version {major}.1 for postgres")
    made = new_instance(rds, "one", StorageEncrypted=True)
    assert made["StorageEncrypted"]
    assert any(re.match(r"StorageEncrypted, KmsKeyId has no effect here \(storage-encryption\): ", message)
               for message in messages(rds, "one"))
    shown = server.command("doctor", "--state-dir", tmp_path).stdout
    assert "! storage-encryption: has no effect for one: data is encrypted only where" in shown


def test_doctor_is_content_without_such_options(server, tmp_path):
    shown = server.command("doctor", "--state-dir", tmp_path).stdout
    assert "✓ options without effect: none that promises safety" in shown


def test_a_database_without_a_version_of_its_own_runs_what_is_installed(serve):
    server = serve()
    rds = api.client(server, "rds")
    installed = rds.describe_db_engine_versions(Engine="postgres", DefaultOnly=True)["DBEngineVersions"][0]
    major = installed["MajorEngineVersion"]
    assert new_instance(rds, "prefix", EngineVersion=major)["EngineVersion"] == installed["EngineVersion"]
    assert new_instance(rds, "minor", EngineVersion=f"{major}.1")["EngineVersion"] == f"{major}.1"
    for name in ("prefix", "minor"):
        wait_for(rds, name)
    until(lambda: any("engine-minor-version" in message for message in messages(rds, "minor")), "an event tells of it")
    assert not any("upgraded" in message for message in messages(rds, "minor") + messages(rds, "prefix"))
    assert endpoint_of(rds, "minor")[0] == "localhost"
