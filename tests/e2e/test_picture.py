"""README's recorded terminal is what the programs show today, and nothing that nobody should see."""

import importlib.util
import re
import sys
import xml.etree.ElementTree

from support.server import REPOSITORY

PICTURE = REPOSITORY / "docs/pictures/first-login"
STORY, CAST, SVG = (PICTURE.with_suffix(suffix) for suffix in (".story", ".cast", ".svg"))
SVG_MAX = 60_000  # bytes
# What is another at each run, and how wide that is.
VARIABLE = [(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"), (r"\bdb-[A-Z2-7]{26}\b", "RESOURCE"), (r"\b[A-Z2-9]{16}\b", "LOGIN"),
            (r"\b\d{12}\b", "ACCOUNT"), (r"\bport \d+", "port PORT"), (r"127\.0\.0\.1|::1", "ADDRESS"), (r" {2,}|-{3,}", " ")]


def load():
    spec = importlib.util.spec_from_file_location("record_terminal", REPOSITORY / "scripts/record_terminal.py")
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


recorder = load()
EVENTS = recorder.from_cast(CAST.read_text())


def fixed(events):
    lines = recorder.transcript(events)
    for pattern, name in VARIABLE:
        lines = [re.sub(pattern, name, line) for line in lines]
    return lines


def test_recorded_again_it_is_the_same(server, tmp_path):
    environment = server.environment | {"COUNTERSIGN_DATA_DIR": str(server.data)}
    again = recorder.record_story(STORY.read_text().splitlines(), environment, tmp_path)
    assert fixed(again) == fixed(EVENTS)
    shown = "\n".join(fixed(EVENTS))
    assert "REFUSED policy:" in shown and 'PAM authentication failed for user "jane_doe"' in shown


def test_the_picture_is_of_the_record():
    assert SVG.read_text() == recorder.to_svg(EVENTS)
    assert SVG.stat().st_size < SVG_MAX
    root = xml.etree.ElementTree.fromstring(SVG.read_text())
    drawn = "".join(text.text for text in root.iter("{http://www.w3.org/2000/svg}text"))
    for line in STORY.read_text().splitlines():
        assert line.strip() in drawn, line
    assert "docs/pictures/first-login.svg" in (REPOSITORY / "README.md").read_text()


def test_nothing_is_in_it_that_nobody_should_see():
    """No key, no token, no address but this machine's own, no path."""
    text = CAST.read_text()
    assert not re.search(r"AKIA|ASIA|X-Amz|BEGIN |/(root|home|tmp|usr|var)/", text)
    assert set(re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", text)) <= {"127.0.0.1"}


def test_what_the_terminal_does_not_know_it_says():
    for text in ("\x1b[2J", "a\rb", "\x1b[48;5;7m", "\a"):
        screen = recorder.Screen()
        try:
            screen.feed(0.0, text)
        except ValueError:
            continue
        raise AssertionError(repr(text))
