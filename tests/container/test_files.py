"""What is said of the container in several places agrees: Containerfile, entry point, compose, manifests, page."""

import json
import re
import subprocess

import pytest
import yaml

from place import BIN, CONTAINER, ENTRYPOINT
from support.server import REPOSITORY

PAGE = (REPOSITORY / "docs/container.md").read_text()
CONTAINERFILE = (CONTAINER / "Containerfile").read_text()
SCRIPT = ENTRYPOINT.read_text()
MANIFESTS = sorted((CONTAINER / "kubernetes").glob("*.yaml"))
COMPOSE = yaml.safe_load((CONTAINER / "compose.yaml").read_text())
# What the entry point works with, and the settings of other programs.
OWN = {"COUNTERSIGN_DATA_DIR", "COUNTERSIGN_INIT_FOLDER"}
AGENTS = {"COUNTERSIGN_AGENT_SOCKET", "COUNTERSIGN_AGENT_TOKEN"}


def instruction(name):
    return re.search(rf"^{name} (.*)$", CONTAINERFILE, re.MULTILINE)[1]


def settings(text):
    return {name.removesuffix("_FILE") for name in re.findall(r"COUNTERSIGN_[A-Z_]+", text)}


def documents():
    return [one for file in MANIFESTS for one in yaml.safe_load_all(file.read_text())]


def pods():
    return [one["spec"]["template"]["spec"] for one in documents() if one["kind"] == "StatefulSet"]


def containers(pod):
    return [*pod.get("initContainers", []), *pod["containers"]]


def ours():
    """Every container of the image countersign, of compose and of Kubernetes."""
    of_pods = [one for pod in pods() for one in containers(pod) if one["image"] == "countersign"]
    return [one for one in COMPOSE["services"].values() if one["image"] == "countersign"], of_pods


def test_every_setting_is_on_the_page_and_is_one():
    known = settings(SCRIPT) - OWN
    rows = settings("\n".join(line for line in PAGE.splitlines() if line.startswith("| `COUNTERSIGN_")))
    assert rows == known
    used = settings(CONTAINERFILE) | settings((CONTAINER / "compose.yaml").read_text())
    for file in MANIFESTS:
        used |= settings(file.read_text())
    assert used - OWN - AGENTS <= known


def test_options_of_the_entry_point_are_known():
    offered = subprocess.run([BIN / "countersign", "serve", "--help"], capture_output=True, text=True, check=True).stdout
    start = re.search(r"^start\(\) \{.*?^\}", SCRIPT, re.MULTILINE | re.DOTALL)[0]
    given = set(re.findall(r"[( ](--[a-z-]+)", start)) - {"--"}
    assert len(given) > 8 and given <= set(re.findall(r"--[a-z-]+", offered))


def test_one_user_one_volume_one_set_of_ports():
    user = instruction("USER")
    assert user == "7070:7070" and f"--uid {user.split(':')[0]} --gid" in CONTAINERFILE
    data = instruction("VOLUME")
    assert f"COUNTERSIGN_DATA_DIR={data} " in CONTAINERFILE and f"COUNTERSIGN_DATA_DIR:-{data}}}" in SCRIPT
    api, databases = instruction("EXPOSE").split()
    assert f"COUNTERSIGN_API_PORT:-{api}}}" in SCRIPT and f"COUNTERSIGN_DATABASE_PORTS:-{databases}}}" in SCRIPT
    assert f"-p {api}:{api} -p {databases}:{databases}" in PAGE
    service = COMPOSE["services"]["countersign"]
    assert service["ports"] == [f"127.0.0.1:{port}:{port}" for port in (api, databases)]
    assert [volume.split(":")[1] for volume in service["volumes"]] == [data]
    pod = pods()[0]
    assert pod["securityContext"]["runAsUser"] == int(user.split(":")[0]) and pod["securityContext"]["runAsNonRoot"]
    container = pod["containers"][0]
    assert data in [mount["mountPath"] for mount in container["volumeMounts"]]
    assert int(api) in [port["containerPort"] for port in container["ports"]]
    first, last = (int(port) for port in next(one["value"] for one in container["env"]
                                              if one["name"] == "COUNTERSIGN_DATABASE_PORTS").split("-"))
    service = next(one for one in documents() if one["kind"] == "Service" and one["metadata"]["name"] == "countersign")
    assert {port["port"] for port in service["spec"]["ports"]} == {int(api), 7443, *range(first, last + 1)}


def test_what_asks_for_health_is_what_the_image_asks():
    command = json.loads(instruction("HEALTHCHECK").split("CMD ")[1])
    assert command == [*json.loads(instruction("ENTRYPOINT")), "healthy"]
    container = pods()[0]["containers"][0]
    for probe in ("startupProbe", "readinessProbe"):
        assert container[probe]["exec"]["command"] == command
    assert "countersign-entrypoint healthy" in PAGE
    assert "COPY --chmod=0755 entrypoint /usr/local/bin/countersign-entrypoint" in CONTAINERFILE


def test_commands_in_the_image_are_those_of_the_program():
    """Of every container that runs our image: the command, and each of its options."""
    compose, of_pods = ours()
    commands = [one["entrypoint"] + one["command"] for one in compose if one.get("entrypoint") == ["countersign"]]
    commands += [one["command"] for one in of_pods if one.get("command", [""])[0] == "countersign"]
    assert len(commands) == 2
    for command in commands:
        offered = subprocess.run([BIN / "countersign", command[1], "--help"], capture_output=True, text=True, check=True).stdout
        assert {word for word in command if word.startswith("--")} <= set(re.findall(r"--[a-z-]+", offered)), command
    paths = [word for one in of_pods for word in one.get("command", []) if word.startswith("/usr/lib/countersign/")]
    assert paths == ["/usr/lib/countersign/libcountersign_pam.so"]
    assert "usr/lib/countersign/libcountersign_pam.so" in (REPOSITORY / "debian/libpam-countersign.install").read_text()


@pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod["containers"][0]["name"])
def test_mounts_of_a_pod_have_volumes(pod):
    sets = [one for one in documents() if one["kind"] == "StatefulSet" and one["spec"]["template"]["spec"] == pod]
    volumes = {volume["name"] for volume in pod["volumes"]}
    claims = {claim["metadata"]["name"] for claim in sets[0]["spec"].get("volumeClaimTemplates", [])}
    mounted = {mount["name"] for container in containers(pod) for mount in container["volumeMounts"]}
    assert mounted == volumes | claims
    labels = sets[0]["spec"]["template"]["metadata"]["labels"]
    services = [one for one in documents() if one["kind"] == "Service" and one["metadata"]["name"] == sets[0]["spec"]["serviceName"]]
    assert sets[0]["spec"]["selector"]["matchLabels"] == labels == services[0]["spec"]["selector"]


def test_hook_and_agent_of_a_pod_meet():
    """At one socket, as one user, in one process namespace."""
    pod = pods()[1]
    assert pod["shareProcessNamespace"] and not any("securityContext" in one for one in containers(pod))
    database, agent = pod["containers"]
    environment = {one["name"]: one.get("value") for one in database["env"]}
    places = {mount["mountPath"]: mount["name"] for mount in database["volumeMounts"]}
    beside = {mount["mountPath"]: mount["name"] for mount in agent["volumeMounts"]}
    run_dir = agent["command"][agent["command"].index("--run-dir") + 1]
    sockets = agent["command"][agent["command"].index("--postgres-socket-dir") + 1]
    assert environment["COUNTERSIGN_AGENT_SOCKET"].rsplit("/", 1)[0] == run_dir
    for place in (run_dir, sockets):
        assert places[place] == beside[place]
    laid = pod["initContainers"][0]["volumeMounts"][0]
    assert places[environment["LD_PRELOAD"].rsplit("/", 1)[0]] == laid["name"]


def test_compose_goes_together():
    services = COMPOSE["services"]
    data, volumes = services["countersign"]["environment"], set(COMPOSE["volumes"])
    identifier, user = data["COUNTERSIGN_DATABASE"].split(":")
    assert "countersign" in data["COUNTERSIGN_ALIASES"].split(",") and "countersign" in data["COUNTERSIGN_TLS_NAMES"].split(",")
    application = services["application"]["environment"]
    assert application["PGUSER"] == user and application["PGDATABASE"] == identifier
    first = instruction("EXPOSE").split()[1].split("-")[0]
    assert application["PGPORT"] == first and f"{application['PGHOST']}:{first}" in services["tokens"]["command"]
    assert services["application"]["user"] == instruction("USER")
    for name, service in services.items():
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= volumes, name
        assert set(service.get("depends_on", [])) <= set(services), name
    server = json.loads(COMPOSE["configs"]["servers"]["content"])["Servers"]["1"]
    assert (server["Host"], str(server["Port"]), server["Username"]) == (application["PGHOST"], first, user)


def test_no_secret_is_written_down():
    """In none of the files; what is asked for is asked for without a default."""
    for file in (*CONTAINER.iterdir(), *MANIFESTS):
        if file.is_file():
            assert not re.search(r"AKIA[A-Z2-7]{16}|(PASSWORD|SECRET_ACCESS_KEY|_KEY)[=:] *['\"]?[A-Za-z0-9]{6,}", file.read_text()), file


def test_the_page_names_what_there_is():
    for name in re.findall(r"^\| `([a-z-]+\.yaml)` \|", PAGE, re.MULTILINE):
        assert (CONTAINER / "kubernetes" / name).exists(), name
    assert {file.name for file in MANIFESTS} == set(re.findall(r"^\| `([a-z-]+\.yaml)` \|", PAGE, re.MULTILINE))
    said = subprocess.run([CONTAINER / "build", "--help"], capture_output=True, text=True, check=True).stdout
    for option in re.findall(r"packaging/container/build .*?(--[a-z]+)", PAGE):
        assert option in said


def test_versions_of_postgresql_are_named_alike():
    versions = re.search(r'^ARG POSTGRESQL="([\d ]+)"$', CONTAINERFILE, re.MULTILINE)[1]
    said = subprocess.run([CONTAINER / "build", "--help"], capture_output=True, text=True, check=True).stdout
    assert f'(default: "{versions}")' in said
    older, newer = versions.split()
    assert f"PostgreSQL {newer} and {older} with their clients" in PAGE and f"`--engine-version {newer}` or `{older}`" in PAGE
    base = re.search(r"^ARG BASE=docker.io/library/(\S+)$", CONTAINERFILE, re.MULTILINE)[1]
    assert f"(default: {base})" in said and f"Debian {base.split(':')[1].split('-')[0]}, PostgreSQL" in PAGE


def test_the_build_says_what_it_misses(tmp_path):
    for words, text in (([], "where are the packages?"), ([tmp_path], "there is no package countersign"), (["--what"], "unknown option")):
        done = subprocess.run([CONTAINER / "build", "--engine", "false", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 1 and text in done.stderr


def test_programs_sign_for_the_region_that_a_new_volume_is_in():
    """It is named by the server alone; the entry point asks where the server is."""
    region = re.search(r'default_region = "([^"]+)"', (REPOSITORY / "src/model/region.h").read_text())[1]
    assert COMPOSE["services"]["tokens"]["environment"]["AWS_REGION"] == region
    assert f"`{region}` in a new one" in PAGE
    assert "--region" in SCRIPT and "COUNTERSIGN_REGION:-}" in SCRIPT
