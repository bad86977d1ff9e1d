"""PostgreSQL with IAM database authentication for tests.

    with Server() as server, server.create_instance() as instance, instance.create_database() as database:
        psycopg.connect(**database.connect_args())

Everything is real: a server `countersign serve --ephemeral`, a PostgreSQL of its own, tokens that it judges.
"""

from .database import Database, Instance
from .server import CountersignError, Server
from .signing import Credentials

__all__ = ["CountersignError", "Credentials", "Database", "Instance", "Server"]
