"""Sessions that write numbers, and what was acknowledged of them."""

import contextlib
import itertools
import threading
import time

import psycopg

TABLE = "CREATE TABLE acknowledged (number integer)"


class Writers:
    """Threads that insert numbers, one commit each, and note what was acknowledged and when. Each has a way of its own to
    open a session, which it does again and again."""

    def __init__(self, ways, pause=0.0):
        self.ways = ways
        self.pause = pause  # between commits
        self.acknowledged = []
        self.moments = []
        self.ending = threading.Event()
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.threads = [threading.Thread(target=self._write, args=(way,)) for way in ways]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join()

    def _write(self, way):
        while not self.ending.is_set():
            with contextlib.suppress(psycopg.OperationalError), contextlib.closing(way()) as session:
                while not self.ending.is_set():
                    self._insert(session)
                    time.sleep(self.pause)
            time.sleep(0.01)

    def _insert(self, session):
        """A reader refuses it, until it is the writer."""
        with self.lock:
            number = next(self.numbers)
        try:
            session.execute("INSERT INTO acknowledged VALUES (%s)", (number,))
        except psycopg.errors.ReadOnlySqlTransaction:
            time.sleep(0.05)
            return
        with self.lock:
            self.acknowledged.append(number)
            self.moments.append(time.monotonic())

    def longest_pause(self, since):
        moments = [since, *sorted(one for one in self.moments if one > since)]
        return max(later - earlier for earlier, later in itertools.pairwise(moments))
