"""packaging/container/compose.yaml, its services run by podman one after the other, as they depend on each other.

pgAdmin's image comes from a registry, which no test asks.
"""

import os

import pytest
import yaml

from place import CONTAINER
from support.poll import until

COMPOSE = yaml.safe_load((CONTAINER / "compose.yaml").read_text())


class Project:
    """Its services in a network, and with volumes, of their own."""

    def __init__(self, engine):
        self.engine, self.mark = engine, "compose" + os.urandom(4).hex()
        self.begun = []
        engine.docker("network", "create", self.mark)

    def name(self, part):
        return f"{self.mark}-{part}"

    def options(self, service):
        words = []
        for name, value in service["environment"].items():
            words += ["--env", f"{name}={value}"]
        for volume in service.get("volumes", []):
            words += ["--volume", f"{self.mark}-{volume}"]
        for option, key in (("--tmpfs", "tmpfs"), ("--cap-drop", "cap_drop"), ("--security-opt", "security_opt"), ("--publish", "ports")):
            words += [word for value in service.get(key, []) for word in (option, value.replace(":true", ""))]
        if service.get("read_only"):
            words.append("--read-only")
        if "user" in service:
            words += ["--user", service["user"]]
        command = [word.replace("$$", "$") for word in service.get("command", [])]
        if "entrypoint" in service:
            words += ["--entrypoint", service["entrypoint"][0]]
            command = service["entrypoint"][1:] + command
        return words, command

    def up(self, name):
        service = COMPOSE["services"][name]
        words, command = self.options(service)
        self.engine.docker("run", "--detach", "--name", self.name(name), "--network", self.mark, "--network-alias", name, *words,
                           service["image"], *command)
        self.begun.append(name)
        return service.get("healthcheck", {}).get("test", ["CMD", "countersign-entrypoint", "healthy"])[1:]  # else the image's

    def until_healthy(self, name, ask):
        until(lambda: self.engine.docker("exec", self.name(name), *ask, check=False).returncode == 0, f"{name} is healthy", 300)

    def said(self, name):
        done = self.engine.docker("logs", self.name(name), check=False)
        return done.stdout + done.stderr

    def down(self):
        for name in reversed(self.begun):
            self.engine.docker("rm", "--force", "--time", "30", self.name(name), check=False)
        self.engine.docker("network", "rm", self.mark, check=False)


@pytest.fixture(name="project")
def _project(engine, request):
    project = Project(engine)
    try:
        yield project
    finally:
        if request.session.testsfailed:
            for name in project.begun:
                print(f"--- the end of what {name} said ---\n{project.said(name)[-3000:]}")
        project.down()


def test_an_application_logs_in_by_a_file_that_stays_fresh(project):
    for name in ("countersign", "tokens"):
        project.until_healthy(name, project.up(name))
    project.up("application")
    until(lambda: "app_user" in project.said("application"), "the application has logged in")
    tokens = ["countersign", "token", "--hostname", "countersign", "--port", "15432", "--region", "us-west-2", "--username", "app_user"]
    token = project.engine.docker("exec", project.name("tokens"), *tokens).stdout
    assert token.startswith("countersign:15432/?Action=connect") and "DBUser=app_user" in token
