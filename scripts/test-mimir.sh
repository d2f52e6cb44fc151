#!/usr/bin/env bash
# The tests on a real Mimir, which takes 6 to 10 minutes to build: `make test` runs them where it has been built.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

HIGHWATER_E2E_BIN=$(./scripts/e2e-binaries.sh | tail -n 1)
HIGHWATER_E2E_STORES=$(./scripts/e2e-stores.sh mimir | tail -n 1)
export HIGHWATER_E2E_BIN HIGHWATER_E2E_STORES
cd test/e2e
go test -count=1 -timeout 10m -run Mimir -v ./stores
