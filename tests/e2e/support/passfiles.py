"""Password files that hold tokens."""

import datetime
import re

from support.poll import until

FRESH = datetime.timedelta(minutes=6)  # a keeper renews after five


def signed_at(file):
    """When the newest token in the file was signed; None: there is none."""
    dates = re.findall(r"X-Amz-Date=(\w+)", file.read_text()) if file.exists() else []
    return max((datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ") for date in dates), default=None)


def set_clock(server, file, minutes):
    """Sets the clock of the server and of the file's keeper so many minutes ahead; waits for a token of that time."""
    server.clock.set(minutes * 60)
    ahead = datetime.timedelta(minutes=minutes)

    def is_fresh():
        then = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + ahead
        signed = signed_at(file)
        return signed is not None and abs(then - signed) < FRESH
    until(is_fresh, f"a token of {minutes} minutes later is in the file")
