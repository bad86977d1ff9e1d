"""Every command of the README and of docs/ runs as it is printed.

Blocks marked `sh` are commands; the README's are one story, and so are those of each page of docs/. The two scripts that
the README begins with have tests of their own (test_quickstart.py; ./test is what runs this). Whatever a page does, it asks
nobody outside of this machine.
"""

import contextlib
import pathlib
import re

import pytest

from support import outside
from support.server import BIN, REPOSITORY, VENV_BIN, run
from support.stock import MAJOR

PAGES = ["README.md", *sorted(str(page.relative_to(REPOSITORY)) for page in (REPOSITORY / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What a page needs around it, and what a person does before the block that says this.
AROUND = {"docs/applications.md": outside.application, "docs/federation.md": outside.federation}
BY_HAND = {"--saml-assertion": 'curl -fsS "$BROWSER" > response\n'}


def commands_of(page):
    text = (REPOSITORY / page).read_text().replace("aurora-postgresql15", f"aurora-postgresql{MAJOR}")  # what is installed here
    blocks = BLOCK.findall(text)
    return ["".join(done for words, done in BY_HAND.items() if words in block) + block
            for block in blocks if not block.startswith("./")]


@pytest.fixture(name="workplace")
def _workplace(tmp_path):
    """A directory that looks like the tree after a build."""
    (tmp_path / "build/release").mkdir(parents=True)
    (tmp_path / "build/release/bin").symlink_to(BIN)
    (tmp_path / "build/venv").mkdir()
    (tmp_path / "build/venv/bin").symlink_to(VENV_BIN)
    for folder in ("tests", "packaging"):
        (tmp_path / folder).symlink_to(REPOSITORY / folder)
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_commands_run_as_printed(page, server, workplace):
    commands = commands_of(page)
    if not commands:
        pytest.skip("this page shows no commands")
    story = workplace / "story.sh"
    story.write_text('set -euo pipefail\neval "$(countersign env)"\n' + "\n".join(commands))
    around = AROUND[page](workplace, server.account) if page in AROUND else contextlib.nullcontext({})
    with around as more, outside.nowhere() as (alone, asked):
        environment = {**server.environment, "COUNTERSIGN_DATA_DIR": str(server.data), **more, **alone}
        run(["bash", story], environment, cwd=workplace)
    assert not asked


def test_the_reference_is_what_help_says(server):
    page = (REPOSITORY / "docs/reference.md").read_text()
    shown = re.findall(r"^## countersign ([\w -]+)\n\n```text\n(.*?)\n```$", page, re.MULTILINE | re.DOTALL)
    assert len(shown) > 10
    for words, text in shown:
        assert text == server.command(*words.split(), "--help").stdout.rstrip(), words


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", (REPOSITORY / page).read_text()):
            assert ((REPOSITORY / page).parent / pathlib.Path(target)).exists(), f"{page}: {target}"


def test_programs_are_shown_as_they_are_tested():
    """A line with a file's path, then all of that file as a block."""
    page = (REPOSITORY / "docs/clients.md").read_text()
    shown = re.findall(r"^`(tests/clients/[^`]+)`:\n\n```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(shown) > 15
    for path, text in shown:
        assert text == (REPOSITORY / path).read_text(), path


# Programs that ask AWS, as pages name them, and the word by which the table "Who asks where" has them.
ASKING = {r"\baws (?:rds|iam|sts|cloudwatch|cloudtrail)\b": "AWS CLI", r"\bboto3\b": "boto3", r"aws-sdk-go-v2": "Go 2",
          r"SDK for Java": "Java 2", r"@aws-sdk/": "JavaScript 3", r"aws-sdk-rds`": "Rust", r"\bterraform\b": "terraform",
          r"\bcurl\b": "curl", r"\bpgAdmin\b": "pgAdmin", r"\bPgBouncer\b": "PgBouncer"}
# Programs that would send an assertion or a key's signature to AWS, whatever AWS_ENDPOINT_URL says.
DEAF = re.compile(r"saml2aws|aws-okta|gimme-aws-creds|aws-azure-login|aws-vault|\bassume-role\.py\b|aws-sdk-go/", re.IGNORECASE)


def test_every_program_that_asks_is_told_where():
    table = (REPOSITORY / "docs/clients.md").read_text().split("## Who asks where")[1].split("\n## ")[0]
    for page in PAGES:
        text = (REPOSITORY / page).read_text()
        for pattern, row in ASKING.items():
            assert not re.search(pattern, text) or row in table, f"{page} names {row}"
        assert not DEAF.search(text), f"{page} names {DEAF.search(text)}"


def test_no_page_sends_an_assertion_to_aws():
    """Where a shell has no function `aws` of ours, only the option is honored by every version of the AWS CLI."""
    for page in PAGES:
        for block in re.findall(r"^```\w+\n(.*?)^```$", (REPOSITORY / page).read_text(), re.MULTILINE | re.DOTALL):
            for command in re.findall(r"^aws sts assume-role-with-\w+(?:.*\\\n)*.*$", block, re.MULTILINE):
                assert "--endpoint-url" in command, f"{page}: {command}"
