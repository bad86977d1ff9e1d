#!/usr/bin/env python3
"""Fails when the tree loses its shape: a file too long, the clock read outside base/clock.cc, a banned word, a key of the
store spelled outside model/keys.h.

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
# Where a record lies in the store is spelled in one header: its first parts, and those of RDS's kinds.
KEYS = pathlib.Path("src/model/keys.h")
SCOPE_END = "/aws4_request"  # of a credential scope, which names a service as a key does
PUT_TOGETHER = re.compile(r"\bkeys::\w+\([^()]*\) \+|\b(?:iam|rds)_kind\(")
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
# The partition of an ARN is that of the server or of the region: model/arn.h makes them.
ARN = re.compile(r"arn:aws")
ARN_FREE = ("_test.cc", "fixture.h")


def key_parts() -> tuple[set[str], set[str]]:
    text = KEYS.read_text()
    roots = set(re.findall(r'"/([a-z-]+)(?:/[a-z/-]*)?"', text))
    kinds = set(re.findall(r'(?:iam|rds)_kind\([^"]*"([a-z-]+)"\)', text))
    return roots, kinds


def keys_in(text: str, roots: set[str], kinds: set[str]) -> list[str]:
    """The literals that are the start of a key or a kind between its slashes, and keys that are put together."""
    code = re.sub(r"//.*|#include.*", "", text)
    literals = [literal for literal in LITERAL.findall(code) if literal.startswith("/") and SCOPE_END not in literal]
    return [literal for literal in literals if literal.split("/")[1] in roots
            or (literal.strip("/") in kinds and literal.endswith("/"))] + PUT_TOGETHER.findall(code)


def wrong_in(path: pathlib.Path, roots: set[str], kinds: set[str]) -> list[str]:
    text = path.read_text()
    found = []
    if text.count("\n") > LINES_MAX:
        found.append(f"{path}: {text.count(chr(10))} lines; at most {LINES_MAX}")
    for word, why in BANNED.items():
        if word in text:
            found.append(f"{path}: {word}: {why}")
    if path.parts[:2] == ("src", "cli") and path.name != "output.cc" and not path.name.endswith("_test.cc"):
        found += [f"{path}: prints by itself: use cli/output.h" for _ in PRINTS.findall(text)]
    if path != KEYS and not path.name.endswith("_test.cc") and path.parts[0] in ("src", "tests"):
        found += [f"{path}: {key}: keys of the store are spelled in {KEYS}" for key in keys_in(text, roots, kinds)]
    if path.parts[0] == "src" and not path.name.endswith(ARN_FREE) and not path.name.startswith("test_"):
        code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))
        found += [f"{path}: spells a partition: use model/arn.h" for _ in ARN.findall(code)]
    folder = path.parent.as_posix().removeprefix("src/")
    if folder.startswith(CLOCK_FREE) and path.name not in CLOCKS and not path.name.endswith("_test.cc"):
        found += [f"{path}: reads a clock: pass the time in" for _ in CLOCK.findall(text)]
    return found


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "src", "hook", "bench", "tests"], capture_output=True, text=True, check=True)
    files = [pathlib.Path(name) for name in listed.stdout.split() if name.endswith((".cc", ".h"))]
    roots, kinds = key_parts()
    wrong = [line for path in files for line in wrong_in(path, roots, kinds)]
    print("\n".join(wrong) or f"{len(files)} files in shape")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
