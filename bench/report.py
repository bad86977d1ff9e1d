"""How the parts of bench/run print what they found, and what they measure with."""

import contextlib
import os
import pathlib
import time

SHORT = os.environ.get("COUNTERSIGN_BENCH_SHORT") == "yes"


def choose(full, short):
    return short if SHORT else full


def title(text):
    print(f"\n== {text}", flush=True)


def fact(name, value, note=""):
    print(f"  {name:<58} {value:>12}   {note}".rstrip(), flush=True)


def milliseconds(seconds):
    return f"{seconds * 1000:.1f} ms"


def load():
    return "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg())


def timed(action):
    """How long it takes, in seconds."""
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def memory_mb(pid, name):
    """A line of /proc/PID/status or smaps_rollup; None where it may not be read."""
    for file in ("status", "smaps_rollup"):
        with contextlib.suppress(OSError):
            for line in pathlib.Path(f"/proc/{pid}/{file}").read_text().splitlines():
                if line.startswith(f"{name}:"):
                    return int(line.split()[1]) / 1024
    return None
