"""The Rust examples."""

import pytest

from compiled import awkward, compiled, expect_awkward  # pylint: disable=unused-import
from desk import BUILT, check_example, checks

EXAMPLES = {name: [BUILT / "rust/debug" / name] for name in ("tokio_postgres", "sqlx")}

pytestmark = compiled("rust", "made-of", *(f"debug/{name}" for name in EXAMPLES))


@pytest.mark.parametrize("example", EXAMPLES)
@checks
def test_example(desk, example, check):
    check_example(desk, EXAMPLES[example], check)


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_name_that_has_to_be_escaped(desk, awkward, example):  # pylint: disable=redefined-outer-name
    expect_awkward(desk, EXAMPLES[example], awkward)
