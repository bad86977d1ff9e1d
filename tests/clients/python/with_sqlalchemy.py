import os

import boto3
import sqlalchemy

rds = boto3.client("rds", region_name=os.environ["AWS_REGION"])
engine = sqlalchemy.create_engine("postgresql+psycopg://")


@sqlalchemy.event.listens_for(engine, "do_connect")
def fresh_token(dialect, record, arguments, parameters):
    parameters["password"] = rds.generate_db_auth_token(
        DBHostname=os.environ["PGHOST"], Port=int(os.environ["PGPORT"]), DBUsername=os.environ["PGUSER"])


with engine.connect() as connection:
    print(connection.execute(sqlalchemy.text("SELECT current_user")).one())
