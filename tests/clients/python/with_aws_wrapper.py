import os

import psycopg
from aws_advanced_python_wrapper import AwsWrapperConnection, release_resources

# IAM_HOST is a name of RDS's form, an alias of the database. The wrapper signs for no other.
with AwsWrapperConnection.connect(
        psycopg.Connection.connect,
        host=os.environ["PGHOST"], port=os.environ["PGPORT"], dbname=os.environ["PGDATABASE"],
        user=os.environ["PGUSER"], sslmode="verify-full", sslrootcert=os.environ["PGSSLROOTCERT"],
        wrapper_dialect="pg", plugins="iam",
        iam_host=os.environ["IAM_HOST"], iam_default_port=os.environ["PGPORT"],
        iam_region=os.environ["AWS_REGION"]) as connection:
    print(connection.execute("SELECT current_user").fetchone())
release_resources()
