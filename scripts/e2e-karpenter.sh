#!/usr/bin/env bash
# Builds Karpenter with its kwok provider from the Go module proxy, for the end-to-end tests. The version is pinned by
# test/e2e/karpenter/go.mod.
#
# Usage: scripts/e2e-karpenter.sh
#
# The last line of standard output is the folder of karpenter and crds; progress goes to standard error. What is there
# already is not built again. Like KEDA's, the folder has a key of its own. It takes 80 s to build on 2 idle cores.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
module=$root/test/e2e/karpenter
cache=${HIGHWATER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/highwater}
hash=$({ cat "$module/go.mod" "$module/go.sum" "${BASH_SOURCE[0]}"; go env GOOS GOARCH; } | sha256sum | cut -c1-16)
folder=$cache/karpenter/$hash
karpenter=sigs.k8s.io/karpenter

mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9
trap 'rm -rf "$folder"/.*.$$' EXIT

cd "$module"
export GOWORK=off GOFLAGS='' CGO_ENABLED=0
if [[ ! -x $folder/karpenter ]]; then
  start=$SECONDS
  echo "e2e-karpenter: building karpenter" >&2
  nice go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$folder/.karpenter.$$" $karpenter/kwok
  mv "$folder/.karpenter.$$" "$folder/karpenter"
  echo "e2e-karpenter: built karpenter in $((SECONDS - start)) s" >&2
fi
if [[ ! -d $folder/crds ]]; then
  source=$(go list -m -f '{{.Dir}}' $karpenter)
  mkdir "$folder/.crds.$$"
  cp "$source"/pkg/apis/crds/*.yaml "$source"/kwok/apis/crds/*.yaml "$folder/.crds.$$"
  chmod -R u+w "$folder/.crds.$$"
  mv "$folder/.crds.$$" "$folder/crds"
fi
echo "$folder"
