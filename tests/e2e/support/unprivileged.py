"""A server that an unprivileged user starts: its databases have no users of their own."""

import atexit
import functools
import os
import pathlib
import pwd
import shutil
import stat
import tempfile

from support.server import BIN, Server

UNPRIVILEGED = "postgres"


@functools.cache
def for_others(folder):
    """The folder where any user gets there, else a copy of its files: root's home is root's alone, and a clone may lie there."""
    if all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents)):
        return folder
    copy = pathlib.Path(tempfile.mkdtemp(prefix="countersign-for-others-", dir="/tmp"))
    atexit.register(shutil.rmtree, copy)
    copy.chmod(0o755)
    for file in folder.iterdir():
        if file.is_file() and file.suffix != ".debug":
            shutil.copy(file, copy)
    return copy


class Unprivileged(Server):
    """Started by an unprivileged user."""

    def __init__(self, *options):
        super().__init__(*options)
        if os.geteuid() == 0:
            for place in (self.home, self.user_home):
                shutil.chown(place, UNPRIVILEGED, pwd.getpwnam(UNPRIVILEGED).pw_gid)

    def arguments(self):
        program, *options = super().arguments()
        if os.geteuid() != 0:
            return [program, *options]
        user = ["setpriv", f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--clear-groups"]
        return [*user, for_others(BIN) / program.name, *options]
