"""A server that an unprivileged user starts: its databases have no users of their own."""

import os
import pwd
import shutil

from support.server import Server

UNPRIVILEGED = "postgres"


class Unprivileged(Server):
    """Started by an unprivileged user."""

    def __init__(self, *options):
        super().__init__(*options)
        if os.geteuid() == 0:
            for place in (self.home, self.user_home):
                shutil.chown(place, UNPRIVILEGED, pwd.getpwnam(UNPRIVILEGED).pw_gid)

    def arguments(self):
        user = ["setpriv", f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--clear-groups"]
        return [*(user if os.geteuid() == 0 else []), *super().arguments()]
