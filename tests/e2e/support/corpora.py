"""Cases as JSON lines. Those of the project lie in tests/vectors; larger ones, where somebody has them, beside it."""

import json

import pytest

from support.server import REPOSITORY


def corpus(name):
    for directory in (REPOSITORY / "tests/vectors", REPOSITORY.parent / "shared/vectors"):
        if (directory / name).exists():
            return [json.loads(line) for line in (directory / name).open(encoding="utf-8") if line.strip()]
    pytest.skip(f"{name} is not at hand")
