"""The packages for other people's test suites, each by its own tests: packaging/clients."""

import pytest

from compiled import compiled
from desk import BUILT, needs
from support.server import BIN, REPOSITORY, VENV_BIN, clean_environment, run

PACKAGES = REPOSITORY / "packaging/clients"


def test_they_have_the_version_of_the_program(environment):
    version = run([BIN / "countersign", "--version"], environment).stdout.split()[-1]
    assert f'\nversion = "{version}"\n' in (PACKAGES / "python/pyproject.toml").read_text()
    assert f'"version": "{version}"' in (PACKAGES / "node/package.json").read_text()
    assert f"<artifactId>countersign-testing</artifactId>\n  <version>{version}</version>" in (PACKAGES / "java/pom.xml").read_text()


@pytest.fixture(name="environment")
def _environment(tmp_path):
    return clean_environment(tmp_path)


@needs(BUILT / "testing-python/made-of")
def test_python(environment, tmp_path):
    """The wheel, as it is installed."""
    environment |= {"PYTHONPATH": str(BUILT / "testing-python/site"), "PYTHONDONTWRITEBYTECODE": "yes"}
    run([VENV_BIN / "pytest", "-q", "-p", "no:cacheprovider", PACKAGES / "python/tests"], environment, cwd=tmp_path)


def test_node(environment):
    """Without any module; pg of the examples is tried where that is there."""
    modules = BUILT / "javascript/node_modules"
    if modules.exists():
        environment["COUNTERSIGN_TEST_MODULES"] = str(modules)
    run(["node", "--test", "test/"], environment, cwd=PACKAGES / "node")


@compiled("testing-go", "made-of", "tests")
def test_go(environment):
    run([BUILT / "testing-go/tests", "-test.parallel", "2"], environment, cwd=PACKAGES / "go")


@compiled("testing-java", "made-of")
def test_java(environment, tmp_path):
    """By JUnit's own program, as it starts in any build."""
    built = BUILT / "testing-java"
    jars = {name: next((built / "lib").glob(f"{name}-*.jar")) for name in ("junit-platform-console-standalone", "postgresql")}
    path = [built / "classes", built / "test-classes", jars["postgresql"]]
    run(["java", "-jar", jars["junit-platform-console-standalone"], "execute", "--scan-class-path", "--fail-if-no-tests",
         "--disable-banner", "--class-path", ":".join(map(str, path))], environment, cwd=tmp_path)
