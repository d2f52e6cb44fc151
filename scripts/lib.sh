# shellcheck shell=bash
# What the scripts share: steps with their time, and tools of the machine.

step() { printf '\n=== %s (%ss)\n' "$*" "$SECONDS"; }

# need COMMAND PACKAGE… installs Debian packages unless the command is there.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null && return
  if ! command -v apt-get >/dev/null; then
    echo "$command is needed; install it (Debian: $*)" >&2
    return 1
  fi
  local sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
