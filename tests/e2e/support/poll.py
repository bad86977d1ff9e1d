"""Waiting for a state, with a deadline; nothing here waits for time to pass."""

import time

PATIENCE = 90.0  # seconds; far more than anything takes, even on a machine that is busy


def until(condition, what, patience=PATIENCE):
    """Asks again and again until the answer is true, and returns it."""
    deadline = time.monotonic() + patience
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience:.0f} s: {what}")
        time.sleep(0.05)
