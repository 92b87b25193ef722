# shellcheck shell=bash
# Sourced by ci/guest/build: the distribution's smallest kernel for virtual machines.

# The package that the meta package depends on now; where apt knows nothing (no lists, no network)
# the newest one that was downloaded before. Asked again only after apt-get update: starting apt
# costs more than all the rest of a call that finds everything built.
newest_kernel_package() {
  local known=$store/kernel-package package=''
  if [ "$known" -nt /var/lib/apt/lists ] && [ "$known" -nt "${BASH_SOURCE[0]}" ]; then
    cat "$known"
    return
  fi
  package=$(kernel_package_of_apt)
  if [ -n "$package" ]; then
    echo "$package" | tee "$known"
    return
  fi
  package=$(find "$store/packages" -name 'linux-image-*.deb' -printf '%T@ %f\n' |
    sort -n | tail -n 1 | sed 's/.* //; s/_.*//')
  [ -n "$package" ] || fail "apt knows no kernel package: run ci/setup (it runs apt-get update)"
  echo "$package"
}

kernel_package_of_apt() {
  local meta metas=(linux-image-cloud-amd64 linux-image-virtual)
  [ "$(uname -m)" != aarch64 ] || metas=(linux-image-cloud-arm64 linux-image-virtual)
  for meta in "${metas[@]}"; do
    apt-cache depends "$meta" 2>/dev/null | awk '/Depends: linux-image-/ { print $2; exit }'
  done | head -n 1
}

# fetch_package NAME: downloads it once into the store and prints the file.
fetch_package() {
  local file
  file=$(find "$store/packages" -name "$1_*.deb" -print -quit)
  if [ -z "$file" ]; then
    # As root apt would switch to a user that may not write here.
    (cd "$store/packages" && apt-get -o APT::Sandbox::User=root download -q "$1") >&2 ||
      fail "apt-get download $1: see above; is there a network, did apt-get update run?"
    file=$(find "$store/packages" -name "$1_*.deb" -print -quit)
  fi
  echo "$file"
}

# unpack_package NAME DIRECTORY PATH...: only these paths, where the package has them.
unpack_package() {
  local file path directory=$2
  file=$(fetch_package "$1")
  shift 2
  mkdir -p "$directory"
  for path in "$@"; do
    # tar complains about a path that the package lacks; what matters is checked by the users.
    dpkg-deb --fsys-tarfile "$file" | tar -x -C "$directory" "$path" 2>/dev/null || true
  done
}

unpack_kernel() {
  unpack_package "$1" "$2" ./boot ./lib ./usr/lib
  # Ubuntu's image holds no modules: they are a package of their own.
  if ! find "$2" -path '*/modules/*' -name 'virtio*' | grep -q .; then
    unpack_package "${1/linux-image/linux-modules}" "$2" ./lib ./usr/lib
  fi
}

# install_kernel UNPACKED OUT: as `kernel` what QEMU starts fastest.
install_kernel() {
  local image
  image=$(find "$1/boot" -name 'vmlinuz-*' -print -quit)
  [ -n "$image" ] || fail "$1: the package holds no vmlinuz"
  case $(uname -m)-${image##*/} in
    # Unpacked here rather than in emulated code it boots in half the time, by its PVH note. From
    # 6.2 on that start is not reliable under QEMU 7.2's emulation.
    x86_64-vmlinuz-6.1.*) extract_elf "$image" "$2/kernel" || cp "$image" "$2/kernel" ;;
    *) cp "$image" "$2/kernel" ;;
  esac
  chmod 644 "$2/kernel"
}

# extract_elf BZIMAGE OUT: the payload by the x86 boot protocol's header (setup_sects,
# payload_offset, payload_length); its last 4 bytes are the unpacked size.
extract_elf() {
  local sectors offset length payload
  sectors=$(od -An -tu1 -j $((0x1f1)) -N 1 "$1")
  offset=$(od -An -tu4 -j $((0x248)) -N 4 "$1")
  length=$(od -An -tu4 -j $((0x24c)) -N 4 "$1")
  payload=$2.payload
  tail -c +$(((sectors + 1) * 512 + offset + 1)) "$1" | head -c $((length - 4)) >"$payload" || true
  case $(od -An -tx1 -N 4 "$payload" | tr -d ' ') in
    02214c18) lz4 -dcq "$payload" >"$2" ;;
    28b52ffd) zstd -dcq "$payload" >"$2" ;;
    fd377a58) xz -dc "$payload" >"$2" ;;
    *) rm -f "$payload" && return 1 ;;
  esac
  rm "$payload"
}

# install_modules UNPACKED ROOT: in an order in which insmod finds what each one needs. A name that
# isn't found is built in.
install_modules() {
  local name
  module_tree=$1
  module_root=$2
  declare -gA module_seen=()
  mkdir -p "$module_root/mod"
  : >"$module_root/mod/order"
  find "$module_tree" -name '*.ko.xz' -exec xz -d {} +
  find "$module_tree" -name '*.ko.zst' -exec zstd -dq --rm {} +
  for name in virtio_pci virtio_blk crc32c_generic crc32c_intel libcrc32c ext4; do add_module "$name"; done
}

add_module() {
  local name=${1//-/_} file dependency dependencies
  [ -z "${module_seen[$name]:-}" ] || return 0
  module_seen[$name]=1
  file=$(find "$module_tree" \( -name "$name.ko" -o -name "${name//_/-}.ko" \) -print -quit)
  [ -n "$file" ] || return 0
  # .modinfo is a list of key=value strings, each ended by a zero byte.
  dependencies=$(tr '\0' '\n' <"$file" | sed -n 's/^depends=//p')
  for dependency in ${dependencies//,/ }; do add_module "$dependency"; done
  cp "$file" "$module_root/mod/$name.ko"
  echo "$name" >>"$module_root/mod/order"
}
