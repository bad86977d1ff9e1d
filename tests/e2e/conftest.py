"""The fixtures of the end-to-end tests."""

import pytest

pytest.register_assert_rewrite("support")

# pylint: disable=wrong-import-position,unused-import
from support.fixtures import aws, everybody, new_server, pytest_sessionstart, pytest_terminal_summary, server, stock
