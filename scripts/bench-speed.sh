#!/usr/bin/env bash
# Times a fit and a 24-hour forecast of Highwater and of the peers on the same
# 28 days at 5 minutes, one after the other, and writes benchmarks/results/SPEED.md.
#
#   PEERS=none    only Highwater
#   PEERS=a,b     only these
#   REPEAT=3      fits of each peer
set -euo pipefail
cd "$(dirname "$0")/.."

work="${XDG_CACHE_HOME:-$HOME/.cache}/highwater/bench"
peers="${PEERS:-}"
mkdir -p "$work"
go build -o "$work/accuracy" ./benchmarks/accuracy

# 30 days at 5 minutes, bundled.
csv="$work/azure_vm2019_cpu_5m.csv"
gzip -dc benchmarks/traces/azure_vm2019_cpu_5m.csv.gz > "$csv"

rm -f "$work/speed.json"
if [ "$peers" = none ]; then
  echo "PEERS=none: no peers are run"
elif [ ! -f benchmarks/peers/venv.sh ]; then
  echo "benchmarks/peers/venv.sh is not there: no peers are run"
elif ! venv="$(bash benchmarks/peers/venv.sh)"; then
  echo "the Python environment of the peers cannot be made: no peers are run"
else
  PYTHONPATH=benchmarks "$venv/bin/python" -m peers speed --csv "$csv" --repeat "${REPEAT:-3}" --out "$work/speed.json" ${peers:+--peer "$peers"}
fi

"$work/accuracy" speed --csv "$csv" --peers "$work/speed.json" --out benchmarks/results \
  --release "$(git describe --always --dirty 2>/dev/null || echo unknown)"
echo "benchmarks/results/SPEED.md"
