# Makes a filesystem on the disk, fills it, prints the sums, and lets fio check what it wrote.
# Variables: fio_size (default 24m), fio_seconds (default 15, the most the mixed load may take).

# C5: to the guest it is a PCI block device.
lspci
lspci | grep -qi 'virtio.*block'
[ -b /dev/vda ]
result "pci=$(lspci -n | awk '$3 ~ /^1af4:(1001|1042)/ { print $3; exit }')"
queue=/sys/block/vda
result "sectors=$(cat $queue/size)" "queues=$(find $queue/mq -name '[0-9]*' | wc -l)"
result "serial=$(cat $queue/serial)" "cache=$(tr ' ' - <$queue/cache_type)"

# C1, C6: an ordinary filesystem over the ordinary driver.
mkfs.ext4 -q -F /dev/vda
mount -t ext4 /dev/vda /mnt
result "mounted=$(awk '$2 == "/mnt" { print $3 }' /proc/mounts)"

mkdir /mnt/files
for i in 1 2 3 4 5 6 7 8; do
  # Sizes that are no multiple of anything.
  dd if=/dev/urandom of=/mnt/files/$i bs=$((i * 37813)) count=3 2>/dev/null
done
sha256sum /mnt/files/* >/mnt/sums
cat /mnt/sums
result "files=$(wc -l </mnt/sums)" "sums=$(sha256sum </mnt/sums | cut -d' ' -f1)"

# Each block holds its own checksum and offset; what is read back is checked, also on the second
# boot: it repeats the sequence by the seed in the file.
cat >/mnt/verify.fio <<END
[small]
directory=/mnt
rw=randwrite
bs=4k
iodepth=16
size=${fio_size:-24m}
randseed=20250
direct=1
ioengine=libaio
verify=crc32c
verify_fatal=1
thread=1
fallocate=none
END
fio --eta=never --output=/tmp/fio.log /mnt/verify.fio
grep -E 'READ|WRITE|err=' /tmp/fio.log
grep -q 'err= 0' /tmp/fio.log

# Reads and writes at once, of mixed sizes; bounded in time.
fio --eta=never --output=/tmp/mixed.log --name=mixed --filename=/mnt/mixed --size=8m --rw=randrw \
  --bsrange=512-32k --blockalign=512 --direct=1 --ioengine=libaio --iodepth=8 --thread=1 \
  --verify=crc32c --verify_fatal=1 --fallocate=none --runtime="${fio_seconds:-15}"
grep -E 'READ|WRITE|err=' /tmp/mixed.log
grep -q 'err= 0' /tmp/mixed.log
result "fio-verify=ok"

rm /mnt/mixed
sync
umount /mnt
