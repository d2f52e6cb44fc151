#!/usr/bin/env bash
# Creates, or finds, the virtual environment of the peers and prints its path as the only line on stdout.
# Its name carries a hash of the lock file and of the Python version, so that a change of either makes a new one.
# PYTHON chooses the interpreter (3.11 or newer).
set -euo pipefail

here="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)"
lock="$here/requirements.lock"
python="${PYTHON:-python3}"

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
	echo "venv.sh: $python is missing or older than 3.11; set PYTHON to a newer one" >&2
	exit 1
fi

hash="$({ "$python" -VV; cat "$lock"; } | "$python" -c '
import hashlib, sys
print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:12])')"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/highwater"
venv="$cache/peers-venv-$hash"
ready="$venv/.ready"

if [[ ! -e "$ready" ]]; then
	mkdir -p "$cache"
	if command -v flock >/dev/null; then
		exec 9>"$venv.lock"
		flock 9
	fi
	if [[ ! -e "$ready" ]]; then
		echo "venv.sh: making $venv; about 2.5 GB, one to three minutes" >&2
		rm -rf "$venv"
		"$python" -m venv "$venv" >&2
		"$venv/bin/python" -m pip --disable-pip-version-check install --quiet --no-deps -r "$lock" >&2
		"$venv/bin/python" -m pip --disable-pip-version-check check >&2
		touch "$ready"
	fi
fi

echo "$venv"
