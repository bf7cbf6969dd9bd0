# Builds /root/bind9-newer.deb: the installed bind9 with a higher version, and one more rule in its profile.
set -eu
tree=/root/bind9-newer
info=/var/lib/dpkg/info/bind9
mkdir -p "$tree/DEBIAN"
# A host may leave out documentation (path-exclude of dpkg), and has /lib as a link to a folder.
dpkg-query -L bind9 | while IFS= read -r path; do
  if [ -L "$path" ] && [ -d "$path" ]; then continue; fi
  if [ -e "$path" ] && [ "$path" != /. ]; then printf '%s\n' "${path#/}"; fi
done | tar -C / --no-recursion -cf - -T - | tar -C "$tree" -xf -
dpkg-query -s bind9 | awk '
  /^Status:/ { next }
  /^Conffiles:/ { skip = 1; next }
  skip && /^ / { next }
  { skip = 0 }
  /^Version:/ { $0 = $0 "+confine1" }
  { print }' >"$tree/DEBIAN/control"
for script in conffiles preinst postinst prerm postrm; do
  [ ! -e "$info.$script" ] || cp -p "$info.$script" "$tree/DEBIAN/$script"
done
sed -i 's#^}#  /srv/newer/ r,\n}#' "$tree/etc/apparmor.d/usr.sbin.named"
dpkg-deb --build "$tree" /root/bind9-newer.deb >/dev/null
