#!/usr/bin/env bash
# The chaos tests: a slow store, a hanging one, hanging neighbours, leaders that sleep, deploys that overwrite floors,
# policies that ask for everything. On a real control plane, one after another, about 40 minutes; ends with the figures.
#
#   RUN='TestSleeping.*' scripts/chaos.sh   only some of them
#   PARALLEL=2 scripts/chaos.sh             two side by side, where they can
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

tests=(
  TestSlowPrometheusStarvesNobody
  TestHangingPrometheusLosesNoFloor
  TestANeighboursHangingQueriesHarmNobody
  TestSleepingLeadersWriteNothing
  TestWriteBackIsPutRightAtOnce
  TestPoliciesWithoutSumInOneGiB
)
all=$(IFS='|'; echo "${tests[*]}")

step "the control plane, built once"
HIGHWATER_E2E_BIN=$(./scripts/e2e-binaries.sh | tail -n 1)
HIGHWATER_BINARY=${HIGHWATER_BINARY:-$PWD/bin/highwater-controller}
HIGHWATER_CHAOS=1
export HIGHWATER_E2E_BIN HIGHWATER_BINARY HIGHWATER_CHAOS

step "chaos"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
(cd test/e2e && go test -count=1 -v -timeout 60m -parallel "${PARALLEL:-1}" -run "^(${RUN:-$all})\$" .) 2>&1 | tee "$log" || failed=$?

step "the bars"
grep -E '^(=== RUN|---) |bar (met|MISSED): ' "$log" | sed -E 's/^ +[a-z_]+\.go:[0-9]+: /  /' || true
exit "$failed"
