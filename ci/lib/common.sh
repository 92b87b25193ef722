# shellcheck shell=bash
# Sourced by the scripts of ci/: where things are, how to speak, how to start a server and end it.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# Large things that outlive the clone: kernels, the chroot of peers, probe results.
cache=${CULEBRA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/culebra}
# The program under test; ci/reference-backend puts QEMU's own back-end in its place.
culebra=${CULEBRA:-$root/culebra}

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "${0##*/}: $*"
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# A directory for sockets and small files, removed at the end. Under /tmp and short, because a
# unix socket's path ends at 107 bytes.
make_scratch() {
  scratch=$(mktemp -d /tmp/culebra.XXXXXX)
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

servers=()
clean_up() {
  local status=$? pid log
  if [ "$status" != 0 ]; then
    for log in "$scratch"/*.log; do
      [ -s "$log" ] && say "-- end of ${log##*/}:" && tail -n 40 "$log" >&2
    done
  fi
  for pid in "${servers[@]}"; do end_server "$pid" 5 || true; done
  rm -rf "$scratch"
}

# start_server LOG COMMAND...: runs it in the background; its pid is then in $server.
start_server() {
  local log=$1
  shift
  "$@" >>"$log" 2>&1 </dev/null &
  server=$!
  servers+=("$server")
}

# end_server PID SECONDS: SIGTERM, then SIGKILL after the bound; returns the server's exit status.
end_server() {
  local pid=$1 bound=$2 rest=() other
  for other in "${servers[@]}"; do [ "$other" = "$pid" ] || rest+=("$other"); done
  servers=("${rest[@]}")
  kill -TERM "$pid" 2>/dev/null || true
  if ! await "$bound" is_gone "$pid"; then kill -KILL "$pid" 2>/dev/null || true; fi
  wait "$pid" 2>/dev/null
}

# await SECONDS COMMAND...: until the command succeeds; false when the time is up.
await() {
  local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
  shift
  until "$@"; do
    [ "${EPOCHREALTIME/[.,]/}" -lt "$end" ] || return 1
    sleep 0.05
  done
}

# A zombie still has its pid: it is gone all the same.
is_gone() {
  local state
  state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || return 0
  [ -z "$state" ] || [ "$state" = Z ]
}

# The file of a socket appears before listen(), and a probing connect would be taken for a
# front-end: the kernel's own table tells (flag __SO_ACCEPTCON).
is_listening() {
  awk -v path="$1" '$4 == "00010000" && $8 == path { found = 1 } END { exit !found }' /proc/net/unix
}

# await_socket PATH PID LOG: until PATH listens; fails with the log's end when the server died.
await_socket() {
  local path=$1 pid=$2 log=$3
  await 60 listening_or_gone "$path" "$pid" || true
  is_listening "$path" || {
    tail -n 20 "$log" >&2
    fail "$path: nothing listens (process $pid, log $log)"
  }
}

listening_or_gone() { is_listening "$1" || is_gone "$2"; }
