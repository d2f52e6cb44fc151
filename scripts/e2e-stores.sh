#!/usr/bin/env bash
# Builds the stores that stand in the place of Prometheus in the end-to-end tests, from the Go module proxy. The version
# of each is pinned by its go.mod in test/e2e/stores.
#
# Usage: scripts/e2e-stores.sh [store…]    (default: victoriametrics thanos mimir)
#
# The last line of standard output is the folder of the programs: victoria-metrics, thanos, mimir; progress goes to
# standard error. What is there already is not built again. On 2 cores VictoriaMetrics takes 15 to 40 s, Thanos 4 to 8
# minutes and Mimir 6 to 10.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
modules=$root/test/e2e/stores
cache=${HIGHWATER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/highwater}
hash=$({ cat "$modules"/*/go.mod "$modules"/*/go.sum "${BASH_SOURCE[0]}"; go env GOOS GOARCH; } | sha256sum | cut -c1-16)
folder=$cache/stores/$hash
[[ $# -gt 0 ]] || set -- victoriametrics thanos mimir

mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9
trap 'rm -f "$folder"/.*.$$' EXIT

# build STORE PROGRAM PACKAGE [flag…] builds PROGRAM in the module of STORE.
build() {
  local store=$1 program=$2 package=$3 start=$SECONDS
  shift 3
  [[ ! -x $folder/$program ]] || return 0
  echo "e2e-stores: building $program" >&2
  (cd "$modules/$store" && nice go build -trimpath -buildvcs=false "$@" -o "$folder/.$program.$$" "$package")
  mv "$folder/.$program.$$" "$folder/$program"
  echo "e2e-stores: built $program in $((SECONDS - start)) s" >&2
}

export GOWORK=off GOFLAGS='' CGO_ENABLED=0
for store in "$@"; do
  case $store in
    victoriametrics) build "$store" victoria-metrics github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics -ldflags '-s -w' ;;
    thanos) build "$store" thanos github.com/thanos-io/thanos/cmd/thanos -ldflags '-s -w' -tags slicelabels ;;
    mimir) build "$store" mimir github.com/grafana/mimir/cmd/mimir -ldflags '-s -w' -tags stringlabels ;;
    *) echo "e2e-stores: no store $store: want victoriametrics, thanos or mimir" >&2; exit 2 ;;
  esac
done
echo "$folder"
