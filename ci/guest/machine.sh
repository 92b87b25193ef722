# shellcheck shell=bash
# Sourced: the virtual machine's command line on this architecture, and whether KVM is of use.

# machine_options ACCELERATOR CPUS MEMORY: sets the array qemu to the program (CULEBRA_QEMU may name
# one that runs another QEMU, as ci/peers/run does), and the array machine to it and all options
# that don't depend on disk and kernel.
machine_options() {
  local program board cpu=max
  case $(uname -m) in
    x86_64) program=qemu-system-x86_64 board=q35 console=ttyS0 ;;
    aarch64) program=qemu-system-aarch64 board=virt console=ttyAMA0 ;;
    *) fail "$(uname -m): no guest for this architecture (x86_64 and aarch64 have one)" ;;
  esac
  [ "$1" != kvm ] || cpu=host
  read -ra qemu <<<"${CULEBRA_QEMU:-} $program"
  machine=("${qemu[@]}" -nodefaults -no-user-config -display none -no-reboot
    -chardev "stdio,id=console,signal=off" -serial chardev:console
    -machine "$board,accel=$1,memory-backend=memory" -cpu "$cpu" -smp "$2"
    -object "memory-backend-memfd,id=memory,size=$3,share=on" -m "$3")
}

# kernel_options GUEST INITRAMFS ARGUMENTS
kernel_options() {
  # A panic ends the machine (panic=-1 with -no-reboot) instead of waiting for the time limit.
  machine+=(-kernel "$1/kernel" -initrd "$2" -append "console=$console panic=-1 $3")
}

# Prints kvm or tcg. A /dev/kvm that opens may still not run a kernel, or run it at a crawl: what
# counts is whether the kernel's first line comes within 5 s. Asked once per boot of the host.
accelerator() {
  local answer answers=$cache/guest/accelerator
  answer=$(cat "$answers" 2>/dev/null || true)
  case $answer in
    "$(boot_id) "*) ;;
    *)
      answer="$(boot_id) tcg"
      if [ -w /dev/kvm ] && kernel_speaks kvm "$1"; then answer="$(boot_id) kvm"; fi
      echo "$answer" >"$answers"
      ;;
  esac
  echo "${answer##* }"
}

boot_id() { cat /proc/sys/kernel/random/boot_id; }

# kernel_speaks ACCELERATOR GUEST
kernel_speaks() {
  local qemu machine console
  machine_options "$1" 1 256M
  # /dev/null as the initramfs: the kernel stops at "no root", after its first line.
  kernel_options "$2" /dev/null "earlycon earlyprintk=serial,$console"
  # grep -q ends at the first match; QEMU then dies of SIGPIPE or of the limit.
  timeout -k 1 5 "${machine[@]}" </dev/null 2>/dev/null | grep -q 'Linux version'
}
