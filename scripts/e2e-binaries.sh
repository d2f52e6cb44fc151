#!/usr/bin/env bash
# Builds the binaries of a real control plane (etcd, Kubernetes, kwok, Prometheus) from the Go module proxy: no
# container, no download of a binary. The versions are pinned by test/e2e/bin/go.mod.
#
# Usage: scripts/e2e-binaries.sh [name ...]      (all of them by default)
#
# The last line of standard output is the folder of the binaries; progress goes to standard error. What is there
# already is not built again. The folder lies outside the tree, in $HIGHWATER_CACHE or ~/.cache/highwater, and its name
# is a hash of everything that decides what is in it, so a CI cache can use it as its key.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
module=$root/test/e2e/bin
cache=${HIGHWATER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/highwater}
hash=$({ cat "$module/go.mod" "$module/go.sum" "${BASH_SOURCE[0]}"; go env GOOS GOARCH; } | sha256sum | cut -c1-16)
folder=$cache/e2e/$hash

all=(etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok prometheus promtool)

# version prints the version of a module as test/e2e/bin/go.mod pins it.
version() { (cd "$module" && GOWORK=off go list -m -f '{{.Version}}' "$1"); }

# package, tags and stamps say how each binary is built. kubectl cannot parse its server's version without the stamps,
# and Prometheus reports its own in /api/v1/status/buildinfo. Prometheus comes without the service discoveries of the
# clouds, which no test uses and which are most of its build.
describe() {
  tags='' stamps=''
  case $1 in
    etcd) package=go.etcd.io/etcd/server/v3 ;;
    kube*)
      package=k8s.io/kubernetes/cmd/$1
      local v major minor
      v=$(version k8s.io/kubernetes)
      IFS=. read -r major minor _ <<<"${v#v}"
      for p in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
        stamps+=" -X $p.gitVersion=$v -X $p.gitMajor=$major -X $p.gitMinor=$minor -X $p.gitTreeState=clean"
      done
      ;;
    kwok) package=sigs.k8s.io/kwok/cmd/kwok ;;
    prometheus | promtool)
      package=github.com/prometheus/prometheus/cmd/$1
      tags=remove_all_sd
      # Module v0.315.0 is Prometheus 3.15.0.
      stamps="-X github.com/prometheus/common/version.Version=$(version github.com/prometheus/prometheus |
        sed -E 's/^v0\.([0-9])([0-9]{2})\./\1.\2./; s/\.0([0-9])\./.\1./')"
      ;;
    *)
      echo "e2e-binaries: unknown binary \"$1\"; there are: ${all[*]}" >&2
      return 1
      ;;
  esac
}

# build makes one binary beside its place and renames it, so that a half-written one is never seen.
build() {
  local name=$1 package tags stamps start=$SECONDS
  if [[ -x $folder/$name ]]; then
    return
  fi
  describe "$name"
  echo "e2e-binaries: building $name" >&2
  (cd "$module" && GOWORK=off GOFLAGS='' CGO_ENABLED=0 nice go build -trimpath -buildvcs=false -tags "$tags" \
    -ldflags "-s -w $stamps" -o "$folder/.$name.$$" "$package")
  mv "$folder/.$name.$$" "$folder/$name"
  echo "e2e-binaries: built $name in $((SECONDS - start)) s" >&2
}

mkdir -p "$folder"
# One builder at a time: two of these side by side would only starve each other.
exec 9>"$folder/.lock"
flock 9
trap 'rm -f "$folder"/.*.$$' EXIT

if [[ $# -eq 0 ]]; then
  set -- "${all[@]}"
fi
for name in "$@"; do
  build "$name"
done
echo "$folder"
