"""Connects with Django as often as it reads a line, each time anew; libpq finds the password in PGPASSFILE."""

import os
import sys

from django.conf import settings
from django.db import OperationalError, connection

settings.configure(DATABASES={"default": {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"], "USER": os.environ["PGUSER"],
    "NAME": os.environ["PGDATABASE"],
    "OPTIONS": {"sslmode": os.environ["PGSSLMODE"], "sslrootcert": os.environ["PGSSLROOTCERT"]},
}})

for _ in sys.stdin:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            print(cursor.fetchone()[0], flush=True)
    except OperationalError as refusal:
        print("refused:", str(refusal).replace("\n", " "), flush=True)
    connection.close()
