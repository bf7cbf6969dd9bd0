# sh disk.sh IMAGE FOLDER FILE...: what a disk holds whose plug was pulled, and what the recovery at boot makes of it.
# In a mount namespace of its own: all that is mounted goes with it. The mount replays the journal of ext4, as a boot does.
set -eu
image=$1 root=$2/root
shift 2
mkdir -p "$root"
qemu-img convert -O raw "$image" "$image.raw"
mount -o loop,noauto_da_alloc "$image.raw" "$root"
rm -f "$image.raw"
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
transactions=$root/var/lib/confine/transactions

echo "phase $(cat "$transactions"/*/phase 2>/dev/null || echo none)"
# As systemd would: the link leads to a unit, its condition holds, its command runs.
link=$root/etc/systemd/system/sysinit.target.wants/confine-recover.service
if grep -qx 'ExecStart=/bin/sh /var/lib/confine/recover.sh boot -' "$link" 2>/dev/null && [ -e "$root/var/lib/confine/recover.sh" ]; then
  echo armed
  SYSTEMD_OFFLINE=1 chroot "$root" /bin/sh /var/lib/confine/recover.sh boot - 2>&1 |
    sed '/^Running in chroot, ignoring command/d; s/^/says /'
fi
echo "outcome $(sed -n 's/^outcome\t//p' "$transactions"/*/outcome 2>/dev/null)"
for it in "$transactions"/*; do
  [ -e "$it" ] || continue
  for file in phase meta outcome manifest; do [ -s "$it/$file" ] || echo "left ${it##*/} without $file"; done
  for file in new stage units reserve phase.new outcome.new; do [ ! -e "$it/$file" ] || echo "left ${it##*/}/$file"; done
done
cd "$root"
find . -xdev '(' -name '.confine-*' -o -name 'confine-*.service' -o -name recover.sh ')' | sed 's/^/left /'
for it in "$@"; do
  echo "node $it $(stat -c '%F %a %U:%G' ".$it" 2>/dev/null || echo absent) $(readlink ".$it" || sha256sum <".$it" || :)"
done 2>/dev/null
# The unit of recovery is told above, wherever it is left.
echo "etc $({ find etc ! -name confine-recover.service -printf '%p %y %m %U:%G %l\n' | sort; find etc -type f ! -name confine-recover.service -exec sha256sum {} + | sort; } | sha256sum)"
