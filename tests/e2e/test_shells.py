"""Completion in the shells themselves, and the manual as man shows it."""

import subprocess

import pexpect
import pytest

from support.poll import PATIENCE
from support.server import BIN, PROGRAM, clean_environment, run

PAGES = sorted((BIN.parent / "share/man/man1").glob("*.1"))
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             "bind 'set show-all-if-ambiguous on'; source <(countersign completion bash)"),
    "zsh": (["zsh", "-f", "-i"], "autoload -Uz compinit && compinit -D && source <(countersign completion zsh)"),
    "fish": (["fish", "--no-config", "-i"], "countersign completion fish | source"),
}


@pytest.fixture(name="shell", params=SHELLS)
def _shell(request, tmp_path):
    words, script = SHELLS[request.param]
    environment = clean_environment(tmp_path) | {"TERM": "xterm", "LC_ALL": "C.UTF-8"}
    with pexpect.spawn(words[0], words[1:], env=environment, encoding="utf-8", timeout=PATIENCE,
                       dimensions=(60, 200)) as shell:
        shell.sendline(f"{script}; echo rea''dy")
        shell.expect_exact("ready")
        yield shell


@pytest.mark.parametrize("keys, said", [
    ("countersign explai\t--hel\t", "Usage: countersign explain"),
    ("countersign toke\tveri\t--hel\t", "Usage: countersign token verify"),
    ("countersign sessions en\t--hel\t", "Usage: countersign sessions end"),
    ("countersign completion fi\t | grep ^complete | head -1", "complete -c countersign -f"),
    ("countersign serve --log-level deb\t--hel\t", "Usage: countersign serve")])
def test_the_tab_key(shell, keys, said):
    """What the shell makes of the keys is run: it says the right thing only if the words were completed."""
    shell.sendline(keys)
    shell.expect_exact(said)


def test_choices_are_shown(shell):
    shell.send("countersign connect-info --format \t")
    for choice in ("env", "jdbc", "pgadmin", "psql", "service", "uri"):
        shell.expect_exact(choice)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_have_no_mistakes(page):
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z", page], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_man_finds_the_pages(tmp_path):
    assert len(PAGES) > 40
    environment = clean_environment(tmp_path) | {"MANPAGER": "cat", "MANWIDTH": "100", "LC_ALL": "C.UTF-8"}
    shown = run(["man", "countersign-connect-info"], environment).stdout
    assert "countersign connect-info [OPTION]..." in shown and "--format" in shown
    everything = run(["man", "countersign"], environment).stdout
    for page in PAGES:
        name = page.stem.replace("-", " ", 1)
        assert name.split()[-1].split("-")[0] in everything, page
    assert run([PROGRAM, "man", "connect-info"], environment).stdout == (BIN.parent / "share/man/man1"
                                                                         / "countersign-connect-info.1").read_text()
