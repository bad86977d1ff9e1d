"""What lies beside the packages: checksums, the bill of materials, debug symbols."""

import json
import os
import pathlib
import re
import subprocess

from machine import needs_of, run


def test_checksums_hold(packages):
    place = next(iter(packages.values())).parent
    run(["sh", "-c", f"cd '{place}' && sha256sum --check --strict --quiet SHA256SUMS"])
    named = {line.split()[-1] for line in (place / "SHA256SUMS").read_text().splitlines()}
    assert named == {path.name for path in place.iterdir()} - {"SHA256SUMS"}


def test_the_bill_of_materials_names_what_is_needed(packages):
    place = next(iter(packages.values())).parent
    bill = json.loads(next(place.glob("*.spdx.json")).read_text())
    named = {package["name"] for package in bill["packages"]}
    programs = [packages[name] for name in ("countersign", "libpam-countersign")]
    needed = {name for name in needs_of(programs) if not name.startswith("libspdlog")}  # its dependency is a virtual package
    assert needed <= named
    assert {"libboost1.81-dev", "libcli11-dev"} <= named  # of headers alone
    related = {one[end] for one in bill["relationships"] for end in ("spdxElementId", "relatedSpdxElement")}
    assert related == {package["SPDXID"] for package in bill["packages"]} | {"SPDXRef-DOCUMENT"}


def test_debug_symbols_are_apart(packages, tmp_path):
    for name, file in (("countersign", "usr/bin/countersign"),
                       ("libpam-countersign", "usr/lib/countersign/libcountersign_pam.so")):
        for package in (packages[name], packages[f"{name}-dbgsym"]):
            run(["dpkg-deb", "--extract", str(package), str(tmp_path)])
        program = tmp_path / file
        assert ".debug_info" not in run(["readelf", "--sections", "--wide", str(program)]).stdout
        build_id = re.search(r"Build ID: (\w+)", run(["readelf", "--notes", str(program)]).stdout)[1]
        symbols = tmp_path / f"usr/lib/debug/.build-id/{build_id[:2]}/{build_id[2:]}.debug"
        assert ".debug_info" in run(["readelf", "--sections", "--wide", str(symbols)]).stdout


def test_nothing_names_the_place_of_its_build(packages, tmp_path):
    run(["dpkg-deb", "--extract", str(packages["countersign"]), str(tmp_path)])
    here = os.fsencode(pathlib.Path(__file__).resolve().parents[2])
    assert here not in (tmp_path / "usr/bin/countersign").read_bytes()
    assert subprocess.run([tmp_path / "usr/bin/countersign", "--version"], capture_output=True, check=False).returncode == 0
