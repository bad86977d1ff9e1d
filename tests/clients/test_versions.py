"""The drivers of most programs against every PostgreSQL that is installed; each has a server of its own."""

import pytest

from desk import BUILT, CLIENTS, Desk, check_example, checks, needs
from support import aws
from support.login import Login
from support.own_postgres import PROGRAMS
from support.server import Server
from support.stock import MASTER, MASTER_PASSWORD, ROLES, Stock, download_bundle

PYTHON = BUILT / "python/bin/python"
VERSIONS = sorted({directory.parent.name for directory in PROGRAMS.parents[1].glob("*/bin")}, key=int)
EXAMPLES = {"psycopg": [PYTHON, CLIENTS / "python/with_psycopg.py"],
            "libpq": ["bash", CLIENTS / "shell/psql_countersign.sh"]}


class OfVersion(Stock):
    """A DB instance of a major version, with the stock database's roles."""

    def __init__(self, server, version):  # pylint: disable=super-init-not-called
        self.server, self.name = server, f"v{version}"
        self.rds, self.iam = aws.client(server, "rds"), aws.client(server, "iam")
        self.rds.create_db_instance(DBInstanceIdentifier=self.name, Engine="postgres", EngineVersion=version,
                                    DBInstanceClass="db.t4g.micro", AllocatedStorage=20, MasterUsername=MASTER,
                                    MasterUserPassword=MASTER_PASSWORD, EnableIAMDatabaseAuthentication=True)
        self.rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=self.name,
                                                          WaiterConfig={"Delay": 1, "MaxAttempts": 90})
        found = self.rds.describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"][0]
        self.host, self.port = found["Endpoint"]["Address"], found["Endpoint"]["Port"]
        self.resource_id = found["DbiResourceId"]
        self.login = Login(server, self.host, self.port, download_bundle(server))
        self.sql(ROLES)


@pytest.fixture(name="desk_of", scope="module", params=VERSIONS)
def _desk_of(request):
    server = Server()
    try:
        yield Desk(OfVersion(server.start(), request.param)), request.param
    finally:
        server.close()


@needs(PYTHON)
@pytest.mark.parametrize("example", EXAMPLES)
@checks
def test_example(desk_of, example, check):
    desk, version = desk_of
    assert desk.stock.sql("SHOW server_version_num")[0][0].startswith(version)
    check_example(desk, EXAMPLES[example], check)
