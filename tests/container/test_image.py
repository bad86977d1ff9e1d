"""The image, built and run: published ports, volumes, restarts, a closed-down engine. Needs root, podman and debootstrap."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from place import INIT, Client, write_init_folder
from support.poll import until
from support.server import REPOSITORY

IMAGE = "countersign"
COMPRESSED_MAX = 250 * 1000 * 1000
PAGE = REPOSITORY / "docs/container.md"
PASSWORD = "correct-horse-9"
# As Docker's own profile does, which forbids namespaces where nobody has CAP_SYS_ADMIN.
WITHOUT_NAMESPACES = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    {"names": ["unshare", "setns", "mount", "umount2"], "action": "SCMP_ACT_ERRNO"}]}

# As an older kernel: the calls are not there.
WITHOUT_LANDLOCK = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
    {"names": ["landlock_create_ruleset"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}


class Container:
    """One that publishes its ports, with what its client folder holds at hand."""

    def __init__(self, engine, tmp_path, *options, image=IMAGE):
        self.engine, self.tmp_path = engine, tmp_path
        self.name = "c" + os.urandom(4).hex()
        engine.docker("run", "--detach", "--name", self.name, "-p", "7070:7070", "-p", "15432-15441:15432-15441", *options, image)

    def said(self):
        done = self.engine.docker("logs", self.name, check=False)
        return done.stdout + done.stderr

    def state(self, what):
        return self.engine.docker("inspect", "--format", "{{.State." + what + "}}", self.name).stdout.strip()

    def ready(self):
        until(lambda: self.state("Running") != "true" or
              self.engine.docker("healthcheck", "run", self.name, check=False).returncode == 0, "it is healthy", 300)
        assert self.state("Running") == "true", self.said()
        return self

    def client(self):
        shutil.rmtree(self.tmp_path / "client", ignore_errors=True)
        self.engine.docker("cp", f"{self.name}:/var/lib/countersign/client", self.tmp_path)
        client = Client(self.tmp_path / "client", self.tmp_path)
        client.run = self.engine.near
        return client

    def administrator(self):
        """The host's tools with the administrator's key."""
        self.engine.docker("cp", f"{self.name}:/var/lib/countersign/credentials", self.tmp_path / "administrator")
        client = self.client()
        client.environment["AWS_SHARED_CREDENTIALS_FILE"] = str(self.tmp_path / "administrator")
        return client

    def stop(self):
        self.engine.docker("stop", "--time", "120", self.name)
        return self.state("ExitCode")

    def inside(self, *words, check=True):
        return self.engine.docker("exec", self.name, *words, check=check)

    def remove(self):
        self.engine.docker("rm", "--force", "--ignore", "--time", "30", self.name)


@pytest.fixture(name="run_container")
def _run_container(engine, tmp_path, request):
    made = []

    def begin(*options, image=IMAGE):
        made.append(Container(engine, tmp_path, *options, image=image))
        return made[-1]
    try:
        yield begin
    finally:
        for one in made:
            if request.session.testsfailed:
                print(f"--- the end of what it said ---\n{one.said()[-6000:]}")
            one.remove()


def test_what_the_image_says_of_itself(engine):
    said = json.loads(engine.docker("inspect", IMAGE).stdout)[0]
    config = said["Config"]
    assert config["User"] == "7070:7070" and config["StopSignal"] == "SIGTERM"
    assert list(config["Volumes"]) == ["/var/lib/countersign"] and config["Entrypoint"] == ["countersign-entrypoint"]
    assert {port.split("/")[0] for port in config["ExposedPorts"]} in (
        {"7070", "15432-15441"}, {"7070", *map(str, range(15432, 15442))})  # engines write ranges in two ways
    health = config.get("Healthcheck") or said["Healthcheck"]  # where Docker has it, and where podman has
    assert health["Test"] == ["CMD", "countersign-entrypoint", "healthy"]
    assert not [name for name in config["Env"] if re.search(r"KEY|SECRET|PASSWORD", name)]


def test_it_is_small(engine, tmp_path):
    """As registries keep it: each layer compressed by gzip, of which no file is in two."""
    archive = tmp_path / "image.tar"
    engine.podman("save", "--format", "docker-archive", "--output", archive, IMAGE)
    with archive.open("rb") as tar:
        compressed = subprocess.run("gzip -6 | wc -c", shell=True, stdin=tar, capture_output=True, text=True, check=True).stdout
    print(f"{int(compressed) / 1e6:.0f} MB")
    assert int(compressed) < COMPRESSED_MAX


def test_what_is_not_in_it(engine):
    """No compiler; no key, which every container would share."""
    look = ("for tool in cc gcc g++ c++ clang ld as make; do command -v $tool; done; "
            "find / -xdev \\( -name '*.key' -o -name 'sealing*' -o -name 'ssh_host_*' -o -name '*.deb' \\) -type f; "
            "grep -rlE 'BEGIN ([A-Z]+ )?PRIVATE KEY' /etc /var /usr/local /root 2>/dev/null; "
            "ls -A /var/lib/countersign /var/lib/postgresql; true")
    done = engine.docker("run", "--rm", "--user", "0", "--entrypoint", "sh", IMAGE, "-c", look)
    assert [line for line in done.stdout.split("\n") if line and not line.endswith(":")] == []


def test_a_working_service_for_the_tools_of_the_host(run_container, tmp_path):
    folder = write_init_folder(tmp_path / "init", INIT)
    folder.chmod(0o755)
    container = run_container("--env", "COUNTERSIGN_DATABASE=orders:app_user", "--env", "COUNTERSIGN_ALIASES=countersign",
                              "--volume", f"{folder}:/docker-entrypoint-initdb.d:ro").ready()
    assert '"by":"namespaces, landlock' in container.said()
    rows = "SELECT session_user, id, what FROM orders ORDER BY id"
    expected = "app_user|1|by sql.gz\napp_user|2|by sh as postgres\n"
    client = container.client()
    assert client.where == {"host": "localhost", "port": "15432", "dbname": "orders", "user": "app_user"}
    assert client.psql(rows).stdout == expected
    assert "PAM authentication failed" in client.psql(rows, "wrong", check=False).stderr
    assert ":user/app_user" in client.aws("sts", "get-caller-identity").stdout
    assert "countersign:15432" in container.inside("countersign", "alias", "list", "orders").stdout
    assert container.stop() == "0"
    assert '"event":"serve.stopped"' in container.said()
    container.engine.docker("start", container.name)
    container.ready()
    assert container.client().psql(rows).stdout == expected
    assert container.said().count("container: making the database") == 1


def test_postgresql_of_two_versions(run_container):
    """Databases of both beside each other; a token opens each, and nothing else does."""
    administrator = run_container("--env", "COUNTERSIGN_DATABASE=orders:app_user", "--env", "COUNTERSIGN_POSTGRES_VERSION=15",
                                  "--env", f"COUNTERSIGN_MASTER_PASSWORD={PASSWORD}").ready().administrator()
    administrator.aws("rds", "create-db-instance", "--db-instance-identifier", "newer", "--engine", "postgres", "--engine-version", "17",
                      "--db-instance-class", "db.t4g.micro", "--allocated-storage", "20", "--master-username", "postgres",
                      "--master-user-password", PASSWORD, "--db-name", "orders", "--enable-iam-database-authentication")
    administrator.aws("rds", "wait", "db-instance-available", "--db-instance-identifier", "newer")
    databases = json.loads(administrator.aws("rds", "describe-db-instances").stdout)["DBInstances"]
    assert sorted((one["EngineVersion"].split(".")[0], one["DBInstanceIdentifier"]) for one in databases) == [
        ("15", "orders"), ("17", "newer")]
    for one in databases:
        administrator.where |= {"port": str(one["Endpoint"]["Port"]), "user": "postgres"}
        administrator.psql("CREATE USER jane; GRANT rds_iam TO jane", PASSWORD)
        administrator.where["user"] = "jane"
        seen = administrator.psql("SELECT session_user, current_setting('server_version')").stdout.split()[0]
        assert seen.startswith(f"jane|{one['EngineVersion']}"), seen
        refused = administrator.psql("SELECT 1", PASSWORD, check=False).stderr
        assert 'PAM authentication failed for user "jane"' in refused
    offered = json.loads(administrator.aws("rds", "describe-db-engine-versions", "--engine", "postgres").stdout)["DBEngineVersions"]
    assert [one["MajorEngineVersion"] for one in offered] == ["15", "17"]


@pytest.fixture(name="database_of_15")
def _database_of_15(run_container):
    """Its administrator's tools, and how it is brought to 17: the events of what came of it."""
    def begin(*options):
        container = run_container("--env", "COUNTERSIGN_DATABASE=orders:app_user", "--env", "COUNTERSIGN_POSTGRES_VERSION=15",
                                  "--env", f"COUNTERSIGN_MASTER_PASSWORD={PASSWORD}", *options).ready()
        return container, container.administrator()
    return begin


def upgrade_to_17(administrator):
    instance = ("--db-instance-identifier", "orders")
    administrator.aws("rds", "modify-db-instance", *instance, "--engine-version", "17", "--allow-major-version-upgrade",
                      "--apply-immediately")
    administrator.aws("rds", "wait", "db-instance-available", *instance)
    events = administrator.aws("rds", "describe-events", "--source-type", "db-instance", "--source-identifier", "orders")
    return [event["Message"] for event in json.loads(events.stdout)["Events"]]


def is_upgraded_to_17(administrator):
    """First it cannot be, and goes on as it was."""
    master = Client(administrator.folder, administrator.folder.parent)
    master.run, master.where = administrator.run, administrator.where | {"user": "postgres"}
    administrator.psql("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n; CREATE INDEX ON kept (n)")
    master.psql("CREATE DATABASE shut", PASSWORD)
    master.psql("ALTER DATABASE shut ALLOW_CONNECTIONS false", PASSWORD)
    failed = [message for message in upgrade_to_17(administrator) if "failed, and nothing was changed" in message]
    assert len(failed) == 1 and "shut" in failed[0], failed
    seen = "SELECT session_user, count(*), max(n), current_setting('server_version_num')::int / 10000 FROM kept GROUP BY 1"
    assert administrator.psql(seen).stdout == "app_user|1000|1000|15\n"
    master.psql("ALTER DATABASE shut ALLOW_CONNECTIONS true", PASSWORD)
    events = upgrade_to_17(administrator)
    assert any("was upgraded from 15." in message for message in events), events
    assert administrator.psql(seen).stdout == "app_user|1000|1000|17\n"
    assert 'PAM authentication failed for user "app_user"' in administrator.psql(seen, PASSWORD, check=False).stderr
    master.psql("CREATE ROLE later LOGIN; GRANT rds_iam TO later", PASSWORD)


def test_a_database_of_15_becomes_one_of_17(database_of_15):
    container, administrator = database_of_15()
    is_upgraded_to_17(administrator)
    assert container.stop() == "0"
    container.engine.docker("start", container.name)
    container.ready()
    assert administrator.psql("SELECT count(*) FROM kept").stdout == "1000\n"


def test_a_database_of_15_becomes_one_of_17_without_namespaces(database_of_15, tmp_path):
    profile = tmp_path / "profile.json"
    profile.write_text(json.dumps(WITHOUT_NAMESPACES))
    container, administrator = database_of_15("--read-only", "--tmpfs", "/tmp", "--cap-drop", "all", "--security-opt",
                                              "no-new-privileges", "--security-opt", f"seccomp={profile}")
    assert "database.not_isolated" in container.said()
    is_upgraded_to_17(administrator)


def test_a_database_of_15_becomes_one_of_17_without_landlock(database_of_15, tmp_path):
    profile = tmp_path / "profile.json"
    profile.write_text(json.dumps(WITHOUT_LANDLOCK))
    container, administrator = database_of_15("--security-opt", f"seccomp={profile}")
    assert "(no Landlock)" in container.said()
    is_upgraded_to_17(administrator)


def test_data_stay_on_the_volume(run_container):
    volume = "v" + os.urandom(4).hex()
    options = ("--env", "COUNTERSIGN_DATABASE=orders:app_user", "--volume", f"{volume}:/var/lib/countersign")
    first = run_container(*options).ready()
    first.client().psql("CREATE TABLE kept AS SELECT 42 AS answer")
    assert first.stop() == "0"
    first.remove()
    second = run_container(*options).ready()
    assert second.client().psql("SELECT answer FROM kept").stdout == "42\n"
    assert "making the database" not in second.said()
    second.engine.docker("kill", second.name)
    second.engine.docker("start", second.name)
    assert second.ready().client().psql("SELECT answer FROM kept").stdout == "42\n"


def test_under_an_engine_that_allows_little(run_container, tmp_path):
    """As Kubernetes' strictest standard has it, and without namespaces, as under Docker's own profile."""
    profile = tmp_path / "profile.json"
    profile.write_text(json.dumps(WITHOUT_NAMESPACES))
    container = run_container("--env", "COUNTERSIGN_DATABASE=orders:app_user", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "all",
                              "--security-opt", "no-new-privileges", "--security-opt", f"seccomp={profile}").ready()
    assert container.client().psql("SELECT session_user").stdout == "app_user\n"
    assert "database.not_isolated" in container.said()


@pytest.mark.skipif('VERSION_ID="12"' not in pathlib.Path("/etc/os-release").read_text(), reason="packages of this Debian fit no older one")
def test_on_debian_12(engine, run_container):
    engine.build(os.environ["COUNTERSIGN_PACKAGES"], "countersign-12", "--postgresql", "15", suite="bookworm")
    container = run_container("--env", "COUNTERSIGN_DATABASE=orders:app_user", image="countersign-12").ready()
    assert container.client().psql("SELECT session_user, current_setting('server_version')").stdout.startswith("app_user|15.")
    assert container.inside("ls", "/usr/lib/postgresql").stdout == "15\n"


def test_root_is_refused(run_container):
    container = run_container("--user", "0")
    until(lambda: container.state("Running") != "true", "it has ended")
    assert container.state("ExitCode") == "1" and "needs nothing of root's" in container.said()


def type_in(engine, tmp_path, commands):
    """What they print in a shell where `docker` is the engine's."""
    path = {"PATH": f"{engine.programs}:{engine.environment['PATH']}", "HOME": str(tmp_path)}
    return [line.rstrip() for line in engine.near(["bash", "-c", f"set -euo pipefail\n{commands}"], path, cwd=tmp_path).stdout.splitlines()]


def test_the_page_says_what_happens(engine, tmp_path):
    """Every command of docs/container.md that is one of Docker's or follows it, in its order."""
    blocks = re.findall(r"^```bash\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    story = [block for block in blocks if not block.startswith("packaging/")]
    assert len(story) == 4
    said = type_in(engine, tmp_path, "\n".join(story))
    for shown in re.findall(r"^```text\n((?:container: | session_user).*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL):
        assert [line for line in shown.splitlines() if line.rstrip() not in said] == [], said


def test_readme_says_what_happens(engine, tmp_path):
    """The same image; its first two commands are the fixture's."""
    section = (REPOSITORY / "README.md").read_text().split("\n## In a container\n")[1].split("\n## ")[0]
    commands, shown = re.search(r"^```bash\n(.*?)^```\n```text\n(.*?)^```$", section, re.MULTILINE | re.DOTALL).groups()
    build, run = commands.split("docker run", 1)
    assert len(build.splitlines()) == 2 and build in PAGE.read_text()
    try:
        said = type_in(engine, tmp_path, f"docker run{run}")
    finally:
        engine.docker("rm", "--force", "--ignore", "--volumes", "countersign")
    assert "\n".join(said).rstrip().endswith("\n".join(line.rstrip() for line in shown.splitlines())), said
