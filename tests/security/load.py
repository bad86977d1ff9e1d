"""What the long form adds: each server under attack is asked by others meanwhile, as fast as it answers."""

import contextlib
import threading
import time
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

CALLERS = 4
REST_S = 0.005  # between two calls: the attack must get its turn on two processors, too


class Load:
    """Calls of the administrator's and of nobody's, until the server's process ends."""

    def __init__(self, server):
        self.server = server
        self.calls = 0
        self.process = server.process
        self.threads = [threading.Thread(target=self._call, args=(number,), daemon=True) for number in range(CALLERS)]
        for thread in self.threads:
            thread.start()

    def _clients(self):
        env = self.server.env()
        session = boto3.Session(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], region_name=self.server.region)
        config = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=30)
        return {name: session.client(name, endpoint_url=self.server.url, config=config, verify=str(self.server.bundle))
                for name in ("sts", "iam", "rds")}

    def _call(self, number):
        try:
            clients = self._clients()
        except (KeyError, AssertionError):
            return  # the server ended before it could be asked
        while self.process.poll() is None:
            # What the attack does to others is for its test to see.
            with contextlib.suppress(BotoCoreError, ClientError, OSError):
                self._one(clients, number)
            self.calls += 1
            time.sleep(REST_S)

    def _one(self, clients, number):
        if number == 0:
            clients["sts"].get_caller_identity()
        elif number == 1:
            clients["rds"].describe_db_instances()
        elif number == 2:
            clients["iam"].list_users()
        else:
            urllib.request.urlopen(f"{self.server.url}/metrics", timeout=10).read()  # by nobody
