#!/usr/bin/env python3
"""Writes models/postgresql_parameters.tsv: what PostgreSQL itself says of its parameters, of each major version.

    scripts/server_parameters.py /usr/lib/postgresql/15/bin /usr/lib/postgresql/17/bin …

Each directory has a version's `initdb` and `postgres`, from the distribution or from a package that ships them; modules
beside them, such as auto_explain, are asked, too. Not as root, since PostgreSQL does not run as root. A line is a parameter in the versions
where all of it is the same:

    name, first and last version, type, context, unit, least, greatest, values of an enumeration, description

Parameters that only describe the server, and those for PostgreSQL's own developers, are left out. What RDS does with
them, and RDS's own, stand in models/rds_parameters.tsv, which is kept by hand.
"""

import argparse
import pathlib
import subprocess
import tempfile

MODULES = ["auto_explain", "pg_stat_statements", "pg_prewarm"]
QUESTION = """COPY (
    SELECT name, vartype, context, coalesce(unit, ''), coalesce(min_val, ''), coalesce(max_val, ''),
           coalesce(array_to_string(enumvals, ','), ''), short_desc
    FROM pg_settings
    WHERE context <> 'internal' AND category NOT IN ('Developer Options', 'Preset Options') ORDER BY name
) TO '{file}'"""


ZONES = "COPY (SELECT name FROM pg_timezone_names WHERE name !~ '^(posix|right)|localtime|^Factory' ORDER BY name) TO '{file}'"


def run(arguments, folder, **more):
    libraries = {"LD_LIBRARY_PATH": str(folder.parent / "lib")}
    return subprocess.run([str(word) for word in arguments], env=libraries, check=True, capture_output=True, text=True, **more)


def major_of(folder):
    return int(run([folder / "postgres", "--version"], folder).stdout.split()[-1].split(".")[0].split(" ")[0])


def ask(folder):
    """Rows of name, type, context … of one version, and the names of its time zones."""
    with tempfile.TemporaryDirectory() as scratch:
        data, answer, zones = (pathlib.Path(scratch) / name for name in ("data", "answer", "zones"))
        run([folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8"], folder)
        options = ["-c", "shared_preload_libraries=" + ",".join(MODULES)]
        questions = [" ".join(text.split()) for text in (QUESTION.format(file=answer), ZONES.format(file=zones))]
        run([folder / "postgres", "--single", "-D", data, *options, "postgres"], folder, input="\n".join(questions) + "\n")
        rows = [line.split("\t") for line in answer.read_text().splitlines()]
        return rows, zones.read_text().split()


def merge(versions):
    """Rows of the same text in versions that follow one another become one."""
    spans = []
    for major in sorted(versions):
        for row in versions[major]:
            before = next((span for span in spans if span[2] == row and span[1] == major - 1), None)
            if before:
                before[1] = major
            else:
                spans.append([major, major, row])
    return sorted((row[0].lower(), first, last, *row[1:]) for first, last, row in spans)


def main():
    arguments = argparse.ArgumentParser(description="Writes the table of PostgreSQL's parameters.")
    arguments.add_argument("folders", type=pathlib.Path, nargs="+", metavar="BINDIR")
    arguments.add_argument("--output", type=pathlib.Path, default=pathlib.Path("models/postgresql_parameters.tsv"))
    options = arguments.parse_args()
    asked = {major_of(folder.resolve()): ask(folder.resolve()) for folder in options.folders}
    zones = ",".join(asked[max(asked)][1])
    for rows, _ in asked.values():
        for row in rows:
            row[6] = zones if row[0] == "TimeZone" else row[6]
    rows = merge({major: rows for major, (rows, _) in asked.items()})
    options.output.write_text("".join("\t".join(str(field) for field in row) + "\n" for row in rows))
    print(f"{len(rows)} rows, {len({row[0] for row in rows})} parameters")


if __name__ == "__main__":
    main()
