/** A BIND of somebody's own: binary, libraries, configuration, zones and data in /opt, and a unit for it. */
export const installOwn = `set -e
mkdir -p /opt/bind/sbin /opt/bind/lib /opt/bind/var
cp /usr/sbin/named /opt/bind/sbin/
ldd /usr/sbin/named | sed -n 's/.*=> \\(.*\\/lib\\(isc\\|dns\\|ns\\|isccfg\\|bind9\\|isccc\\|irs\\)-[^ ]*\\) .*/\\1/p' | xargs -I{} cp {} /opt/bind/lib/
cp -a /etc/bind /opt/bind/etc
cp -a /srv/bind/zones /opt/bind/zones
sed -i 's#/etc/bind/named#/opt/bind/etc/named#; s#/srv/bind/zones#/opt/bind/zones#; s#/var/cache/bind#/opt/bind/var#' /opt/bind/etc/named.conf*
chown bind:bind /opt/bind/var
cat >/etc/systemd/system/bind-opt.service <<'UNIT'
[Unit]
Description=BIND of our own
After=network.target
[Service]
Type=notify
Environment=LD_LIBRARY_PATH=/opt/bind/lib
ExecStart=/opt/bind/sbin/named -f -u bind -c /opt/bind/etc/named.conf
ExecReload=/usr/sbin/rndc reload
ExecStop=/usr/sbin/rndc stop
[Install]
WantedBy=multi-user.target
UNIT
systemctl disable --now named
systemctl daemon-reload
systemctl enable --now bind-opt`;

/** Takes it away again, for hosts that other tests go on with. */
export const removeOwn = `set -e
systemctl disable -q --now bind-opt
rm -r /etc/systemd/system/bind-opt.service /opt/bind
systemctl daemon-reload
systemctl enable -q --now named`;
