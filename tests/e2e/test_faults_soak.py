"""People log in while their policies and keys change and everything fails at random, several things at once. An oracle
knows at each moment who may: nobody else ever gets in, and nobody who may is refused but while something is broken.

Two rounds of faults; with COUNTERSIGN_LONG as many as COUNTERSIGN_LONG_MINUTES hold (5, if not said). The seed is
printed; COUNTERSIGN_SEED repeats it.
"""

import collections
import contextlib
import json
import os
import random
import shutil
import signal
import threading
import time

import botocore.exceptions
import pytest

from support import aws, faults
from support.login import PAM_REFUSED
from support.poll import until
from support.server import Server
from support.stock import Stock

LONG = bool(os.environ.get("COUNTERSIGN_LONG"))
MINUTES = float(os.environ.get("COUNTERSIGN_LONG_MINUTES") or 5)
SEED = int(os.environ.get("COUNTERSIGN_SEED") or (random.randrange(10**9) if LONG else 1))
ROUNDS = 2  # in short form
USERS = ("jane", "dora")
PEOPLE = 5
DISK = 900  # MiB
HOUR = 3600


class Timeline:
    """What was, or may have been, since when. Values are sets; `between` unites all that were at some time."""

    def __init__(self, value):
        self._lock = threading.Lock()
        self._since = collections.deque([(0.0, frozenset(value))], maxlen=10_000)

    def now(self, value):
        with self._lock:
            self._since.append((time.monotonic(), frozenset(value)))

    def between(self, first, last):
        found = set()
        with self._lock:
            for since, value in reversed(self._since):
                if since <= last:
                    found |= value
                if since <= first:
                    break
        return found


class Person:
    """A principal whose rights change; `states` are the sets of users that it may be, as far as is known."""

    def __init__(self, stock, number):
        self.stock = stock
        self.name = f"person-{number}"
        self.principal = stock.principal(self.name)
        self.allowed, self.denied, self.active = frozenset(), frozenset(), True
        self.states = Timeline([frozenset()])

    def may(self):
        return self.allowed - self.denied if self.active else frozenset()

    def _document(self, effect, users):
        statement = {"Effect": effect, "Action": "rds-db:connect",
                     "Resource": [self.stock.user_arn(user) for user in users]}
        return json.dumps(aws.document(statement))

    def _policy(self, iam, name, effect, users):
        if users:
            iam.put_user_policy(UserName=self.name, PolicyName=name, PolicyDocument=self._document(effect, users))
            return
        with contextlib.suppress(iam.exceptions.NoSuchEntityException):
            iam.delete_user_policy(UserName=self.name, PolicyName=name)

    def change(self, dice, iam, ending):
        """One change, asked for again until it is acknowledged; until then both states count as possible."""
        before = self.may()
        kind = dice.choice(["allowed", "allowed", "denied", "active"])
        users = frozenset(user for user in USERS if dice.random() < 0.6)
        if kind == "allowed":
            self.allowed = users
        elif kind == "denied":
            self.denied = users if dice.random() < 0.3 else frozenset()
        else:
            self.active = dice.random() < 0.7
        self.states.now([before, self.may()])
        while not ending.is_set():
            try:
                self._apply(iam, kind)
            except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                ending.wait(0.1)
                continue
            self.states.now([self.may()])
            return

    def _apply(self, iam, kind):
        if kind == "allowed":
            self._policy(iam, "allows", "Allow", self.allowed)
        elif kind == "denied":
            self._policy(iam, "denies", "Deny", self.denied)
        else:
            iam.update_access_key(UserName=self.name, AccessKeyId=self.principal.key_id,
                                  Status="Active" if self.active else "Inactive")


class Faults:
    """Ways to break it: each begins at once, and ends when its `undo` has been called."""

    def __init__(self, server, stock, dice):
        self.server, self.stock, self.dice = server, stock, dice
        self.kinds = {"killed": self.kill, "stopped": self.stop, "frozen": self.freeze, "socket gone": self.no_socket,
                      "backend killed": self.kill_backend, "postmaster killed": self.kill_postmaster}
        if getattr(server, "clock", None):
            self.kinds["clock"] = self.set_clock
        if getattr(server, "disk", None):
            self.kinds["disk full"] = self.fill_disk

    def several(self):
        """One to three at once; what ends the process comes before what freezes it."""
        names = self.dice.sample(list(self.kinds), self.dice.choice([1, 1, 2, 3]))
        return [name for name in self.kinds if name in names]

    def _start(self):
        if self.server.process.poll() is not None:
            self.server.start()

    def kill(self):
        self.server.kill9()
        return self._start

    def stop(self):
        if self.server.process.poll() is None:
            self.server.stop()
        return self._start

    def freeze(self):
        process = self.server.process
        process.send_signal(signal.SIGSTOP)
        return lambda: process.send_signal(signal.SIGCONT)

    def no_socket(self):
        faults.agent_socket(self.server, self.stock.resource_id).unlink(missing_ok=True)

        def begin_again():
            if self.server.process.poll() is None:
                self.server.kill9()
            self._start()
        return begin_again

    def kill_backend(self):
        for pid in faults.backends(self.server, self.stock.resource_id):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            break
        return lambda: None

    def kill_postmaster(self):
        pid = self.server.postmaster(self.stock.resource_id)
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return lambda: None

    def set_clock(self):
        self.server.clock.set(self.dice.choice([-1, 1]) * self.dice.randrange(HOUR, 48 * HOUR))
        return lambda: self.server.clock.set(0)

    def fill_disk(self):
        self.server.disk.fill()
        return self.server.disk.clear


class Soak:
    """Everybody's work, and what was seen of it."""

    def __init__(self, server, stock, seed):
        self.server, self.stock = server, stock
        self.dice = random.Random(seed)  # of the faults alone, so that the seed repeats them
        self.people = [Person(stock, number) for number in range(PEOPLE)]
        self.witness = stock.principal("witness", stock.may_connect("jane"))
        self.broken = Timeline([])  # what is broken
        self.ending = threading.Event()
        self.log = []
        self.allowed = []
        self.counts = collections.Counter()

    def change_rights(self):
        dice = random.Random(SEED)
        iam = aws.client(self.server, "iam", read_timeout=10, connect_timeout=10)
        while not self.ending.is_set():
            dice.choice(self.people).change(dice, iam, self.ending)
            self.counts["changes"] += 1
            self.ending.wait(dice.uniform(0, 0.2))

    def log_in(self):
        dice = random.Random()
        while not self.ending.is_set():
            self.log_in_once(dice.choice(self.people), dice.choice(USERS))

    def log_in_once(self, person, user):
        began = time.monotonic()
        outcome = faults.attempt(self.stock, person.principal, user)
        ended = time.monotonic()
        states, broken = person.states.between(began, ended), self.broken.between(began, ended)
        facts = (person.name, user, outcome, [sorted(state) for state in states], sorted(broken))
        if outcome.allowed:
            assert any(user in state for state in states), f"got in without a right: {facts}"
            self.allowed.append(outcome)
        elif broken:
            self.ending.wait(0.05)  # a server that is not there refuses very fast
        else:
            assert any(user not in state for state in states), f"refused in spite of a right: {facts}"
            assert outcome.told == PAM_REFUSED.format(user), facts
        self.counts["allowed" if outcome.allowed else "refused"] += 1

    def is_well(self):
        with contextlib.suppress(botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            self.stock.iam.get_user(UserName="witness")
            return faults.attempt(self.stock, self.witness, "jane").allowed
        return False

    def break_something(self, ways):
        names = ways.several()
        self.log.append(" + ".join(names))
        self.broken.now(names)
        undo = []
        try:
            for name in names:
                undo.append(ways.kinds[name]())
                time.sleep(self.dice.uniform(0, 0.5))  # how long it lasts, not a wait for anything
            time.sleep(self.dice.uniform(0, 2))
        finally:
            for one in self.dice.sample(undo, len(undo)):
                self._undo(one, ways)
        until(self.is_well, f"all is well again after: {self.log[-1]}")
        self.broken.now([])
        seen = len(self.allowed)
        until(lambda: len(self.allowed) > seen + 10 or self.ending.is_set(), "people log in again")

    def _undo(self, one, ways):
        """A start may be in vain as long as something else is broken, such as the disk."""
        if one == ways._start or getattr(one, "__name__", "") == "begin_again":  # pylint: disable=protected-access
            if getattr(self.server, "disk", None):
                self.server.disk.clear()
            self.server.process.send_signal(signal.SIGCONT)
        one()

    def run(self, enough):
        ways = Faults(self.server, self.stock, self.dice)
        with faults.Attempts(3, self._guarded(self.log_in)), faults.Attempts(1, self._guarded(self.change_rights)):
            try:
                while not enough(len(self.log)) and not self.ending.is_set():
                    self.break_something(ways)
            finally:
                self.ending.set()

    def _guarded(self, work):
        def go():
            try:
                work()
            finally:
                self.ending.set()  # one that has failed ends them all
        return go


@pytest.fixture(name="fragile")
def _fragile():
    """A server with whatever can be broken here: its clock where libfaketime is, its disk where root is."""
    try:
        made = faults.ClockedServer()
    except pytest.skip.Exception:
        made = Server()
    try:
        with contextlib.suppress(pytest.skip.Exception):
            made.disk = faults.SmallDisk(made.data, DISK)
        yield made.start()
    finally:
        made.close()
        if getattr(made, "disk", None):
            faults.unmount(made.disk.place)
            shutil.rmtree(made.home, ignore_errors=True)


def test_soak(fragile, record_property):
    print(f"seed {SEED}; the same again: COUNTERSIGN_SEED={SEED} ./test e2e")
    stock = Stock(fragile)
    soak = Soak(fragile, stock, SEED)
    deadline = time.monotonic() + 60 * MINUTES
    try:
        soak.run(lambda rounds: time.monotonic() > deadline if LONG else rounds >= ROUNDS)
    finally:
        print("faults:", *soak.log, sep="\n  ")
    faults.check_audit(fragile, soak.allowed)
    for person in soak.people:
        for user in USERS:
            soak.log_in_once(person, user)
    record_property("count", f"soak: seed {SEED}, {len(soak.log)} rounds of faults ({', '.join(soak.log[-3:])}), "
                             f"{soak.counts['changes']} changes of rights, {soak.counts['allowed']} logins allowed, "
                             f"{soak.counts['refused']} refused")
