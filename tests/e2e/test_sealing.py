"""The key that seals secrets at rest is turned: what was made before works on, and the key of before is needed no more."""

import json
import signal
import subprocess
import time

import botocore.exceptions
import pytest

from support import aws
from support.server import StartFailed
from support.stock import MASTER_PASSWORD


def keys(server, *words):
    listed = json.loads(server.command("sealing-key", "list", "--json", *words).stdout)
    return listed["Keys"], listed["StoreSealedWith"]


def sealing_key(server, *words, check=True):
    return server.command("sealing-key", *words, check=check)


def test_a_key_is_turned_and_the_one_before_dropped(server, stock, everybody):
    stock.session(everybody, "jane").close()
    visitor = aws.new_principal(server, "turning")
    before, sealed_with = keys(server)
    assert [sealed_with] == before

    refused = sealing_key(server, "drop")
    assert "none to drop" in refused.stdout
    added = sealing_key(server, "turn").stdout
    both, sealed_with = keys(server)
    assert both[0] == before[0] and len(both) == 2 and both[1] in added and sealed_with == before[0]
    refused = sealing_key(server, "drop", check=False)
    assert refused.returncode == 1 and both[1] in refused.stderr and "restart" in refused.stderr
    stock.session(everybody, "jane").close()
    session = aws.client(server, "sts", visitor).get_session_token()["Credentials"]

    server.restart()
    stock.until_it_answers()
    assert keys(server) == (both, both[1])
    stock.session(everybody, "jane").close()
    old_session = aws.Principal(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    assert aws.client(server, "sts", old_session).get_caller_identity()["Arn"].endswith(":user/turning")

    dropped = sealing_key(server, "drop").stdout
    assert before[0] in dropped
    assert keys(server) == ([both[1]], both[1])
    server.restart()
    stock.until_it_answers()
    stock.session(everybody, "jane").close()
    assert aws.client(server, "sts", visitor).get_caller_identity()["Arn"].endswith(":user/turning")
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidClientTokenId"):
        aws.client(server, "sts", old_session).get_caller_identity()
    stock.rds.modify_db_cluster(DBClusterIdentifier="c1", MasterUserPassword=MASTER_PASSWORD, ApplyImmediately=True)
    stock.until_it_answers()


def test_a_crash_while_the_key_is_turned(new_server):
    server = new_server().start()
    principals = [aws.new_principal(server, f"user{number}") for number in range(70)]
    server.stop()
    for round_number in range(3):
        sealing_key(server, "turn")
        process = subprocess.Popen([str(word) for word in server.arguments()], env=server.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.02 * round_number)
        process.send_signal(signal.SIGKILL)
        process.wait()
    server.start()
    every, sealed_with = keys(server)
    assert len(every) == 4 and sealed_with == every[-1]
    sealing_key(server, "drop")
    server.restart()
    for number, principal in enumerate(principals):
        assert aws.client(server, "sts", principal).get_caller_identity()["Arn"].endswith(f":user/user{number}")


def test_a_key_that_is_gone_is_named(new_server):
    server = new_server().start()
    (gone,), _ = keys(server)
    server.stop()
    file = server.data / "sealing.key"
    kept = file.read_bytes()
    file.write_bytes(bytes(range(32)))
    with pytest.raises(StartFailed) as error:
        server.start()
    assert gone in str(error.value) and "sealing key" in str(error.value)
    file.write_bytes(bytes(range(32)) + kept)
    server.start()
    assert keys(server)[1] == gone


def test_a_key_file_of_ones_own_is_turned(new_server):
    server = new_server()
    own = server.home / "own.key"
    own.write_bytes(bytes(range(32)))
    own.chmod(0o600)
    server.options = ("--sealing-key", str(own))
    server.start()
    sealing_key(server, "turn", "--sealing-key", str(own))
    assert own.stat().st_size == 64 and own.stat().st_mode & 0o777 == 0o600
    server.restart()
    sealing_key(server, "drop", "--sealing-key", str(own))
    assert own.stat().st_size == 32
    server.restart()
    assert aws.client(server, "sts").get_caller_identity()["Account"] == server.account
    own.chmod(0o640)
    refused = sealing_key(server, "turn", "--sealing-key", str(own), check=False)
    assert refused.returncode == 1 and "0600" in refused.stderr
