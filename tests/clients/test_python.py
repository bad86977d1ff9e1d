"""The Python examples."""

import pytest

from desk import BUILT, CLIENTS, check_example, checks, needs

PYTHON = BUILT / "python/bin/python"
EXAMPLES = {name: [PYTHON, CLIENTS / f"python/with_{name}.py"]
            for name in ("psycopg", "psycopg2", "asyncpg", "sqlalchemy", "aws_wrapper")}

pytestmark = needs(PYTHON)


@pytest.mark.parametrize("example", EXAMPLES)
@checks
def test_example(desk, example, check):
    more = {"IAM_HOST": desk.rds_name} if example == "aws_wrapper" else {}
    check_example(desk, EXAMPLES[example], check, **more)
