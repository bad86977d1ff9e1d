"""Ports that no other test run on this machine uses, now or before the run ends."""

import random
import socket

BLOCK = 16
FIRST, LAST = 20000, 32000  # below the range from which Linux takes ports for outgoing connections


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Ports:
    """A block of consecutive ports. An abstract socket's name is the claim; the kernel ends it with the process."""

    def __init__(self):
        for first in random.sample(range(FIRST, LAST, BLOCK), 200):
            claim = socket.socket(socket.AF_UNIX)
            try:
                claim.bind(f"\0countersign-e2e-ports-{first}")
            except OSError:
                claim.close()
                continue
            if all(_is_free(port) for port in range(first, first + BLOCK)):
                self._claim = claim
                self.first = first
                self.last = first + BLOCK - 1
                return
            claim.close()
        raise RuntimeError("there is no free block of ports")

    def release(self):
        self._claim.close()
