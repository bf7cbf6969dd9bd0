/**
 * The Firejail profile for named: Debian's paths, and no "apparmor" line, so that named attaches to its own
 * AppArmor profile inside the jail.
 * Source: worked out on Debian 12 with firejail 0.9.72. The published profiles hide /usr/share/dns (root hints),
 * include files that are gone, or leave /var/cache/bind unwritable.
 */
export function profileText(writable: readonly string[]): string {
  return `# Managed by confine: changes made here are undone by its next run.
quiet
name named

# named and rndc lie in sbin, which disable-common.inc would hide.
noblacklist /sbin
noblacklist /usr/sbin
noblacklist /var/run
include disable-common.inc
include disable-devel.inc
include disable-interpreters.inc
include disable-programs.inc
include disable-xdg.inc

caps.keep net_bind_service,setgid,setuid,sys_chroot,sys_resource
nonewprivs
seccomp
memory-deny-write-execute
restrict-namespaces
protocol unix,inet,inet6,netlink
ipc-namespace
nogroups
dbus-user none
dbus-system none

keep-dev-shm
private-dev
private-tmp
disable-mnt
writable-var
read-only /srv
${writable.map((path) => `read-write ${path}\n`).join('')}
no3d
nodvd
noinput
nosound
notv
nou2f
novideo
`;
}
