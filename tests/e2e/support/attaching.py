"""A host on which servers are attached, and what that leaves there."""

import pathlib
import tempfile

from support import aws as aws_client
from support import tokens
from support.own_postgres import OwnPostgres

PAM = pathlib.Path("/etc/pam.d")
REFUSED = 'PAM authentication failed for user "{}"'


def text_of(file):
    """Nothing, of a file that another test has taken away meanwhile."""
    try:
        return file.read_text()
    except FileNotFoundError:
        return ""


def pam_service(state):
    """Of the only server that is attached with this state directory: other tests attach on the same machine."""
    (resource,) = state.glob("db-*")
    return PAM / f"countersign-{resource.name.lower()}"


class Host:
    """The control plane, its user the servers' own, and what attaching leaves on this machine."""

    def __init__(self, server):
        self.server = server
        self.home = pathlib.Path(tempfile.mkdtemp(dir=server.home))
        self.home.chmod(0o755)
        self.state = self.home / "state"
        self.modules = self.home / "modules"
        self.servers = []
        self.attached = []
        self.rds = aws_client.client(server, "rds")

    def postgres(self, **more):
        made = OwnPostgres(self.server.ports.last - len(self.servers), **more)
        self.servers.append(made)
        return made

    def attach(self, name, where, *words, check=True, modules=None):
        place = where if isinstance(where, list) else ["--socket", f"{where.sockets}:{where.port}"]
        self.attached.append(name)
        return self.server.command("attach", name, *place, "--state-dir", self.state, "--module-dir",
                                   modules or self.modules, *words, check=check)

    def detach(self, name, *words, check=True):
        return self.server.command("detach", name, "--state-dir", self.state, *words, check=check)

    def pam_files(self):
        """The services of this host's databases: other tests attach on the same machine."""
        return sorted(file.name for file in PAM.glob("countersign-*") if str(self.home) in text_of(file))

    def describe(self, name):
        return self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]

    def names(self):
        return [one["DBInstanceIdentifier"] for one in self.rds.describe_db_instances()["DBInstances"]]

    def token(self, postgres, user, principal=None, **other):
        facts = {"host": "localhost", "port": postgres.port} | other
        return tokens.database_token(principal or aws_client.administrator(self.server), user=user, **facts)

    def close(self):
        for name in self.attached:
            self.detach(name, check=False)
        for one in self.servers:
            one.close()
