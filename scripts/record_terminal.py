#!/usr/bin/env python3
"""Records what a terminal shows while a story is typed into it, and draws the record as a moving picture.

  scripts/record_terminal.py docs/pictures/first-login   types first-login.story, writes first-login.cast and first-login.svg

The commands run for real, in bash, beside a server of their own that goes with them; countersign, the AWS CLI and psql are
those that are found first. The record has asciinema's form (asciicast, version 2).
"""

import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

COLUMNS, ROWS = 104, 28
PATIENCE = 120  # seconds, for one command
# The prompt says by a sequence of its own, which terminals pass over, that a line is asked for. What is typed is bold.
ASKED = b"\x1b]133;A\x07"
PROMPTS = {"PS0": r"\e[0m", "PS1": r"\e[0m\e]133;A\a\e[32m$\e[0;1m ", "PS2": r"\e]133;A\a  "}
OF_SHELL = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "HISTFILE": "", "AWS_PAGER": "", "PSQLRC": ""}
TITLE = "Countersign: a login by token, a policy taken away, and why the next login is refused"

# How fast the picture goes, in seconds: no wait is longer; a line is read before more comes, one that goes on sooner; the end stays.
WAIT_MAX, READING, GOING_ON, REST = 0.8, 0.8, 0.2, 10.0

FONT, WIDTH, HEIGHT, EDGE, BAR = 14, 8.4, 19, 18, 34
FAMILY = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
COLORS = {31: "#ff8a80", 32: "#7ee2a0", 33: "#f2cc60", 34: "#82b1ff", 35: "#d8a6ff", 36: "#76d9e6"}
PLAIN, REMARK, GROUND, FRAME = "#d5dce6", "#a3b1c4", "#12171f", "#4a5462"


# Recording


def _read_until_asked(terminal, record):
    """Everything up to the next prompt, piece by piece as it came."""
    seen = b""
    deadline = time.monotonic() + PATIENCE
    while ASKED not in seen:
        if not select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError(seen.decode(errors="replace"))
        piece = os.read(terminal, 65536)
        record(piece)
        seen += piece
    # what belongs to that prompt
    while select.select([terminal], [], [], 0.2)[0]:
        record(os.read(terminal, 65536))


def record_story(lines, environment, folder):
    """The events (seconds, text) of a terminal in which these lines are typed one after the other."""
    events, begun = [], time.monotonic()

    def record(piece):
        events.append((round(time.monotonic() - begun, 3), piece.decode()))

    child, terminal = pty.fork()
    if child == 0:
        try:
            os.chdir(folder)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"], {**environment, **PROMPTS, **OF_SHELL})
        finally:
            os._exit(127)
    try:
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        _read_until_asked(terminal, record)
        for line in lines:
            os.write(terminal, line.encode() + b"\n")
            _read_until_asked(terminal, record)
    finally:
        os.kill(child, signal.SIGHUP)
        os.close(terminal)
        os.waitpid(child, 0)
    return events


def to_cast(events):
    header = {"version": 2, "width": COLUMNS, "height": ROWS, "title": TITLE, "env": {"SHELL": "/bin/bash", "TERM": "xterm-256color"}}
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in [header, *([when, "o", text] for when, text in events)])


def from_cast(text):
    return [(when, data) for when, kind, data in map(json.loads, text.splitlines()[1:]) if kind == "o"]


# What the terminal shows


@dataclass
class Piece:
    """Text of one row that came at one time and looks the same."""
    when: float
    color: str
    bold: bool
    column: int
    text: str = ""


@dataclass
class Row:
    when: float
    whole: bool = True  # nothing of the line is in the row before
    pieces: list = field(default_factory=list)


class Screen:
    """As much of a terminal as programs need that write one line after the other. It fails on whatever it does not know."""

    TOKEN = re.compile(r"\x1b\[([\d;]*)m|\x1b\][^\x07]*\x07|\r|\n|\t|[^\x00-\x1f\x7f]|(.)", re.DOTALL)

    def __init__(self):
        self.rows = [Row(0.0)]
        self.column = 0
        self.color, self.bold = PLAIN, False

    def feed(self, when, text):
        for token in self.TOKEN.finditer(text):
            if token[2] is not None:
                raise ValueError(f"a terminal's sequence that is not known here: {text[token.start():token.start() + 12]!r}")
            if token[1] is not None:
                self._style(token[1])
            elif token[0] == "\r":
                self.column = 0
            elif token[0] == "\n":
                self.rows.append(Row(when))
            elif token[0] == "\t":
                self._put(when, " " * (8 - self.column % 8))
            elif not token[0].startswith("\x1b"):
                self._put(when, token[0])

    def _style(self, codes):
        for code in map(int, codes.split(";") if codes else ["0"]):
            if code == 0:
                self.color, self.bold = PLAIN, False
            elif code in (1, 22):
                self.bold = code == 1
            elif code == 39 or code in COLORS:
                self.color = COLORS.get(code, PLAIN)
            else:
                raise ValueError(f"a color that is not known here: {code}")

    def _put(self, when, text):
        for letter in text:
            if self.column == COLUMNS:
                self.rows.append(Row(when, whole=False))
                self.column = 0
            pieces = self.rows[-1].pieces
            if pieces and self.column < pieces[-1].column + len(pieces[-1].text):
                raise ValueError("a program writes over what it wrote")
            if not pieces or (pieces[-1].when, pieces[-1].color, pieces[-1].bold) != (when, self.color, self.bold):
                pieces.append(Piece(when, self.color, self.bold, self.column))
            pieces[-1].text += letter
            self.column += 1


def shown(events):
    """The rows at the end, from the first on."""
    screen = Screen()
    for when, text in events:
        screen.feed(when, text)
    return screen.rows


def transcript(events):
    """The lines, those that were folded in one piece again."""
    lines = []
    for row in shown(events):
        text = "".join(piece.text for piece in row.pieces)
        if row.whole:
            lines.append(text)
        else:
            lines[-1] += text
    return [line.rstrip() for line in lines]


# The picture


def paced(events):
    """The events at the picture's times: waits are cut, and what is typed stands a while before more comes."""
    result, now, before = [], 0.0, 0.0
    for when, text in events:
        now += min(when - before, WAIT_MAX)
        before = when
        result.append((round(now, 1), text))
        if ASKED.decode() in text:
            now += GOING_ON if text.endswith("  ") else READING
    return result


def _drawn(piece, number, moments):
    words = [f'class="{moments[piece.when]}"', f'x="{EDGE + piece.column * WIDTH:.1f}"', f'y="{number * HEIGHT + FONT}"',
             f'textLength="{len(piece.text) * WIDTH:.1f}"', 'lengthAdjust="spacingAndGlyphs"']
    remark = piece.bold and piece.text.startswith("#")
    if remark or piece.color != PLAIN:
        words.append(f'fill="{REMARK if remark else piece.color}"')
    if piece.bold and not remark:
        words.append('font-weight="700"')
    return f"<text {' '.join(words)}>{escape(piece.text)}</text>"


def _steps(rows):
    """(moment, points) of each time that what is above moves out of the window, as more comes than it holds."""
    steps = []
    for number, row in enumerate(rows[ROWS:], ROWS):
        if steps and steps[-1][0] == row.when:
            steps.pop()
        steps.append((row.when, (number + 1 - ROWS) * HEIGHT))
    return steps


def _animated(name, length, frames):
    """(from when, what is so)..., again and again."""
    shown_at = "".join(f"{100 * when / length:.2f}%{{{what}}}" for when, what in frames)
    return f".{name}{{animation:{name} {length:.1f}s step-end infinite}}@keyframes {name}{{{shown_at}}}"


def _style(rows, moments, length):
    steps = _steps(rows)
    end = steps[-1][1] if steps else 0
    return [f"text{{font-family:{FAMILY};font-size:{FONT}px;white-space:pre}}",
            f".rows{{transform:translateY({-end}px)}}",
            *(_animated(name, length, [(0, "opacity:0"), (when, "opacity:1")]) for when, name in moments.items() if when > 0),
            _animated("rows", length, [(0, "transform:none"), *((when, f"transform:translateY({-by}px)") for when, by in steps)]),
            "@media (prefers-reduced-motion:reduce){*{animation:none!important}}"]


def to_svg(events):
    """Where pictures do not move, or should not, it is the last window."""
    rows = shown(paced(events))
    if "".join(piece.text for piece in rows[-1].pieces).strip() == "$":
        rows.pop()  # the prompt at which nothing is typed
    times = sorted({piece.when for row in rows for piece in row.pieces})
    moments = {when: f"m{number}" for number, when in enumerate(times)}
    width, height = round(2 * EDGE + COLUMNS * WIDTH), BAR + ROWS * HEIGHT + EDGE
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
             f"<title>{escape(TITLE)}</title>", f"<desc>{escape(chr(10).join(transcript(events)))}</desc>",
             "<style>", *_style(rows, moments, times[-1] + REST), "</style>",
             f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="9" fill="{GROUND}" stroke="{FRAME}"/>',
             *(f'<circle cx="{EDGE + 5 + 20 * number}" cy="{BAR / 2}" r="5.5" fill="{FRAME}"/>' for number in range(3)),
             f'<svg y="{BAR}" width="{width}" height="{ROWS * HEIGHT + 4}"><g class="rows" fill="{PLAIN}">']
    lines += [_drawn(piece, number, moments) for number, row in enumerate(rows) for piece in row.pieces if piece.text.strip()]
    return "\n".join(lines) + "\n</g></svg>\n</svg>\n"


# The program


def _serve(home):
    """The server beside which the story is told; its end is the pipe's."""
    process = subprocess.Popen(["countersign", "serve", "--data-dir", home / "data", "--account-id", "111122223333", "--end-with-stdin"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(home / "serve.log").open("w"))
    if not process.stdout.readline():
        sys.exit((home / "serve.log").read_text())
    return process


def main():
    base = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="countersign-record-") as name:
        home = pathlib.Path(name)
        home.chmod(0o755)
        server = _serve(home)
        environment = {"PATH": os.environ["PATH"], "HOME": name, "COUNTERSIGN_DATA_DIR": str(home / "data")}
        try:
            events = record_story(base.with_suffix(".story").read_text().splitlines(), environment, home)
        finally:
            server.stdin.close()
            server.wait()
    base.with_suffix(".cast").write_text(to_cast(events))
    base.with_suffix(".svg").write_text(to_svg(events))


if __name__ == "__main__":
    main()
