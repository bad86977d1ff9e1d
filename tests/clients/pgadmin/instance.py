"""One pgAdmin in server mode: a directory of its own, an administrator, and its process on a free port."""

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
ENABLE_SERVER_PASS_EXEC_CMD = True
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
        self.certificates = self.home / "certificates"
        self.certificates.mkdir()
        self.process = None
        self.environment = self._configure()

    def _configure(self):
        facts = {"data": str(self.home / "data"), "log": str(self.log), "port": self.ports.first, "shared": SHARED,
                 "certificates": str(self.certificates)}
        (self.home / "config_local.py").write_text(CONFIG.format(**facts))
        user_home = self.home / "user"
        user_home.mkdir()
        environment = clean_environment(user_home)
        return environment | {"PYTHONPATH": str(self.home), "PGADMIN_SETUP_EMAIL": EMAIL,
                              "PGADMIN_SETUP_PASSWORD": self.password, "PYTHONDONTWRITEBYTECODE": "1"}

    def setup(self, *words):
        return run([PYTHON, self.package / "setup.py", *words], self.environment, cwd=self.home).stdout

    def load_servers(self, path):
        """`setup.py load-servers`, as the manual says."""
        return self.setup("load-servers", path, "--user", EMAIL)

    def storage(self):
        """Where the administrator's own files are, which the dialogs call /."""
        place = self.home / "data/storage" / EMAIL.replace("@", "_")
        place.mkdir(parents=True, exist_ok=True)
        return place

    def start(self):
        self.setup("setup-db")
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
