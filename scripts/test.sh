#!/usr/bin/env bash
# All tests, from nothing but Go, Node and git. Ends with what it did.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

step "tools of the machine"
need gcc gcc libc6-dev # the race detector is C
need chromium chromium fonts-dejavu-core
HIGHWATER_ARTIFACTS=${HIGHWATER_ARTIFACTS:-$PWD/test/artifacts}
export HIGHWATER_ARTIFACTS
mkdir -p "$HIGHWATER_ARTIFACTS"

step "format, generated files, lint"
unformatted=$(gofmt -l $(git ls-files '*.go'))
[ -z "$unformatted" ] || { echo "not gofmt-ed: $unformatted" >&2; exit 1; }
make --no-print-directory generate
make --no-print-directory lint

step "the page"
make --no-print-directory ui
# What is generated is committed: making it anew changes nothing.
git diff --exit-code --stat -- api/ui/dist charts/highwater/crds charts/highwater/files policy docs

step "build"
make --no-print-directory build controller
./bin/highwater version
./bin/highwater-controller version

step "the image"
(cd tools/image && go vet ./... && go test -count=1 -timeout 20m ./...)

step "the control plane, built once"
HIGHWATER_E2E_BIN=$(./scripts/e2e-binaries.sh | tail -n 1)
HIGHWATER_PROMETHEUS_BIN=$HIGHWATER_E2E_BIN/prometheus
export HIGHWATER_PROMETHEUS_BIN

step "the inference server, and its LSTM trained once"
inference=$(./scripts/inference.sh --env)
eval "$inference"

step "unit, race, real Prometheus, real inference server, real browser"
# Pure packages start no goroutine (their own tests hold them to that), so there
# is nothing in these to race; they are the ones that take long.
pure=$(go list ./recommender/...)
CGO_ENABLED=1 go test -race -count=1 -timeout 20m $(go list ./... | grep -vxF "$pure")
go test -count=1 -timeout 20m $pure

step "end to end on a real control plane"
./scripts/e2e.sh

step "done: everything passed"
