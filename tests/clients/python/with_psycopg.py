import os

import boto3
import psycopg

token = boto3.client("rds", region_name=os.environ["AWS_REGION"]).generate_db_auth_token(
    DBHostname=os.environ["PGHOST"], Port=int(os.environ["PGPORT"]), DBUsername=os.environ["PGUSER"])

with psycopg.connect(password=token) as connection:
    print(connection.execute("SELECT current_user").fetchone())
