#!/usr/bin/env bash
# Measures Highwater's forecasts beside those of others on the same origins, and
# writes benchmarks/results/ACCURACY.md with tables and plots.
#
#   PEERS=none        only Highwater and the naive forecasts
#   PEERS=a,b         only these; see `python -m peers list`
#   TRACES=dir,dir    other traces than ../shared/traces or the bundled ones
set -euo pipefail
cd "$(dirname "$0")/.."

work="${XDG_CACHE_HOME:-$HOME/.cache}/highwater/bench"
peers="${PEERS:-}"
mkdir -p "$work"
go build -o "$work/accuracy" ./benchmarks/accuracy
traces=(${TRACES:+--traces "$TRACES"})

"$work/accuracy" prepare --out "$work/in" ${traces[@]+"${traces[@]}"}

folder=()
if [ "$peers" = none ]; then
  echo "PEERS=none: no peers are run"
elif [ ! -f benchmarks/peers/venv.sh ]; then
  echo "benchmarks/peers/venv.sh is not there: no peers are run"
elif ! venv="$(bash benchmarks/peers/venv.sh)"; then
  echo "the Python environment of the peers cannot be made: no peers are run"
else
  PYTHONPATH=benchmarks "$venv/bin/python" -m peers run --in "$work/in" --out "$work/out" ${peers:+--peer "$peers"}
  folder=(--peers "$work/out")
fi

"$work/accuracy" report ${traces[@]+"${traces[@]}"} ${folder[@]+"${folder[@]}"} \
  --out benchmarks/results --release "$(git describe --always --dirty 2>/dev/null || echo unknown)"
echo "benchmarks/results/ACCURACY.md"
