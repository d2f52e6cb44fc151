#!/usr/bin/env bash
# The tests with the clock of all that is Go, control plane and Prometheus included, set to a time of day in UTC.
# Chromium is told the time by the tests; MLServer and the machine keep theirs.
#
#   scripts/test-at.sh 21:00                     unit and end-to-end tests
#   SUITES=unit scripts/test-at.sh 21:00         only the unit tests
#   SUITES=e2e scripts/test-at.sh 21:00 ARG ...  only the end-to-end tests, with arguments for go test
#
# Everything is built with an overlay of the standard library, which test/clock makes. The control plane is built with
# it once, for some minutes, into a folder of its own in the cache.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

at=${1:?usage: scripts/test-at.sh 21:00}
shift
suites=${SUITES:-unit e2e}
cache=${HIGHWATER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/highwater}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
go run ./test/clock -overlay "$scratch" >/dev/null
folder=$cache/clock/$(sha256sum <"$scratch/time.go" | cut -c1-16)
overlay=$(go run ./test/clock -overlay "$folder")
case " $suites " in
  *" unit "*)
    step "the inference server, and its LSTM trained once"
    inference=$(./scripts/inference.sh --env)
    eval "$inference"
    ;;
esac

# The overlay goes into go's own file of settings, since the scripts clear GOFLAGS of the environment.
{ grep -v '^GOFLAGS=' "$(go env GOENV)" 2>/dev/null || true; echo "GOFLAGS=$(go env GOFLAGS | xargs) -overlay=$overlay"; } >"$folder/env"
export GOENV=$folder/env
unset GOFLAGS

step "the control plane and the controller, with the overlay"
export HIGHWATER_CACHE=$folder
HIGHWATER_E2E_BIN=$(./scripts/e2e-binaries.sh | tail -n 1)
HIGHWATER_PROMETHEUS_BIN=$HIGHWATER_E2E_BIN/prometheus
HIGHWATER_BINARY=$folder/highwater-controller
export HIGHWATER_E2E_BIN HIGHWATER_PROMETHEUS_BIN HIGHWATER_BINARY
make --no-print-directory controller BIN="$folder/highwater"

HIGHWATER_TEST_CLOCK_AT=$at
HIGHWATER_TEST_CLOCK_OFFSET=$(go run ./test/clock -at "$at")
export HIGHWATER_TEST_CLOCK_AT HIGHWATER_TEST_CLOCK_OFFSET

step "it is $at: the clock"
go test -count=1 ./test/clock
for suite in $suites; do
  step "it is $at: $suite"
  case $suite in
    unit) go test -count=1 -timeout 20m ./... ;;
    e2e) ./scripts/e2e.sh "$@" ;;
    *) echo "SUITES holds \"$suite\"; there are unit and e2e" >&2; exit 1 ;;
  esac
done
step "done: everything passed at $at"
