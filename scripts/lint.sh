#!/usr/bin/env bash
# ruff over Python files and shellcheck over shell programs (ruff.toml, .shellcheckrc).
#   scripts/lint.sh             all that git knows
#   scripts/lint.sh FILE...     those of these; paths from the top of the tree
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
ruff=build/venv/bin/ruff
[ -x $ruff ] && command -v shellcheck >/dev/null ||
    { echo "lint.sh: ruff or shellcheck is missing; \`./test lint\` installs them" >&2; exit 1; }

# language FILE: python, shell or nothing, by its suffix or its first line.
language() {
    local first
    case $1 in
        *.py) echo python; return ;;
        *.sh) echo shell; return ;;
    esac
    IFS= read -r -n 80 first <"$1" 2>/dev/null || return 0
    case $first in
        '#!'*python*) echo python ;;
        '#!'*sh) echo shell ;;
    esac
}

[ $# -gt 0 ] || mapfile -t files < <(git ls-files)
[ $# -eq 0 ] || files=("$@")
python=()
shell=()
for file in "${files[@]}"; do
    [ -f "$file" ] || continue
    case $(language "$file") in
        python) python+=("$file") ;;
        shell) shell+=("$file") ;;
    esac
done
failed=0
[ ${#python[@]} -eq 0 ] || $ruff check --quiet --force-exclude "${python[@]}" || failed=1
[ ${#shell[@]} -eq 0 ] || shellcheck "${shell[@]}" || failed=1
[ $failed -ne 0 ] || echo "${#python[@]} Python files and ${#shell[@]} shell programs without a finding"
exit $failed
