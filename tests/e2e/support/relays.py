"""Connections that come from another address of this machine: loopback has sixteen million of them."""

import contextlib
import socket
import threading

from support.login import Login


def pump(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Relay:
    """Listens on loopback, and reaches the target from that address."""

    def __init__(self, source, target):
        self.source, self.target = source, target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(self.target, source_address=(self.source, 0))
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=pump, args=ends, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@contextlib.contextmanager
def login_from(source, login):
    """The same way in, from that address."""
    relay = Relay(source, (login.address, login.port))
    try:
        yield Login(login.server, login.host, relay.port, login.bundle, login.dbname)
    finally:
        relay.close()
