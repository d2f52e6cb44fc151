#!/usr/bin/env bash
# Runs each fuzz test for a while, one after another; ends with the names of those that failed. An input that fails is
# left in testdata/fuzz of its package, where `go test` then runs it each time.
#
#   FUZZTIME=10s scripts/fuzz.sh    a shorter while
#   ONLY=FuzzFit scripts/fuzz.sh    just one
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

tests=$(git grep -hoE '^func Fuzz[A-Za-z0-9]+' -- '*_test.go' | awk '{print $2}' | sort)
if [ -n "${ONLY:-}" ]; then
  grep -qxF "$ONLY" <<<"$tests" || { echo "no fuzz test is called $ONLY; there are:" $tests >&2; exit 1; }
  tests=$ONLY
fi
failed=()
for test in $tests; do
  for file in $(git grep -lE "^func $test\(" -- '*_test.go'); do
    step "$test of ${file%/*}"
    go test -run '^$' -fuzz "^$test\$" -fuzztime "${FUZZTIME:-1m}" "./${file%/*}" || failed+=("$test")
  done
done
step "done"
[ ${#failed[@]} = 0 ] || { echo "failed: ${failed[*]}" >&2; exit 1; }
