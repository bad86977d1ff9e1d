#!/usr/bin/env bash
# clang-tidy over every source file of the release build, one file a core.
#   scripts/tidy.sh [full]    full: with the path-sensitive analyzer, which takes three times as long
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
checks=-clang-analyzer-*
[ "${1:-}" != full ] || checks=
git ls-files 'src/*.cc' 'pam/*.cc' 'bench/*.cc' | grep -v '_test\.cc$' |
    xargs -P "$(nproc)" -n 2 clang-tidy-14 --quiet "--checks=$checks" -p build/release 2>/dev/null
