# After first-boot: the filesystem is whole, and every byte is what the first boot wrote.

fsck.ext4 -f -n /dev/vda
result "fsck=clean"
mount -t ext4 /dev/vda /mnt
sha256sum -c /mnt/sums
result "files=$(wc -l </mnt/sums)" "sums=$(sha256sum </mnt/sums | cut -d' ' -f1)"

cd /mnt || exit
fio --eta=never --output=/tmp/fio.log --verify_only /mnt/verify.fio
cd /tmp || exit
grep -E 'READ|err=' /tmp/fio.log
grep -q 'err= 0' /tmp/fio.log
result "fio-verify=ok"
umount /mnt
