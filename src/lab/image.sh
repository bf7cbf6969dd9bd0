#!/bin/sh
# Makes a minimal Debian tree, just unpacked by mmdebstrap, a lab host. Runs on the building machine as a
# customize hook, with the tree as its one argument. Nothing in the tree belongs to one host: names, keys and
# addresses come with the host's identity, as a drive (machines) or as files of the overlay (containers).
set -eu
root=$1

# put PATH [MODE]: a file of the tree from stdin.
put() {
	mkdir -p "$root$(dirname "$1")"
	cat >"$root$1"
	chmod "${2:-644}" "$root$1"
}

# --- packages that playbooks install: a repository in the tree, so that no host needs a network. First, since
# it is the one part that uses the building machine's resolv.conf ---
repo=/srv/lab/apt
mkdir -p "$root$repo/partial"
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --reinstall --download-only \
	-o "Dir::Cache::archives=$repo" -o Debug::NoLocking=true \
	auditd apparmor-utils firejail firejail-profiles
rm -rf "$root$repo/partial" "$root$repo/lock"
for deb in "$root$repo"/*.deb; do
	# apt takes "%3a" in the name of a file for ":".
	plain=$root$repo/$(basename "$deb" | sed 's/_[0-9]*%3a/_/')
	[ "$deb" = "$plain" ] || mv "$deb" "$plain"
	deb=$plain
	chroot "$root" dpkg-deb --field "$repo/${deb##*/}"
	printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${deb##*/}" "$(stat -c %s "$deb")" \
		"$(sha256sum "$deb" | cut -d' ' -f1)"
done >"$root$repo/Packages"
rm -rf "$root/etc/apt/sources.list.d" "$root/etc/apt/sources.list" "$root"/var/lib/apt/lists/*
printf '%s\n' "deb [trusted=yes] file:$repo ./" | put /etc/apt/sources.list
printf '%s\n' 'Acquire::Languages "none";' | put /etc/apt/apt.conf.d/99lab
chroot "$root" apt-get --quiet update

# --- people: root by key; admin may do anything; ops has to prove it ---
for user in admin ops; do
	chroot "$root" useradd --create-home --shell /bin/bash "$user"
done
printf '%s\n' 'ops:correct horse' | chroot "$root" chpasswd
printf '%s\n' 'admin ALL=(ALL:ALL) NOPASSWD: ALL' 'ops ALL=(ALL:ALL) ALL' | put /etc/sudoers.d/lab 440

# --- ssh: keys of the lab only; no DNS, and room for a controller that opens many sessions at once ---
put /etc/ssh/sshd_config.d/lab.conf <<'END'
PermitRootLogin prohibit-password
PasswordAuthentication no
UseDNS no
MaxStartups 200:30:400
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/lab_authorized_keys
END
rm -f "$root"/etc/ssh/ssh_host_*

# --- network: the identity brings interfaces.d/lab ---
put /etc/network/interfaces <<'END'
auto lo
iface lo inet loopback
source /etc/network/interfaces.d/*
END
rm -f "$root/etc/resolv.conf"
printf '%s\n' 'nameserver 127.0.0.1' 'options timeout:1 attempts:1' | put /etc/resolv.conf

# --- identity: a tar on the second drive, unpacked once, before anything reads it ---
put /etc/systemd/system/lab-identity.service <<'END'
[Unit]
Description=Who this lab host is
DefaultDependencies=no
ConditionPathExists=/dev/vdb
ConditionPathExists=!/etc/lab-identity
After=systemd-remount-fs.service
Before=sysinit.target networking.service ssh.service

[Service]
Type=oneshot
ExecStart=/bin/tar --extract --file=/dev/vdb --directory=/
ExecStart=/bin/hostname --file /etc/hostname

[Install]
WantedBy=sysinit.target
END
chroot "$root" systemctl --quiet enable lab-identity.service

# --- BIND: one zone where the packaged AppArmor profile allows it, and one where it does not ---
put /etc/bind/named.conf.options <<'END'
options {
	directory "/var/cache/bind";
	recursion yes;
	allow-recursion { localhost; };
	dnssec-validation no;
	listen-on { any; };
	listen-on-v6 { none; };
};
END
put /etc/bind/named.conf.local <<'END'
zone "example.test" {
	type primary;
	file "/srv/bind/zones/db.example.test";
};
zone "good.test" {
	type primary;
	file "/etc/bind/db.good.test";
};
END
zone() {
	cat <<END
\$TTL 300
@	IN SOA ns1.$1. hostmaster.$1. 2024010101 3600 600 86400 300
@	IN NS ns1.$1.
ns1	IN A 192.0.2.53
www	IN A 192.0.2.80
@	IN TXT "lab"
END
}
zone example.test | put /srv/bind/zones/db.example.test
zone good.test | put /etc/bind/db.good.test

# The profile is there, and nobody has dared to enforce it: with it, example.test would be SERVFAIL.
mkdir -p "$root/etc/apparmor.d/force-complain"
ln -sf ../usr.sbin.named "$root/etc/apparmor.d/force-complain/usr.sbin.named"

# --- quiet: a saved state must not wake up into a nightly job, nor a boot wait for one ---
# for hardware that no lab host has. Every daemon-reload runs the generators, each 0.04 s under emulation.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
	e2scrub_reap.service fstrim.timer logrotate.timer man-db.timer systemd-tmpfiles-clean.timer \
	ifupdown-pre.service modprobe@dm_mod.service modprobe@loop.service modprobe@drm.service; do
	ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
for generator in cryptsetup debug gpt-auto hibernate-resume integritysetup rc-local run system-update veritysetup; do
	mkdir -p "$root/etc/systemd/system-generators"
	ln -s /dev/null "$root/etc/systemd/system-generators/systemd-$generator-generator"
done
# A container shares the kernel's audit, which is not its own to read.
printf '%s\n' '[Unit]' 'ConditionVirtualization=!container' | put /etc/systemd/system/auditd.service.d/lab.conf
printf '%s\n' '[Journal]' 'Storage=volatile' | put /etc/systemd/journald.conf.d/lab.conf
printf '%s\n' '[Manager]' 'DefaultTimeoutStopSec=20s' | put /etc/systemd/system.conf.d/lab.conf
