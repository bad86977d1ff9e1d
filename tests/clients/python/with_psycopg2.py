import os

import boto3
import psycopg2

token = boto3.client("rds", region_name=os.environ["AWS_REGION"]).generate_db_auth_token(
    DBHostname=os.environ["PGHOST"], Port=int(os.environ["PGPORT"]), DBUsername=os.environ["PGUSER"])

connection = psycopg2.connect("", password=token)
with connection, connection.cursor() as cursor:
    cursor.execute("SELECT current_user")
    print(cursor.fetchone())
