#!/usr/bin/env bash
# The client of inference servers on a real MLServer that serves a small LSTM. Installs MLServer and TensorFlow from
# PyPI and trains the LSTM on a bundled trace first, each once, into a cache outside the tree.
#
# Usage: scripts/inference.sh [argument ...]        the arguments go to go test
#        eval "$(scripts/inference.sh --env)"       only prepares, and prints the environment that the test needs
#
# The cache is $HIGHWATER_CACHE or ~/.cache/highwater. The names in it are hashes of everything that decides what is in
# them, so a CI cache can use them as its keys.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

model=test/inference/model
trace=benchmarks/traces/crane_cpu_12_1m.csv.gz
cache=${HIGHWATER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/highwater}

# python prints an interpreter that the lock is for: MLServer 1.7 ends at Python 3.12.
python() {
  local p
  for p in python3.11 python3.12 python3; do
    if "$p" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info[:2] not in [(3, 11), (3, 12)])' 2>/dev/null; then
      command -v "$p"
      return
    fi
  done
  echo "inference: Python 3.11 or 3.12 with its venv module is needed (Debian: python3 python3-venv)" >&2
  return 1
}

hash_of() { sha256sum | cut -c1-16; }

# prepare makes venv and weights, and sets them.
prepare() {
  local python key
  need python3 python3 python3-venv
  python=$(python)
  key=$({ cat $model/requirements.lock; "$python" -c 'import platform, sys; print(sys.version, sys.prefix, platform.machine())'; } | hash_of)
  venv=$cache/inference-venv-$key
  weights=$cache/inference-model-$({ echo "$key"; cat $model/train.py $trace; } | hash_of).keras

  mkdir -p "$cache"
  # One at a time: a venv cannot be made beside its place and renamed.
  exec 9>"$cache/.inference.lock"
  flock 9
  if [ ! -e "$venv/.complete" ]; then
    step "MLServer and TensorFlow, into $venv"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    nice "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: -r $model/requirements.lock
    "$venv/bin/pip" check
    touch "$venv/.complete"
  fi
  if [ ! -e "$weights" ]; then
    step "the LSTM, trained on ${trace##*/}"
    trap 'rm -f "$cache"/.*.$$.*' EXIT
    nice "$venv/bin/python" $model/train.py $trace "$cache/.lstm.$$.keras" 2>"$cache/.lstm.$$.log" || { cat "$cache/.lstm.$$.log"; return 1; }
    mv "$cache/.lstm.$$.keras" "$weights"
  fi
  exec 9>&-
  export HIGHWATER_MLSERVER=$venv HIGHWATER_INFERENCE_MODEL=$weights
}

prepare >&2
if [ "${1-}" = --env ]; then
  export -p | grep -E '^declare -x HIGHWATER_(MLSERVER|INFERENCE_MODEL)=' | sed 's/^declare -x/export/'
  exit
fi
step "a real MLServer"
go test -count=1 -timeout 10m "$@" ./test/inference
