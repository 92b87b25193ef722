# shellcheck shell=bash
# Sourced by the scripts of perf/: what a number was measured on, and how quiet it was there.

began_run() {
  began_date=$(date -u '+%Y-%m-%d %H:%M UTC')
  began_load=$(cut -d ' ' -f 1-3 /proc/loadavg)
  read -ra began_cpu < <(sed -n 's/^cpu  *//p' /proc/stat)
}

ended_run() {
  ended_load=$(cut -d ' ' -f 1-3 /proc/loadavg)
  read -ra ended_cpu < <(sed -n 's/^cpu  *//p' /proc/stat)
}

# Lines of a key, a tab and a value.
surroundings() {
  local jdk_line version i total=0
  # shellcheck source=ci/lib/jdk.sh
  . "$root/ci/lib/jdk.sh"
  find_jdk || fail "$(jdk_missing_message)"
  jdk_line=$("$jdk/bin/java" --version | sed -n 2p)
  version=$(git -C "$root" describe --always --dirty 2>/dev/null || echo unknown)
  for i in 0 1 2 3 4 5 6 7; do total=$((total + ended_cpu[i] - began_cpu[i])); done
  printf '%s\t%s\n' \
    date "$began_date" \
    machine "$(lscpu | sed -n 's/^Model name: *//p' | head -n 1), $(nproc) processors, $(
      awk '/MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo
    ), $(machine_kind)" \
    kernel "$(uname -sr)" \
    jdk "$jdk_line" \
    culebra "$version" \
    qemu-storage-daemon "$(qemu-storage-daemon --version | sed -n '1s/.*version //p')" \
    clients "$(client_versions)" \
    processors "back-end on $server_cpu, client on $client_cpu" \
    rounds "$rounds, $seconds s each after $warmup s of warm-up" \
    file "$(file_place)" \
    load "$began_load before, $ended_load after" \
    stolen "$(awk -v s=$((ended_cpu[7] - began_cpu[7])) -v all="$total" \
      'BEGIN { printf "%.1f %% of the processors by the hypervisor", all ? 100 * s / all : 0 }')"
}

machine_kind() {
  local hypervisor
  hypervisor=$(lscpu | sed -n 's/^Hypervisor vendor: *//p')
  echo "${hypervisor:+virtual, }${hypervisor:-no hypervisor}"
}

client_versions() {
  local client names=()
  for client in "${clients[@]}"; do
    case $client in
      bench) names+=('culebra bench of the same build') ;;
      blkio)
        names+=("blkio-bench of libblkio $(
          sed -n 's/^Version: //p' "$("$root/ci/peers/build")"/usr/lib/*/pkgconfig/blkio.pc
        )")
        ;;
    esac
  done
  printf '%s\n' "${names[@]}" | paste -sd, | sed 's/,/, /'
}

file_place() {
  [ -n "${made_file:-}" ] || {
    echo none
    return 0
  }
  echo "$file_size on $(df --output=fstype "$made_file" | tail -n 1), O_DIRECT"
}
