"""The fixtures of the end-to-end tests, for attacks: each file is one boundary that was tried."""

import pytest

pytest.register_assert_rewrite("support")

# pylint: disable=wrong-import-position,unused-import
from support.fixtures import aws, everybody, new_server, pytest_sessionstart, pytest_terminal_summary, server, stock
