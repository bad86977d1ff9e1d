#!/usr/bin/env python3
"""Makes the program's table of server parameters: generate_parameters.py POSTGRESQL.tsv RDS.toml OUTPUT.inc

The first is what PostgreSQL says of itself (scripts/server_parameters.py), the second what RDS makes of it. A line of the
output is a ServerParameter of src/model/server_parameters.h.
"""

import json
import pathlib
import sys
import tomllib

TYPES = {"bool": "boolean", "integer": "integer", "real": "real", "float": "real", "string": "string", "enum": "string",
         "boolean": "boolean", "list": "list"}
LISTS = {"shared_preload_libraries"}
EVERY_VERSION = ("0", "99")
# What Countersign itself makes of RDS's own parameters.
OWN_EFFECTIVE = {"rds.force_ssl", "rds.logical_replication", "rds.log_retention_period"}


def text(value):
    return json.dumps(value, ensure_ascii=True)


def allowed_of(row, rds):
    name, _, _, kind, _, _, least, greatest, values, _ = row
    if name in rds["allowed"]:
        return rds["allowed"][name]
    if kind == "bool":
        return "0,1"
    return values if values else f"{least}-{greatest}" if least else ""


def engines_of(name, rds):
    """(engine, value) of each row that the parameter needs."""
    if name in rds["fixed"]:
        return [("both", rds["fixed"][name])]
    if name in rds["values"]["both"]:
        return [("both", rds["values"]["both"][name])]
    values = {engine: rds["values"][engine].get(name, "") for engine in ("postgres", "aurora")}
    return [("both", "")] if not any(values.values()) else list(values.items())


def line(name, versions, engine, kind, at_once, allowed, value, description, modifiable, effective):
    applies = "at_once" if at_once else "at_start"
    flags = f"{str(modifiable).lower()}, {str(effective).lower()}"
    return (f"{{{text(name)}, {versions[0]}, {versions[1]}, Engines::{engine}, DataType::{TYPES[kind]}, "
            f"Applies::{applies}, {text(allowed)}, {text(value)}, {text(description)}, {flags}}},\n")


def rows_of_postgresql(rows, rds):
    effective, absent = set(rds["effective"].split()), set(rds["absent"].split())
    unknown = (effective | absent | set(rds["fixed"])) - {row[0] for row in rows}
    if unknown:
        raise SystemExit(f"PostgreSQL has no {', '.join(sorted(unknown))}")
    for row in rows:
        name, first, last, kind, context, unit, *_, description = row
        if name in absent:
            continue
        kind = "list" if name in LISTS else kind
        described = f"({unit}) {description}" if unit else description
        for engine, value in engines_of(name, rds):
            modifiable = name not in rds["fixed"]
            yield name, line(name, (first, last), engine, kind, context != "postmaster", allowed_of(row, rds), value,
                             described, modifiable, modifiable and name in effective)


def rows_of_rds(rds):
    for table, modifiable in (("own", True), ("own_fixed", False)):
        for name, (engine, kind, applies, allowed, value, description) in rds[table].items():
            yield name, line(name, EVERY_VERSION, engine, kind, applies == "dynamic", allowed, value, description,
                             modifiable, name in OWN_EFFECTIVE)


def main():
    postgresql, rds_file, output = map(pathlib.Path, sys.argv[1:])
    rows = [one.split("\t") for one in postgresql.read_text().splitlines()]
    rds = tomllib.loads(rds_file.read_text())
    lines = sorted([*rows_of_postgresql(rows, rds), *rows_of_rds(rds)], key=lambda one: one[0])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("".join(one for _, one in lines))


if __name__ == "__main__":
    main()
