#!/bin/sh
# Keeps the initrd of a lab machine small: it has one kind of disk and one file system. Runs as an extract
# hook, before the kernel is installed, with the tree as its one argument.
set -eu
root=$1
mkdir -p "$root/etc/initramfs-tools/conf.d" "$root/usr/share/initramfs-tools/modules.d"
printf '%s\n' 'MODULES=list' 'COMPRESS=gzip' 'FSTYPE=ext4' >"$root/etc/initramfs-tools/conf.d/lab"
printf '%s\n' virtio_pci virtio_blk virtio_net crc32c_generic ext4 >"$root/usr/share/initramfs-tools/modules.d/lab"
