"""A host on which servers are attached, and what that leaves there."""

import pathlib
import tempfile

from support import aws as aws_client
from support import tokens
from support.own_postgres import OwnPostgres

PAM = pathlib.Path("/etc/pam.d")
REFUSED = 'PAM authentication failed for user "{}"'


def pam_files():
    return sorted(file.name for file in PAM.iterdir() if file.name.startswith("countersign-"))


class Host:
    """The control plane, its user the servers' own, and what attaching leaves on this machine."""

    def __init__(self, server):
        self.server = server
        home = pathlib.Path(tempfile.mkdtemp(dir=server.home))
        home.chmod(0o755)
        self.state = home / "state"
        self.modules = home / "modules"
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
