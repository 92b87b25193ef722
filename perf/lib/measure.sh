# shellcheck shell=bash
# Sourced after ci/lib/common.sh by the scripts of perf/: processors, servers, clients, samples.

# Where there are two processors the back-end has one for itself.
if [ "$(nproc)" -ge 2 ]; then
  client_cpu=0 server_cpu=1
  on_client=(taskset -c "$client_cpu") on_server=(taskset -c "$server_cpu")
else
  client_cpu=- server_cpu=-
  on_client=() on_server=()
fi
ticks_per_s=$(getconf CLK_TCK)

# microseconds VAR: the time, without a process that would disturb what is measured.
microseconds() { printf -v "$1" '%s' "${EPOCHREALTIME/[.,]/}"; }

# cpu_ticks VAR PID: what all threads of a process used so far, the ones that have ended too.
cpu_ticks() {
  local line fields
  read -r line <"/proc/$2/stat"
  read -ra fields <<<"${line##*) }" # the name may hold blanks
  printf -v "$1" '%s' $((fields[11] + fields[12]))
}

# waited_ns VAR PID: how long its threads were ready to run and something else ran.
waited_ns() {
  local task ran waited slices total=0
  for task in "/proc/$2/task"/*; do
    if read -r ran waited slices 2>/dev/null <"$task/schedstat"; then total=$((total + waited)); fi
  done
  : "$ran" "$slices"
  printf -v "$1" '%s' "$total"
}

# is_attached PATH: a front-end is connected to the socket (state SS_CONNECTED).
is_attached() {
  awk -v path="$1" '$6 == "03" && $8 == path { found = 1 } END { exit !found }' /proc/net/unix
}

attached_or_gone() { is_attached "$1" || is_gone "$2"; }

# start_culebra LOG OPTION...: `culebra serve`; its pid is then in $server.
start_culebra() {
  local log=$1
  shift
  start_server "$log" "${on_server[@]}" "$culebra" serve "$@"
}

# start_qsd SOCKET NODE: qemu-storage-daemon's vhost-user-blk export of a block node, read-only
# where the node is.
start_qsd() {
  local writable=on
  case $2 in *read-only=on*) writable=off ;; esac
  start_server "$scratch/qsd.log" "${on_server[@]}" qemu-storage-daemon \
    --blockdev "$2,node-name=d0" \
    --export "type=vhost-user-blk,id=e0,node-name=d0,writable=$writable,addr.type=unix,addr.path=$1"
}

bench() { "${on_client[@]}" "$root/culebra" bench --bs 4k --output json "$@"; }

# value FILE KEY: the first number of that name in a client's report.
value() {
  awk -F '[:,]' -v key="\"$2\"" '{ for (i = 1; i < NF; i++) { name = $i; gsub(/[ {\[]/, "", name)
    if (name == key) { print $(i + 1) + 0; exit } } }' "$1"
}

# client_command SOCKET CLIENT DEPTH MODE: sets client to the command line of a random reader.
client_command() {
  local spin=()
  [ "$4" != poll ] || spin=(--poll)
  case $2 in
    bench)
      client=("${on_client[@]}" "$root/culebra" bench --socket-path "$1" --rw randread --bs 4k
        --iodepth "$3" --warmup "$warmup" --runtime "$seconds" --output json "${spin[@]}")
      ;;
    blkio)
      client=("${on_client[@]}" "$root/ci/peers/run" blkio-bench "--runtime=$whole_seconds"
        --iodepth="$3" --readwrite=randread --blocksize=4096 "${spin[@]}"
        virtio-blk-vhost-user "path=$1")
      if [ -n "$read_only" ]; then client+=(read-only=true); fi
      ;;
  esac
}

# measure ROW BACK_END ROUND SOCKET PID: runs the client once and adds a line to samples.tsv:
# row, back-end, round, IOPS, p50 and p99 in ns (- if not told), the back-end's CPU seconds per
# million I/O, and how much of the time its threads waited for a processor, in percent.
#
# The processor time is taken over the middle 80 % of the time that the client counts, so that
# connecting and warming up are not in it.
measure() {
  local row=$1 back_end=$2 socket=$4 pid=$5 report=$scratch/report.json client_pid
  local client began ended ticks_began ticks_ended waited_began waited_ended length=$seconds
  local lead=$warmup
  client_command "$socket" "${row%%:*}" "$(depth_of "$row")" "${row##*-}"
  if [ "${row%%:*}" = blkio ]; then lead=0 length=$whole_seconds; fi
  "${client[@]}" >"$report" 2>"$scratch/client.log" </dev/null &
  client_pid=$!
  await 60 attached_or_gone "$socket" "$client_pid" || fail "$row, $back_end: nobody attached"
  sleep "$(awk -v lead="$lead" -v s="$length" 'BEGIN { print lead + s * 0.1 }')"
  cpu_ticks ticks_began "$pid" && waited_ns waited_began "$pid" && microseconds began
  sleep "$(awk -v s="$length" 'BEGIN { print s * 0.8 }')"
  cpu_ticks ticks_ended "$pid" && waited_ns waited_ended "$pid" && microseconds ended
  wait "$client_pid" || fail "$row, $back_end: ${client[*]}: status $?"
  sample_line "$report" "$row" "$back_end" "$3" $((ended - began)) \
    $((ticks_ended - ticks_began)) $((waited_ended - waited_began)) >>"$scratch/samples.tsv"
}

# sample_line REPORT ROW BACK_END ROUND MICROSECONDS TICKS WAITED_NS
sample_line() {
  local iops p50=- p99=-
  case $2 in
    bench:*)
      iops=$(value "$1" iops) p50=$(value "$1" p50Ns) p99=$(value "$1" p99Ns)
      [ "$(value "$1" errors)" = 0 ] || fail "$2, $3: $(value "$1" errors) requests failed"
      ;;
    blkio:*) iops=$(value "$1" kiops | awk '{ print $1 * 1000 }') ;;
  esac
  awk -v OFS='\t' -v row="$2" -v back_end="$3" -v round="$4" -v us="$5" -v ticks="$6" \
    -v waited="$7" -v hz="$ticks_per_s" -v iops="$iops" -v p50="$p50" -v p99="$p99" '
    BEGIN {
      cpu = ticks / hz * 1e6 / us # of one second
      per_million = iops > 0 ? cpu / iops * 1e6 : "-"
      busy = waited < 0 ? 0 : waited / 10 / us
      print row, back_end, round, iops, p50, p99, per_million, busy
    }'
}

# null-32-poll, with or without a client in front: 32
depth_of() {
  local rest=${1%-*}
  echo "${rest##*-}"
}
