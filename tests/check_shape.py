#!/usr/bin/env python3
"""Fails when the tree loses its shape: a file too long, the clock read outside base/clock.cc, a banned word.

Functions' lengths, parameters and nesting are clang-tidy's to judge.
"""
import pathlib
import re
import subprocess
import sys

LINES_MAX = 400
CLOCK = re.compile(r"(system_clock|steady_clock|high_resolution_clock)::now\(\)")
BANNED = {
    "std::views": "clang 14 cannot compile it",
    "std::regex": "quadratic and throwing",
    "TODO": "finish it, or open an issue",
    "FIXME": "finish it, or open an issue",
    "using namespace std;": "names lose their home",
}
# What commands print goes through cli/output.h, which makes foreign text printable.
PRINTS = re.compile(r"std::(cout|cerr|clog)|\b(f?puts|v?f?printf|putchar|fwrite)\(|fmt::print|STD(OUT|ERR)_FILENO, ")
# Deadlines of waits are measured on the steady clock; the wall clock is read in one place only.
CLOCK_FREE = ("base", "crypto", "formats", "model", "sigv4", "policy", "federation", "login", "access", "gateway",
              "services/iam", "services/sts", "services/rds", "services/admin")
CLOCKS = ("clock.cc", "deadline.h")


def wrong_in(path: pathlib.Path) -> list[str]:
    text = path.read_text()
    found = []
    if text.count("\n") > LINES_MAX:
        found.append(f"{path}: {text.count(chr(10))} lines; at most {LINES_MAX}")
    for word, why in BANNED.items():
        if word in text:
            found.append(f"{path}: {word}: {why}")
    if path.parts[:2] == ("src", "cli") and path.name != "output.cc" and not path.name.endswith("_test.cc"):
        found += [f"{path}: prints by itself: use cli/output.h" for _ in PRINTS.findall(text)]
    folder = path.parent.as_posix().removeprefix("src/")
    if folder.startswith(CLOCK_FREE) and path.name not in CLOCKS and not path.name.endswith("_test.cc"):
        found += [f"{path}: reads a clock: pass the time in" for _ in CLOCK.findall(text)]
    return found


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "src", "hook", "bench", "tests"], capture_output=True, text=True, check=True)
    files = [pathlib.Path(name) for name in listed.stdout.split() if name.endswith((".cc", ".h"))]
    wrong = [line for path in files for line in wrong_in(path)]
    print("\n".join(wrong) or f"{len(files)} files in shape")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
