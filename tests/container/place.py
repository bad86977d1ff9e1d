"""The image's entry point with a data directory and an init folder of its own, and who connects to what it made."""

import gzip
import os
import pathlib
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile

from support.poll import PATIENCE, until
from support.ports import Ports
from support.server import BIN, REPOSITORY, clean_environment, is_alive, processes_in, run
from support.unprivileged import UNPRIVILEGED, for_others

CONTAINER = REPOSITORY / "packaging/container"
ENTRYPOINT = CONTAINER / "entrypoint"
INIT = {
    "20-rows.sql.gz": "INSERT INTO orders VALUES (1, 'by sql.gz');\n",
    "10-table.sql": "CREATE TABLE orders (id int, what text);\n",
    "30-more.sh": 'psql -X -q -c "INSERT INTO orders VALUES (2, \'by sh as \' || current_user)"\n',
    "README": "none of the three\n",
}


def write_init_folder(folder, files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        data = gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()
        (folder / name).write_bytes(data)
    return folder


class Client:
    """Who has what `client` holds, and nothing else: the AWS CLI and psql."""

    def __init__(self, folder, home):
        self.run = run
        self.folder = folder
        self.environment = clean_environment(home) | {
            "AWS_CONFIG_FILE": str(folder / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials")}
        if (folder / "api-ca.pem").exists():
            self.environment["AWS_CA_BUNDLE"] = str(folder / "api-ca.pem")
        self.where = dict(word.split("=", 1) for word in (folder / "database").read_text().split())

    def token(self):
        done = self.run(["aws", "rds", "generate-db-auth-token", "--hostname", self.where["host"], "--port", self.where["port"],
                    "--username", self.where["user"]], self.environment)
        return done.stdout.strip()

    def psql(self, sql, password=None, check=True):
        conninfo = self.where | {"sslmode": "verify-full", "sslrootcert": self.folder / "global-bundle.pem"}
        words = ["psql", "-X", "-A", "-t", "-q", " ".join(f"{name}={value}" for name, value in conninfo.items()), "-c", sql]
        return self.run(words, self.environment | {"PGPASSWORD": password or self.token()}, check=check)

    def aws(self, *words, check=True):
        # Version 1 of the AWS CLI passes over endpoint_url for `aws rds` in us-east-1.
        url = (self.folder / "config").read_text().split("endpoint_url = ")[1].strip()
        return self.run(["aws", *words, "--endpoint-url", url, "--output", "json"], self.environment, check=check)


class Place:
    def __init__(self, init=None, **environment):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="countersign-container-", dir="/tmp"))
        self.home.chmod(0o755)
        self.data = self.home / "data"
        self.data.mkdir(mode=0o700)
        self.init = write_init_folder(self.home / "init", init or {})
        self.log = self.home / "said"
        self.out = self.home / "out"
        self.ports = Ports()
        self.process = None
        self.environment = clean_environment(self.home) | {
            "COUNTERSIGN_DATA_DIR": str(self.data), "COUNTERSIGN_INIT_FOLDER": str(self.init),
            "COUNTERSIGN_API_PORT": str(self.ports.first),
            "COUNTERSIGN_DATABASE_PORTS": f"{self.ports.first + 1}-{self.ports.last}", **environment}
        self.as_user = []
        self.entrypoint = ENTRYPOINT
        if os.geteuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            self.as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
            shutil.chown(self.data, user.pw_uid, user.pw_gid)
            self.entrypoint = for_others(CONTAINER) / ENTRYPOINT.name
            self.environment["PATH"] = f"{for_others(BIN)}:{self.environment['PATH']}"

    def secret_file(self, name, text):
        """One that only the container's user reads."""
        file = self.home / name
        file.write_text(text)
        file.chmod(0o600)
        if self.as_user:
            shutil.chown(file, UNPRIVILEGED)
        return file

    def words(self, *words):
        return [*self.as_user, str(self.entrypoint), *words]

    def once(self, *words, check=False):
        """Runs it to its end."""
        return run(self.words(*words), self.environment, check=check, cwd="/")

    def start(self, *words):
        with self.log.open("ab") as log, self.out.open("ab") as out:
            self.process = subprocess.Popen(self.words(*words), stdin=subprocess.DEVNULL, stdout=out, stderr=log,
                                            env=self.environment, cwd="/", start_new_session=True)
        return self

    def ready(self):
        until(lambda: self.process.poll() is not None or (self.data / "container/ready").exists(), "it is ready")
        assert self.process.poll() is None, self.said()
        return self

    def said(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def lines(self):
        """What the entry point itself said."""
        return re.findall(r"^container: (.*)$", self.said(), re.MULTILINE)

    def client(self):
        return Client(self.data / "client", self.home)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(2 * PATIENCE)

    def exit_code(self):
        return self.process.wait(2 * PATIENCE)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.end()
        for pid in processes_in(self.data):
            os.kill(pid, signal.SIGKILL)
        until(lambda: not any(is_alive(pid) for pid in processes_in(self.data)), "its processes are gone")
        shutil.rmtree(self.home)
        self.ports.release()


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


__all__ = ["BIN", "CONTAINER", "ENTRYPOINT", "INIT", "Client", "Place", "mode", "write_init_folder"]
