"""What the tests of compiled examples share: whether they are built, and a user whose name has to be escaped."""

import pytest

from desk import BUILT, needs

AWKWARD = "jane+test 1@example.com"  # a URL's query would hold none of these three characters as it is


def compiled(language, *programs):
    """The mark of tests that run what ./test builds of a language; it says when the toolchain is missing."""
    left_out = BUILT / language / "left-out"
    if left_out.exists():
        return pytest.mark.skipif(True, reason=left_out.read_text().strip())
    return needs(*(BUILT / language / program for program in programs))


@pytest.fixture(scope="module")
def awkward(desk):
    """Who may connect as the awkward user."""
    desk.stock.sql(f'CREATE USER "{AWKWARD}"; GRANT rds_iam TO "{AWKWARD}"')
    return desk.stock.principal("awkward", desk.stock.may_connect(AWKWARD))


def expect_awkward(desk, argv, principal, **environment):
    """The example logs in as that user."""
    done = desk.run(argv, principal, user=AWKWARD, **environment)
    assert (done.returncode, done.stdout.strip()) == (0, AWKWARD), done.stderr
