#!/usr/bin/env python3
"""Fails when a folder of src/ includes a folder on its own floor or above it.

src/floors.txt names the folders, one floor a line, the ground first. A folder inside another may have a floor of its
own; else it belongs to the one around it. A folder that the file does not name may not be included at all, and a folder
may always include itself. What stands in PRIVATE is included from the folders named there alone.
"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'\s*#include "([a-z0-9_/]+)/[a-z0-9_]+\.h"')
PRIVATE = {
    "databases/engines/local": ("databases/engines/local", "apps"),
}


def floors(root: pathlib.Path) -> dict[str, int]:
    lines = (root / "floors.txt").read_text().splitlines()
    return {name: level for level, line in enumerate(lines) for name in line.split()}


def is_below(folder: str, place: str) -> bool:
    return folder == place or folder.startswith(place + "/")


def home(folder: str, floor: dict[str, int]) -> str:
    """The named folder that this one belongs to: the innermost."""
    named = [name for name in floor if is_below(folder, name)]
    return max(named, key=len, default=folder.split("/")[0])


def upward_includes(root: pathlib.Path) -> list[str]:
    floor = floors(root)
    wrong = []
    for path in sorted(root.rglob("*.[hc]*")):
        folder = path.relative_to(root).parent.as_posix()
        mine = home(folder, floor)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if not found or found[1] == "generated":
                continue
            other = home(found[1], floor)
            if other != mine and (mine not in floor or floor.get(other, len(floor)) >= floor[mine]):
                wrong.append(f"{path}:{number}: {mine} may not include {other}")
            for place, guests in PRIVATE.items():
                if is_below(found[1], place) and not any(is_below(folder, guest) for guest in guests):
                    wrong.append(f"{path}:{number}: {place} is private to {', '.join(guests)}")
    return wrong


if __name__ == "__main__":
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "src")
    found = upward_includes(source)
    print("\n".join(found) or f"{len(floors(source))} folders, nothing points up")
    sys.exit(bool(found))
