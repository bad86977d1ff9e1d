"""Whoever guesses passwords leaves a line for each attempt that can be read, and a line that is damaged hides neither its
neighbours nor stops a counter."""

import datetime
import json
import os
import urllib.request

import pytest

from support import aws as aws_client
from support.poll import until

INVALID = b"jane\xff\xc3\x28"
GUESSES = 40 if os.environ.get("COUNTERSIGN_LONG") else 5
DAMAGE = {
    "binary": bytes(range(1, 10)) + b"\xff\xfe\x1b[2J\x0b\n",
    "half a line": b'{"seq":2,"previous":"00\n',
    "the start of a line": b'{"seq":99999999,"previous":"' + 64 * b"0" + b'","time":"\xff\n',
    "another object": b"{}\n",
    "very long": 1024 * 1024 * b"x" + b"\n",
    "longer than is read": 5 * 1024 * 1024 * b"\x80" + b"\n",
}


def counted(server):
    """The refusals of wrong passwords and the like that /metrics has."""
    with urllib.request.urlopen(server.url + "/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines
               if line.startswith("countersign_logins_total") and 'decision="refused"' in line)


def requests_in_cloudwatch(server):
    now = datetime.datetime.now(datetime.UTC)
    answer = aws_client.client(server, "cloudwatch").get_metric_statistics(
        Namespace="AWS/RDS", MetricName="IamDbAuthConnectionRequests", Period=60, Statistics=["Sum"],
        Dimensions=[{"Name": "DBClusterIdentifier", "Value": "c1"}],
        StartTime=now - datetime.timedelta(hours=2), EndTime=now + datetime.timedelta(minutes=2))
    return sum(point["Sum"] for point in answer["Datapoints"])


def readable(server):
    return [entry for entry in server.logins() if "unreadable" not in entry]


@pytest.fixture(scope="module", name="guessed")
def _guessed(server, stock):
    """The stock database, after somebody guessed."""
    for number in range(GUESSES):
        assert stock.login.bare(INVALID, b"guess%d\xff" % number) is not None
        assert stock.login.bare("jane", b"guess%d\xff" % number) is not None
    until(lambda: len(server.attempts()) >= 2 * GUESSES, "every guess is in the audit")
    return stock


def test_each_guess_leaves_a_line(server, guessed):
    assert guessed
    attempts = server.attempts()
    assert [entry["user"] for entry in attempts].count(r"jane\xFF\xC3(") == GUESSES
    assert [entry["user"] for entry in attempts].count("jane") == GUESSES
    assert all(entry["decision"] == "refused" and entry["source_address"] for entry in attempts)
    assert counted(server) == len(attempts)
    (server.data / "login.log").read_bytes().decode()
    rows = server.command("logins", "--user", r"jane\xFF\xC3(").stdout.splitlines()
    assert len(rows) == 1 + GUESSES


def test_a_damaged_line_hides_nothing(server, guessed):
    before = readable(server)
    seen = requests_in_cloudwatch(server)
    assert seen > 0
    log = server.data / "login.log"
    server.kill9()  # so that nothing was counted but what the audit has
    for damage in DAMAGE.values():
        lines = log.read_bytes().splitlines(keepends=True)
        middle = len(lines) // 2
        log.write_bytes(b"".join(lines[:middle]) + damage + b"".join(lines[middle:]) + damage)
    server.start()
    guessed.until_it_answers()
    assert readable(server)[:len(before)] == before
    assert requests_in_cloudwatch(server) == seen
    guessed.login.bare("jane", b"one more")
    newest = until(lambda: len(readable(server)) > len(before) and readable(server), "the chain goes on")
    assert newest[-1]["user"] == "jane" and newest[-1]["seq"] == before[-1]["seq"] + len(newest) - len(before)
    until(lambda: requests_in_cloudwatch(server) == seen + 1, "the next login is counted")
    assert counted(server) > 0

    unreadable = [entry["unreadable"] for entry in server.logins() if "unreadable" in entry]
    assert len(unreadable) == 2 * len(DAMAGE)
    rows = server.command("logins").stdout.splitlines()
    assert len([row for row in rows if row.startswith("UNREADABLE line ")]) == 2 * len(DAMAGE)
    assert len(rows) == 1 + len(server.logins())
    assert len(server.command("logins", "--last", "1").stdout.splitlines()) == 2

    done = server.command("logins", "verify", check=False)
    assert done.returncode == 1
    named = {int(line.split("login.log, line ")[1].split(":")[0]) for line in done.stdout.splitlines()
             if line.startswith("BROKEN: ")}
    assert named == {one["line"] for one in unreadable}

    explained = server.command("explain", before[0]["login_id"], check=False)
    assert before[0]["login_id"] in explained.stdout
    trail = aws_client.client(server, "cloudtrail")
    events = [event for page in trail.get_paginator("lookup_events").paginate() for event in page["Events"]]
    found = {json.loads(event["CloudTrailEvent"]).get("serviceEventDetails", {}).get("loginId") for event in events}
    assert {entry["login_id"] for entry in before if entry["decision"] == "refused"} <= found


def test_an_audit_of_an_earlier_version_is_read(server, guessed):
    """Its lines had the bytes as they came."""
    log = server.data / "login.log"
    server.stop()
    lines = log.read_bytes()
    assert rb"jane\\xFF\\xC3(" in lines
    log.write_bytes(lines.replace(rb"jane\\xFF\\xC3(", INVALID))
    server.start()
    guessed.until_it_answers()
    assert [entry["user"] for entry in readable(server)].count(r"jane\xFF\xC3(") == GUESSES
    rows = server.command("logins", "--user", r"jane\xFF\xC3(").stdout.splitlines()
    assert len([row for row in rows if r"jane\xFF\xC3(" in row]) >= GUESSES
