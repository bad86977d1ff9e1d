#!/usr/bin/env bash
# Runs every fuzz target for some seconds, beginning with the conformance vectors as corpora.
#   scripts/fuzz.sh SECONDS
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
seconds=${1:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# seed TARGET FILE FIELD: one corpus file for each line's field.
seed() {
    python3 - "$work/$1" "tests/vectors/$2" "$3" <<'PY'
import json, pathlib, sys
into, source, field = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
into.mkdir(parents=True, exist_ok=True)
for number, line in enumerate(source.read_text().splitlines()[:400]):
    value = json.loads(line).get(field)
    for part in value if isinstance(value, list) else [value]:
        if part:
            text = part if isinstance(part, str) else json.dumps(part)
            (into / f"{number:05}").write_bytes(text.encode("utf-8", "surrogatepass"))
PY
}
seed token tokens.jsonl token
seed policy iam-cases-gen.jsonl identityPolicies
seed json iam-cases-gen.jsonl identityPolicies

# fuzz_one PROGRAM: says what came of it.
fuzz_one() {
    local name=${1##*/fuzz_}
    mkdir -p "$work/$name"
    if "$1" -max_total_time="$seconds" -max_len=70000 -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$work/" \
        "$work/$name" >"$work/$name.log" 2>&1; then
        echo "$name: $(grep -c . <(ls "$work/$name")) inputs, nothing found"
    else
        echo "$name: FAILED"
        tail -40 "$work/$name.log"
        return 1
    fi
}
export -f fuzz_one
export work seconds
printf '%s\n' build/fuzz/bin/fuzz_* | xargs -P "$(nproc)" -n 1 bash -c 'fuzz_one "$1"' _
