"""Tokens that are good for one login, and AWS's limit on new tokens."""

import concurrent.futures
import contextlib
import datetime

import pytest

from support import tokens
from support.login import PAM_REFUSED
from support.stock import Stock

TAG = "countersign:one-time-tokens"


@pytest.fixture(scope="module")
def cluster_arn(stock):
    return stock.describe()["DBClusterArn"]


@pytest.fixture
def one_time(stock, cluster_arn):
    """Asks for one-time tokens of these users."""
    def ask_for(users):
        stock.rds.add_tags_to_resource(ResourceName=cluster_arn, Tags=[{"Key": TAG, "Value": users}])
    yield ask_for
    stock.rds.remove_tags_from_resource(ResourceName=cluster_arn, TagKeys=[TAG])


TAKEN = set()


def fresh(stock, principal, user):
    """A token that no other test has: two that are made in one second are the same."""
    at = tokens.now().replace(microsecond=0)
    while at in TAKEN:
        at -= datetime.timedelta(seconds=1)
    TAKEN.add(at)
    return stock.token(principal, user, at=at)


def gets_in(stock, user, token):
    return stock.login.bare(user, token.encode()) is None


def checks_since(stock, mark, user, count):
    return [entry["check"] for entry in stock.recorded_since(mark, user, count)
            if entry["decision"] == "refused"]


def test_a_token_may_be_used_again_by_default(stock, everybody):
    token = fresh(stock, everybody, "jane")
    assert gets_in(stock, "jane", token) and gets_in(stock, "jane", token)


def test_a_one_time_token_is_used_up(stock, everybody, one_time):
    one_time("*")
    mark = len(stock.server.logins())
    token = fresh(stock, everybody, "jane")
    with contextlib.closing(stock.login.psycopg("jane", token)) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)
    assert stock.login.refused("jane", token) == PAM_REFUSED.format("jane")
    assert checks_since(stock, mark, "jane", 2) == ["token.replay"]
    written_otherwise = token.replace("/?", "?")
    assert not gets_in(stock, "jane", written_otherwise)
    assert gets_in(stock, "jane", fresh(stock, everybody, "jane"))


def test_the_tag_may_name_users(stock, everybody, one_time):
    one_time("bob jane")
    jane, dora = fresh(stock, everybody, "jane"), fresh(stock, everybody, "dora")
    assert [gets_in(stock, "jane", jane) for _ in range(2)] == [True, False]
    assert [gets_in(stock, "dora", dora) for _ in range(2)] == [True, True]


def test_of_twenty_at_once_one_gets_in(stock, everybody, one_time):
    one_time("*")
    mark = len(stock.server.logins())
    token = fresh(stock, everybody, "jane")
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(lambda _: gets_in(stock, "jane", token), range(20)))
    assert outcomes.count(True) == 1
    assert checks_since(stock, mark, "jane", 20) == ["token.replay"] * 19


def test_a_refused_login_uses_nothing_up(stock, one_time):
    one_time("*")
    newcomer = stock.principal("newcomer")
    mark = len(stock.server.logins())
    token = fresh(stock, newcomer, "jane")
    assert not gets_in(stock, "jane", token)
    assert not gets_in(stock, "jane", tokens.with_signature_altered(token))
    assert checks_since(stock, mark, "jane", 2) == ["policy", "signature"]
    stock.iam.put_user_policy(UserName="newcomer", PolicyName="p",
                              PolicyDocument=str(stock.may_connect("*")).replace("'", '"'))
    assert gets_in(stock, "jane", token)
    assert not gets_in(stock, "jane", token)


def test_a_used_token_is_remembered_over_restarts(new_server):
    server = new_server().start()
    stock = Stock(server)
    stock.rds.add_tags_to_resource(ResourceName=stock.describe()["DBClusterArn"],
                                   Tags=[{"Key": TAG, "Value": "*"}])
    everybody = stock.principal("everybody", stock.may_connect("*"))
    used, unused = fresh(stock, everybody, "jane"), fresh(stock, everybody, "jane")
    assert gets_in(stock, "jane", used)
    server.restart()
    stock.until_it_answers()
    assert not gets_in(stock, "jane", used)
    server.kill9()
    server.start()
    stock.until_it_answers()
    assert not gets_in(stock, "jane", used)
    assert gets_in(stock, "jane", unused)


def test_no_token_or_signature_is_kept(stock, everybody, one_time):
    one_time("*")
    token = fresh(stock, everybody, "jane")
    assert gets_in(stock, "jane", token)
    signature = token.rpartition("=")[2].encode()
    for path in stock.server.data.glob("*"):
        if path.is_file():
            assert signature not in path.read_bytes(), path


def test_one_token_is_never_throttled(new_server):
    """Case 34's second half; its first half is agent_test's, since it takes more logins a second than PostgreSQL
    on a busy machine begins."""
    stock = Stock(new_server("--aws-throttle").start())
    everybody = stock.principal("everybody", stock.may_connect("*"))
    token = fresh(stock, everybody, "jane")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: gets_in(stock, "jane", token), range(300)))
    assert outcomes == [True] * 300


def test_bad_tokens_of_a_source_do_not_hinder_its_good_ones(stock, everybody):
    """Refusals of a source that goes on failing wait; a good token from the same source does not, nor is it refused."""
    bad = tokens.with_signature_altered(fresh(stock, everybody, "jane"))
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        failing = [pool.submit(gets_in, stock, "jane", bad) for _ in range(40)]
        good = [gets_in(stock, "jane", fresh(stock, everybody, "jane")) for _ in range(10)]
        assert good == [True] * 10
        assert not any(attempt.result() for attempt in failing)
