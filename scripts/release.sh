#!/usr/bin/env bash
# Makes what a release consists of in bin/release: the CLI for each of PLATFORMS, the
# image, its SBOMs, the chart, and the checksums of all of it. It publishes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

PLATFORMS=${PLATFORMS:-linux/amd64 linux/arm64}
if ! [[ ${VERSION:-} =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
  echo "VERSION is \"${VERSION:-}\", which is no release such as v0.1.0: tag the commit, or say VERSION=v0.1.0" >&2
  exit 1
fi
number=${VERSION#v}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
out=$PWD/bin/release
rm -rf "$out"
mkdir -p "$out"

# archive FILE DIRECTORY NAME… packs files of a directory; equal files give an equal archive.
archive() {
  local file=$1 directory=$2
  shift 2
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    -C "$directory" -cf - "$@" | gzip -n >"$file"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp LICENSE "$work/"
for platform in $PLATFORMS; do
  os=${platform%/*} arch=${platform#*/}
  step "the CLI for $platform"
  GOOS=$os GOARCH=$arch make --no-print-directory build BIN="$work/highwater" VERSION="$VERSION"
  archive "$out/highwater-$number-$os-$arch.tar.gz" "$work" highwater LICENSE
done

step "the image"
make --no-print-directory image IMAGE=bin/image VERSION="$VERSION"
archive "$out/highwater-$number-image.oci.tar.gz" bin/image/oci .
for sbom in bin/image/sbom/*.spdx.json; do
  cp "$sbom" "$out/highwater-$number-image-$(basename "$sbom")"
done

step "the chart"
go tool -modfile=tools/go.mod helm package charts/highwater --version "$number" --app-version "$number" --destination "$work"
mv "$work/highwater-$number.tgz" "$out/highwater-$number-chart.tgz"

(cd "$out" && sha256sum -- * >checksums.txt)
step "done: bin/release"
ls -l "$out"
