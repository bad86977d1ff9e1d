"""PostgreSQL in a pod of its own, as packaging/container/kubernetes/postgresql.yaml has it: podman's containers stand for the pod's.

They share network and processes; mounts, environment and the agent's command are the manifest's. The image is ours in the place of
`postgres`, with a data directory made by hand.
"""

import os
import re

import pytest
import yaml

from place import CONTAINER
from support.poll import until

IMAGE = "countersign"
VERSIONS = ("15", "17")
RESOURCE = "RESOURCE.agent"
MAKE_DATA = """set -e
initdb -D "$PGDATA" -U postgres --auth-local=peer >/dev/null 2>&1
echo 'm countersign postgres' >"$PGDATA/pg_ident.conf"
cd /etc/postgresql/tls
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=orders -addext subjectAltName=DNS:localhost \
    -keyout tls.key -out tls.crt 2>/dev/null
chmod 600 tls.key
"""


class Pod:
    """What the manifest's pod is made of, with volumes of its own."""

    def __init__(self, engine, version):
        documents = list(yaml.safe_load_all((CONTAINER / "kubernetes/postgresql.yaml").read_text()))
        spec = next(one for one in documents if one["kind"] == "StatefulSet")["spec"]["template"]["spec"]
        self.hba = next(one for one in documents if one["kind"] == "ConfigMap")["data"]["pg_hba.conf"]
        self.engine, self.mark = engine, "p" + os.urandom(4).hex()
        self.version, self.programs = version, f"/usr/lib/postgresql/{version}/bin"
        assert spec["shareProcessNamespace"]
        self.hook, = spec["initContainers"]
        self.database, self.agent = spec["containers"]
        self.network = self.name("control")

    def name(self, part):
        return f"{self.mark}-{part}"

    @staticmethod
    def place_of(container, volume):
        return next(mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == volume)

    def mounts(self, container, *without):
        words = []
        for mount in container["volumeMounts"]:
            if mount["name"] not in without:
                words += ["--volume", f"{self.name(mount['name'])}:{mount['mountPath']}"]
        return words

    def environment(self, socket):
        known = {one["name"]: one["value"].replace(RESOURCE, socket) for one in self.database["env"] if "value" in one}
        return [word for name, value in known.items() for word in ("--env", f"{name}={value}")]

    def control_plane(self):
        self.engine.docker("run", "--detach", "--name", self.network, "--network", "none", IMAGE, "--agents", "127.0.0.1:7443")
        until(lambda: self.engine.docker("exec", self.network, "countersign-entrypoint", "healthy", check=False).returncode == 0,
              "the control plane is healthy", 300)

    def make(self, hba):
        """What the kubelet makes: volumes that belong to the pod's user, the hook, data, certificate and rules."""
        database = self.mounts(self.database, "hba", "hook")
        places = [word.split(":")[1] for word in [*database, *self.mounts(self.agent, "hba")] if ":" in word]
        beside = self.mounts(self.agent, "agent", "socket", "data", "hba")
        self.engine.docker("run", "--rm", "--user", "0", "--entrypoint", "chown", *database, *beside, IMAGE, "7070:7070",
                           *dict.fromkeys(places))
        self.engine.docker("run", "--rm", "--user", "0", "--entrypoint", self.hook["command"][0], *self.mounts(self.hook), IMAGE,
                           *self.hook["command"][1:])
        self.engine.docker("run", "--rm", "--entrypoint", "sh", *database, *self.environment("none"), "--env", "LD_PRELOAD=", IMAGE,
                           "-c", f"PATH={self.programs}:$PATH\n{MAKE_DATA}")
        hba.write_text(self.hba.replace("peer\n", "peer map=m\n"))
        hba.chmod(0o644)

    def start(self, socket, hba, token=None):
        rules = ["--volume", f"{hba}:{self.place_of(self.database, 'hba')}:ro"]
        self.engine.docker("run", "--detach", "--name", self.name("postgresql"), "--network", f"container:{self.network}",
                           *self.mounts(self.database, "hba"), *rules, *self.environment(socket),
                           "--entrypoint", f"{self.programs}/postgres", IMAGE, *self.database["args"])
        command = [word.replace("countersign.countersign.svc:7443", "localhost:7443") for word in self.agent["command"]]
        given = ["--env", f"COUNTERSIGN_AGENT_TOKEN={token}"] if token else []
        self.engine.docker("run", "--detach", "--name", self.name("agent"), "--network", f"container:{self.network}",
                           "--pid", f"container:{self.name('postgresql')}", *self.mounts(self.agent, "hba"), *rules, *given,
                           "--entrypoint", command[0], IMAGE, *command[1:])
        until(lambda: '"reachable":true' in self.engine.docker("logs", self.name("agent")).stdout, "the agent has enrolled")

    def stop(self):
        for part in ("agent", "postgresql"):
            self.engine.docker("rm", "--force", "--ignore", "--time", "30", self.name(part))

    def remove(self):
        self.stop()
        self.engine.docker("rm", "--force", "--ignore", "--time", "30", self.network)

    def control(self, *words):
        return self.engine.docker("exec", self.network, *words).stdout

    def beside(self, *words, check=True):
        """In the agent's container, as the administrator."""
        key = dict(re.findall(r"^aws_(\w+) = (\S+)$", self.control("cat", "/var/lib/countersign/credentials"), re.MULTILINE))
        self.engine.docker("exec", self.name("agent"), "sh", "-c", 'printf %s "$1" >/tmp/ca.pem', "sh",
                           self.control("cat", "/var/lib/countersign/global-bundle.pem"))
        settings = {"AWS_ENDPOINT_URL": "https://localhost:7070", "AWS_CA_BUNDLE": "/tmp/ca.pem", "AWS_REGION": "us-west-2",
                    "AWS_ACCESS_KEY_ID": key["access_key_id"], "AWS_SECRET_ACCESS_KEY": key["secret_access_key"]}
        given = [word for name, value in settings.items() for word in ("--env", f"{name}={value}")]
        done = self.engine.docker("exec", *given, self.name("agent"), "env", "-u", "COUNTERSIGN_DATA_DIR", *words, check=check)
        return done.stdout + done.stderr


@pytest.fixture(name="pod", params=VERSIONS)
def _pod(engine, request):
    pod = Pod(engine, request.param)
    try:
        yield pod
    finally:
        pod.remove()


def test_postgresql_of_its_own_in_a_pod(pod, tmp_path):
    hba = tmp_path / "pg_hba.conf"
    pod.control_plane()
    pod.make(hba)
    pod.start("none", hba, pod.control("countersign", "agent-token", "--name", "orders-0").strip())
    attach = ("countersign", "attach", "orders", "--agent", "orders-0", "--fast=preload", "--dsn",
              "host=/var/run/postgresql user=postgres", "--endpoint", "localhost:5432", "--state-dir", "/tmp/attach")
    said = pod.beside(*attach, check=False)
    socket = re.search(r"COUNTERSIGN_AGENT_SOCKET=/run/countersign/(\S+\.agent) in the environment", said)
    assert socket, said
    pod.stop()
    pod.start(socket[1], hba)
    said = pod.beside(*attach)
    assert "✓ proof: a fresh token was accepted over TLS" in said and "✓ proof: a wrong token was refused by PAM" in said
    pod.beside("psql", "-X", "-h", "/var/run/postgresql", "-U", "postgres", "-c", "CREATE USER jane", "-c", "GRANT rds_iam TO jane")
    version = pod.beside("psql", "-X", "-A", "-t", "-h", "/var/run/postgresql", "-U", "postgres", "-c", "SHOW server_version")
    assert version.split(".")[0] == pod.version
    login = ('PGPASSWORD="$(countersign token --hostname localhost --port 5432 --username jane --region us-west-2)" '
             'psql -X -A -t "host=localhost port=5432 user=jane dbname=postgres sslmode=require" -c "SELECT session_user"')
    assert pod.beside("sh", "-c", login) == "jane\n"
    assert re.search(r"jane .* allowed", pod.control("countersign", "logins", "--last", "3"))
