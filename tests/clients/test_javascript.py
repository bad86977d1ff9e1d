"""The JavaScript examples."""

import pytest

from desk import BUILT, check_example, checks, needs

pytestmark = needs(BUILT / "javascript/node_modules")


@pytest.mark.parametrize("example", ["pg", "postgres"])
@checks
def test_example(desk, javascript, example, check):
    check_example(desk, ["node", javascript / f"with_{example}.js"], check)
