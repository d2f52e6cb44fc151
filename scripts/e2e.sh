#!/usr/bin/env bash
# End-to-end tests on a real control plane; builds it first, once, into a cache
# outside the tree. Arguments go to go test.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

HIGHWATER_E2E_BIN=$(./scripts/e2e-binaries.sh | tail -n 1)
HIGHWATER_E2E_KEDA=$(./scripts/e2e-keda.sh | tail -n 1)
HIGHWATER_E2E_KARPENTER=$(./scripts/e2e-karpenter.sh | tail -n 1)
# Mimir is another matter: scripts/test-mimir.sh.
HIGHWATER_E2E_STORES=$(./scripts/e2e-stores.sh victoriametrics thanos | tail -n 1)
HIGHWATER_BINARY=${HIGHWATER_BINARY:-$PWD/bin/highwater-controller}
export HIGHWATER_E2E_BIN HIGHWATER_E2E_KEDA HIGHWATER_E2E_KARPENTER HIGHWATER_E2E_STORES HIGHWATER_BINARY
cd test/e2e
go test -count=1 -timeout 30m -parallel 5 "$@" ./...
# The simulated HPA beside the real controller: a module of its own, since it is
# pinned to the controller's version.
[ $# -gt 0 ] || (cd hpa && go test -count=1 -timeout 10m ./...)
