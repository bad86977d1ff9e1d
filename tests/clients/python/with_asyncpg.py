import asyncio
import os

import asyncpg
import boto3

rds = boto3.client("rds", region_name=os.environ["AWS_REGION"])


def token():
    return rds.generate_db_auth_token(
        DBHostname=os.environ["PGHOST"], Port=int(os.environ["PGPORT"]), DBUsername=os.environ["PGUSER"])


async def main():
    async with asyncpg.create_pool(password=token, min_size=1) as pool:
        print(await pool.fetchval("SELECT current_user"))


asyncio.run(main())
