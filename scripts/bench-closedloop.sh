#!/usr/bin/env bash
# Replays real loads through the HPA's algorithm with the floors of Highwater and
# of its peers, and writes benchmarks/results/CLOSEDLOOP.md with tables and plots.
#
#   TRACES=dir,dir    other traces than ../shared/traces or the bundled ones
#   ONLY=name,name    only these of them
#   PARALLEL=2        traces at once
#   FULL=1            all targets and budgets, and all of long traces: an hour
set -euo pipefail
cd "$(dirname "$0")/.."

work="${XDG_CACHE_HOME:-$HOME/.cache}/highwater/bench"
mkdir -p "$work"
go build -o "$work/closedloop" ./benchmarks/closedloop
"$work/closedloop" ${TRACES:+--traces "$TRACES"} ${ONLY:+--only "$ONLY"} --parallel "${PARALLEL:-2}" ${FULL:+--full} \
  --out "${OUT:-benchmarks/results}" --release "$(git describe --always --dirty 2>/dev/null || echo unknown)"
echo "${OUT:-benchmarks/results}/CLOSEDLOOP.md"
