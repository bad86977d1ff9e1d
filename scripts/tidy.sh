#!/usr/bin/env bash
# clang-tidy over source files as the release build compiles them, but each by itself; one file a core. With it, what
# base/mutex.h states of locks.
#   scripts/tidy.sh          those that the newest 6 commits changed
#   scripts/tidy.sh all      every one
#   scripts/tidy.sh full     every one, with the path-sensitive analyzer, which takes three times as long
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
cmake --preset tidy >/dev/null
cmake --build build/tidy --target generated_sources >/dev/null
checks="-clang-analyzer-*"
since=$(git rev-list -n 7 HEAD | tail -1)
[ -z "${1:-}" ] || since=$(git hash-object -t tree /dev/null)
[ "${1:-}" != full ] || checks=
git diff --name-only --diff-filter=d "$since" -- 'src/*.cc' 'hook/*.cc' 'bench/*.cc' | grep -v '_test\.cc$' |
    xargs -r -P "$(nproc)" -n 2 clang-tidy --quiet "--checks=$checks" --extra-arg=-Wthread-safety -p build/tidy 2>/dev/null
