#!/usr/bin/env python3
"""The table of policy decisions: ours, and beside them in the same run two engines from npm where they can be had.

  bench/policy_table.py BENCH_POLICY [SECONDS]   BENCH_POLICY is the built program; SECONDS of each measurement

The others are installed into a temporary directory that is removed again; without npm, node or the registry the table
has our own figures only, and says so.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PEERS = ("@cloud-copilot/iam-simulate", "@cedar-policy/cedar-wasm")
SCRIPT = pathlib.Path(__file__).with_name("policy_peers.mjs")
# Growth is shown to the first case of each group.
GROUPS = {"statement": "1 statement", "attached": "1 policy attached"}


def ours(program, seconds):
    """Decisions per second by case, in the cases' order: the medians of five rounds, in which the cases are mixed."""
    done = subprocess.run([program, f"--benchmark_min_time={seconds / 5}", "--benchmark_repetitions=5",
                           "--benchmark_enable_random_interleaving=true", "--benchmark_format=json"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    medians = [one for one in json.loads(done.stdout)["benchmarks"] if one.get("aggregate_name") == "median"]
    return {one["run_name"]: one["items_per_second"] for one in sorted(medians, key=lambda one: one["family_index"])}


def install(directory):
    """The reason why the other engines cannot be had; nothing when they are there."""
    for name in ("npm", "node"):
        if shutil.which(name) is None:
            return f"{name} is not installed"
    (directory / "package.json").write_text('{"private":true}')
    words = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *PEERS]
    try:
        done = subprocess.run(words, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        return "npm install took longer than three minutes"
    return None if done.returncode == 0 else f"npm install failed: {done.stderr.strip().splitlines()[-1:]}"


def theirs(program, seconds):
    """Decisions per second by engine and case, and why there are none."""
    with tempfile.TemporaryDirectory(prefix="countersign-bench-npm-") as made:
        directory = pathlib.Path(made)
        lacking = install(directory)
        if lacking:
            return {}, lacking
        cases = subprocess.run([program, "--cases"], stdout=subprocess.PIPE, check=True).stdout
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": made}
        done = subprocess.run(["node", SCRIPT, directory, str(seconds)], input=cases, stdout=subprocess.PIPE,
                              env=environment, check=True)
    rates = {}
    for told in map(json.loads, done.stdout.splitlines()):
        rates.setdefault(told["engine"], {})[told["case"]] = told.get("per_second")
    return rates, None


def ratio(value, to):
    return f"{value / to:,.2f} x" if value and to else "-"


def group_start(case, rates):
    first = next((start for word, start in GROUPS.items() if word in case), None)
    return rates.get(first)


def show(program, seconds):
    """Growth is the cost of one decision to that of the group's first case; `to ours` is their rate to ours."""
    mine = ours(program, seconds)
    others, lacking = theirs(program, seconds)
    print(f"  {'countersign':<42} {'decisions/s':>13} {'each':>9} {'growth':>9}")
    for case, rate in mine.items():
        print(f"  {case:<42} {rate:>13,.0f} {1e9 / rate:>6.0f} ns {ratio(group_start(case, mine), rate):>9}")
    for engine, rates in others.items():
        print(f"  {engine:<42} {'decisions/s':>13} {'to ours':>11} {'growth':>9}")
        for case, rate in rates.items():
            told = f"{rate:>13,.0f} {rate / mine[case]:>9.6f} x" if rate else f"{'not expressible':>13} {'-':>11}"
            print(f"  {case:<42} {told} {ratio(group_start(case, rates), rate):>9}")
    if lacking:
        print(f"  No other engine beside ours: {lacking}.")
    else:
        print("  Theirs run in node, as its programs call them: iam-simulate reads a request's policies anew at each "
              "call,\n  Cedar (WebAssembly) holds all principals' policies parsed in one set.")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    show(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 1)
