"""One pgAdmin in server mode: a directory of its own, an administrator, and its process on a free port."""

import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import tempfile
import urllib.request

from support.poll import PATIENCE, until
from support.ports import Ports
from support.server import REPOSITORY, clean_environment, run

VENV = REPOSITORY / "build/pgadmin-venv"
PYTHON = VENV / "bin/python"
EMAIL = "dba@example.com"
SHARED = "certificates"

# What docs/pgadmin.md tells a reader to set, below what a test needs.
CONFIG = """
import logging

DATA_DIR = {data!r}
LOG_FILE = {log!r}
DEFAULT_SERVER_PORT = {port}
FILE_LOG_LEVEL = logging.DEBUG
CONSOLE_LOG_LEVEL = logging.DEBUG
UPGRADE_CHECK_ENABLED = False
SHOW_GRAVATAR_IMAGE = False
AUTO_DISCOVER_SERVERS = False
SHARED_STORAGE = [{{"name": {shared!r}, "path": {certificates!r}, "restricted_access": True}}]
ENABLE_SERVER_PASS_EXEC_CMD = {commands}
"""


def package():
    found = list(VENV.glob("lib/python3.*/site-packages/pgadmin4"))
    assert found, f"there is no pgAdmin in {VENV}; ./test makes it"
    return found[0]


class PgAdmin:
    """Owns its process and everything below `home`."""

    def __init__(self):
        self.package = package()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="countersign-pgadmin-", dir="/tmp"))
        self.ports = Ports()
        self.url = f"http://127.0.0.1:{self.ports.first}"
        self.password = secrets.token_urlsafe(12)
        self.log = self.home / "pgadmin.log"
        self.said = self.home / "said.log"
        self.data = self.home / "data"
        self.user_home = self.home / "user"
        self.certificates = self.home / "certificates"
        self.certificates.mkdir()
        self.user_home.mkdir()
        self.process = None
        self.environment = clean_environment(self.user_home) | {
            "PYTHONPATH": str(self.home), "PYTHONDONTWRITEBYTECODE": "1", "PGADMIN_SETUP_EMAIL": EMAIL,
            "PGADMIN_SETUP_PASSWORD": self.password}

    def configure(self, commands):
        """`commands`: whether servers may have a password exec command."""
        facts = {"data": str(self.data), "log": str(self.log), "port": self.ports.first, "shared": SHARED,
                 "certificates": str(self.certificates), "commands": commands}
        (self.home / "config_local.py").write_text(CONFIG.format(**facts))

    def setup(self, *words):
        return run([VENV / "bin/pgadmin4-cli", *words], self.environment, cwd=self.home).stdout

    def load_servers(self, entries):
        """`pgadmin4-cli load-servers` with a file of these, as the manual says."""
        path = self.home / "servers.json"
        path.write_text(json.dumps({"Servers": {str(number): entry for number, entry in enumerate(entries, 1)}}))
        said = self.setup("load-servers", path, "--user", EMAIL)
        assert f"{len(entries)} Server(s)" in said, said

    def storage(self):
        """Where the administrator's own files are, which the dialogs call /."""
        place = self.data / "storage" / EMAIL.replace("@", "_")
        place.mkdir(parents=True, exist_ok=True)
        return place

    def start(self):
        """The first start makes its database, with the administrator."""
        self.configure(commands=True)
        with self.said.open("ab") as log:
            # pylint: disable-next=consider-using-with
            self.process = subprocess.Popen([PYTHON, self.package / "pgAdmin4.py"], env=self.environment, cwd=self.home,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        until(self._answers, "pgAdmin answers")
        return self

    def _answers(self):
        assert self.process.poll() is None, self.said.read_text(errors="replace")
        try:
            with urllib.request.urlopen(f"{self.url}/misc/ping", timeout=60) as answer:
                return answer.status == 200
        except OSError:
            return False

    def logged(self):
        """All that it wrote to its logs and to its standard output and error."""
        return "".join(path.read_text(errors="replace") for path in (self.log, self.said) if path.exists())

    def close(self):
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(PATIENCE)
        shutil.rmtree(self.home, ignore_errors=True)
        self.ports.release()
