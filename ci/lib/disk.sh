# shellcheck shell=bash
# Sourced after common.sh by the interop scripts: disks served by Culebra, and what is put on them.

disks=0

# serve_disk TARGET [FORMAT [QUEUES]]: sets socket to where the disk is served, server to the pid.
serve_disk() {
  disks=$((disks + 1))
  socket=$scratch/disk$disks.sock
  say "-- serve $1, ${2:-raw}, ${3:-1} queues"
  start_server "$scratch/serve.log" "$culebra" serve \
    --disk "name=d0,socket=$socket,target=$1,format=${2:-raw},queues=${3:-1}"
  await_socket "$socket" "$server" "$scratch/serve.log"
}

# serve_node NAME=FILE...: an embedded storage node; sets node_socket, and node to its pid.
serve_node() {
  node_socket=$scratch/node.sock
  start_server "$scratch/serve.log" "$culebra" storage-node --listen "unix:$node_socket" "$@"
  node=$server
  await_socket "$node_socket" "$node" "$scratch/serve.log"
}

# stop PID: a server that doesn't drain and end with status 0 is a failure.
stop() {
  local status=0
  end_server "$1" 20 || status=$?
  [ "$status" = 0 ] || fail "process $1: status $status after SIGTERM, not 0"
}

# make_image FILE MEBIBYTES: data between holes, at offsets that are no multiple of a cluster.
make_image() {
  local at
  rm -f "$1"
  truncate -s "$2M" "$1"
  for ((at = 0; at < $2 * 16; at += 27)); do
    dd if=/dev/urandom of="$1" bs=4k seek=$((at * 16 + at % 13)) count=$((at % 19 + 1)) \
      conv=notrunc status=none
  done
  truncate -s "$2M" "$1"
}

# same FORMAT FILE FORMAT FILE: by QEMU's own reader.
same() {
  qemu-img compare -q -f "$1" -F "$3" "$2" "$4" || fail "$2 and $4 differ"
}

# clean FILE: qemu-img check finds neither errors nor leaks.
clean() {
  qemu-img check -f qcow2 "$1" >"$scratch/check.log" 2>&1 || {
    cat "$scratch/check.log" >&2
    fail "$1: qemu-img check found faults"
  }
}

# front_end SOCKET: the options with which QEMU's block layer attaches to it.
front_end() { echo "driver=virtio-blk-vhost-user,path=$1,cache.direct=on"; }

peer() { "$root/ci/peers/run" "$@"; }

# two_boots SOCKET OPTION...: the guest's sums of the second boot are those of the first.
two_boots() {
  local first second
  first=$scratch/first.log second=$scratch/second.log
  "$root/ci/guest/run" --socket "$@" --job "$root/ci/guest/jobs/first-boot.sh" --log "$first"
  "$root/ci/guest/run" --socket "$@" --job "$root/ci/guest/jobs/second-boot.sh" --log "$second"
  [ "$(guest_sums "$first")" = "$(guest_sums "$second")" ] ||
    fail "sums: first boot $(guest_sums "$first"), second boot $(guest_sums "$second")"
}

guest_sums() { sed -n 's/^CULEBRA-RESULT .*sums=\([0-9a-f]\{64\}\).*/\1/p' "$1"; }

# The kernel's table has the port in hexadecimal, and 0A for LISTEN.
listens_on_port() { grep -qi "0100007F:$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp; }

# Prints a port of 127.0.0.1 that nobody listens on, below the ones the kernel hands out.
free_port() {
  local port=$((20000 + RANDOM % 10000))
  while listens_on_port "$port"; do port=$((port + 1)); done
  echo "$port"
}
