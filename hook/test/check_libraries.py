"""What the login hook brings into a backend: only libc (and libpam for the module), only its functions, bound at load.

usage: check_libraries.py PRELOAD MODULE
"""

import re
import subprocess
import sys

DOORS = {
    0: ({"libc.so.6"}, {"pam_start", "pam_end", "pam_set_item", "pam_authenticate", "pam_acct_mgmt", "pam_strerror",
                        "fopen", "fopen64", "dcgettext", "PQconnectdb", "PQconnectdbParams", "PQconnectStart",
                        "PQconnectStartParams", "dlopen", "accept"}),
    1: ({"libc.so.6", "libpam.so.0"}, {"pam_sm_authenticate", "pam_sm_acct_mgmt", "pam_sm_setcred"}),
}


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def faults(library, needed, exported):
    dynamic = output_of("readelf", "-dW", library)
    found_needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", dynamic))
    if not found_needed <= needed:
        yield f"needs {sorted(found_needed - needed)}"
    if "BIND_NOW" not in dynamic:
        yield "is not bound at load"
    symbols = output_of("nm", "-D", "--defined-only", library)
    found_exported = {line.split()[-1] for line in symbols.splitlines()}
    if found_exported != exported:
        yield f"exports {sorted(found_exported ^ exported)} too much or too little"


def main(libraries):
    all_faults = [
        f"{library}: {fault}" for at, library in enumerate(libraries) for fault in faults(library, *DOORS[at])
    ]
    print("\n".join(all_faults))
    return 1 if all_faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:3]))
