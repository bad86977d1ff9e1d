"""What only a superuser of a database could do, done while its PostgreSQL is stopped: in single-user mode."""

import os
import pathlib

from support.server import run


def single_user(server, resource_id, *statements):
    """Runs statements, a line each, as rdsadmin in the database `template0`; returns what PostgreSQL said."""
    assert server.postmaster(resource_id) is None, "single-user mode needs a stopped server"
    data = server.database_directory(resource_id) / "data"
    major = (data / "PG_VERSION").read_text().strip()
    command = [f"/usr/lib/postgresql/{major}/bin/postgres", "--single", "-D", str(data), "template0"]
    owner = data.stat()
    if os.geteuid() == 0:
        command = ["setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups", *command]
    done = run(command, os.environ, input="\n".join(statements) + "\n", cwd=pathlib.Path("/"))
    assert "ERROR" not in done.stderr and "FATAL" not in done.stderr, done.stderr
    return done.stdout
