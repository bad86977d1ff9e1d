#!/usr/bin/env python3
"""Fails when a folder of src/ includes a folder on its own floor or above it.

src/floors.txt names the folders, one floor a line, the ground first. A folder that the file does not
name may not be included at all, and a folder may always include itself.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'\s*#include "([a-z0-9_]+)/')


def floors(root: pathlib.Path) -> dict[str, int]:
    lines = (root / "floors.txt").read_text().splitlines()
    return {name: level for level, line in enumerate(lines) for name in line.split()}


def upward_includes(root: pathlib.Path) -> list[str]:
    floor = floors(root)
    wrong = []
    for path in sorted(root.rglob("*.[hc]*")):
        mine = path.relative_to(root).parts[0]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if not found or found[1] == mine or found[1] == "generated":
                continue
            if mine not in floor or floor.get(found[1], len(floor)) >= floor[mine]:
                wrong.append(f"{path}:{number}: {mine} may not include {found[1]}")
    return wrong


if __name__ == "__main__":
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "src")
    found = upward_includes(source)
    print("\n".join(found) or f"{len(floors(source))} folders, nothing points up")
    sys.exit(bool(found))
