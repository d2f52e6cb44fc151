#!/usr/bin/env bash
# Builds KEDA's operator and metrics adapter from the Go module proxy, for the end-to-end tests. The version is pinned
# by test/e2e/keda/go.mod.
#
# Usage: scripts/e2e-keda.sh
#
# The last line of standard output is the folder of keda-operator, keda-adapter and crds; progress goes to standard
# error. What is there already is not built again. The folder lies beside that of scripts/e2e-binaries.sh and has a key
# of its own, since KEDA takes longer to build than all of the control plane: 5 to 9 minutes on 2 cores.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
module=$root/test/e2e/keda
cache=${HIGHWATER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/highwater}
hash=$({ cat "$module/go.mod" "$module/go.sum" "${BASH_SOURCE[0]}"; go env GOOS GOARCH; } | sha256sum | cut -c1-16)
folder=$cache/keda/$hash
keda=github.com/kedacore/keda/v2

mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9
trap 'rm -rf "$folder"/.*.$$' EXIT

cd "$module"
export GOWORK=off GOFLAGS='' CGO_ENABLED=0
for name in operator adapter; do
  if [[ ! -x $folder/keda-$name ]]; then
    start=$SECONDS
    echo "e2e-keda: building $name" >&2
    nice go build -trimpath -buildvcs=false -ldflags "-s -w -X $keda/version.Version=$(go list -m -f '{{.Version}}' $keda)" \
      -o "$folder/.$name.$$" $keda/cmd/$name
    mv "$folder/.$name.$$" "$folder/keda-$name"
    echo "e2e-keda: built $name in $((SECONDS - start)) s" >&2
  fi
done
if [[ ! -d $folder/crds ]]; then
  cp -r "$(go list -m -f '{{.Dir}}' $keda)/config/crd/bases" "$folder/.crds.$$"
  chmod -R u+w "$folder/.crds.$$"
  mv "$folder/.crds.$$" "$folder/crds"
fi
echo "$folder"
