# shellcheck shell=bash
# Sourced by ci/guest/build: what runs in the guest, taken from the packages that ci/setup installed.

program_versions() {
  local package
  for package in fio e2fsprogs pciutils libc6; do
    dpkg-query -W -f '${Package} ${Version}\n' "$package" 2>/dev/null ||
      fail "package $package: not installed; run ci/setup"
  done
}

# lay_out ROOT: with merged /usr, as the libraries' paths on the host are.
lay_out() {
  local name
  mkdir -p "$1"/{dev,proc,sys,tmp,mnt,etc,usr/share/misc}
  for name in bin sbin lib lib64; do
    mkdir "$1/usr/$name"
    ln -s "usr/$name" "$1/$name"
  done
  : >"$1/etc/mtab"
}

install_busybox() {
  local file
  file=$(find "$1" -name busybox -type f -print -quit)
  [ -n "$file" ] || fail "busybox-static: the package holds no busybox"
  install -m 755 "$file" "$2/usr/bin/busybox"
  # init makes the links for the other names: under emulation that is one start, here it would be
  # a file for each.
  ln -s busybox "$2/usr/bin/sh"
}

# install_program NAME ROOT: with every library that the loader would map, to the same path.
install_program() {
  local file library
  file=$(PATH=$PATH:/usr/sbin:/sbin type -P "$1") || fail "$1: not found; run ci/setup"
  cp -L "$file" "$2/usr/bin/$1"
  for library in $(ldd "$file" | grep -o '/[^ ]*'); do
    [ -e "$2$library" ] || install_file "$library" "$2"
  done
}

install_file() {
  mkdir -p "$2$(dirname "$1")"
  cp -L "$1" "$2$1"
}

# Only virtio's and QEMU's own vendors: the whole list is a megabyte that nobody in there looks at.
install_pci_ids() {
  local list
  for list in /usr/share/misc/pci.ids /usr/share/hwdata/pci.ids /usr/share/pci.ids; do
    [ -e "$list" ] || continue
    awk '/^[0-9a-f]/ { keep = /^(1af4|1b36|8086)/ } /^C / { keep = 1 } keep' "$list" \
      >"$1/usr/share/misc/pci.ids"
    return 0
  done
}

# A library that is opened by name at run time is in nobody's list of needed ones: only running
# the programs where nothing else is to be found shows that all of them are there.
check_programs() {
  in_root "$1" /usr/bin/fio --name=check --filename=/tmp/check --size=256k --bs=4k \
    --rw=randwrite --ioengine=libaio --iodepth=4 --verify=crc32c --output=/tmp/log ||
    fail "fio does not run inside the initramfs: $(cat "$1/tmp/log")"
  in_root "$1" /usr/bin/mkfs.ext4 -q -F /tmp/check 1m >/dev/null 2>&1 ||
    fail "mkfs.ext4 does not run inside the initramfs"
  in_root "$1" /usr/bin/fsck.ext4 -n /tmp/check >/dev/null 2>&1 ||
    fail "fsck.ext4 does not run inside the initramfs"
  in_root "$1" /usr/bin/lspci --version >/dev/null || fail "lspci does not run inside the initramfs"
  rm -f "$1"/tmp/*
}

in_root() {
  if [ "$(id -u)" = 0 ]; then chroot "$@"; else unshare -r chroot "$@"; fi
}
