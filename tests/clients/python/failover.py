"""Writes numbers with psycopg at whichever instance of PGHOSTS is the writer, and prints those that were acknowledged,
until somebody ends it. A token for the cluster's endpoint, PGHOST and PGPORT, is good at all of them."""

import itertools
import os
import sys
import time

import boto3
import psycopg

places = [place.split(":") for place in os.environ["PGHOSTS"].split(",")]
rds = boto3.client("rds", region_name=os.environ["AWS_REGION"])
numbers = itertools.count(1)

while True:
    token = rds.generate_db_auth_token(DBHostname=os.environ["PGHOST"], Port=int(os.environ["PGPORT"]),
                                       DBUsername=os.environ["PGUSER"])
    try:
        with psycopg.connect(host=",".join(host for host, _ in places), port=",".join(port for _, port in places),
                             target_session_attrs="read-write", password=token, autocommit=True) as connection:
            for number in numbers:
                connection.execute("INSERT INTO acknowledged VALUES (%s)", (number,))
                print(number, flush=True)
    except psycopg.OperationalError as lost:
        print(lost, file=sys.stderr)
        time.sleep(0.05)
