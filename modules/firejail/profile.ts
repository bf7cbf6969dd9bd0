/** Lines by the release 0.9.N that first takes them: firejail ends at a line that it does not know. */
const newIn: ReadonlyMap<string, number> = new Map([
  ['noinput', 66],
  ['restrict-namespaces', 72],
]);

/** The last number of 0.9.N; of another version all is taken. */
const releaseOf = (version: string): number => Number(/^0\.9\.(\d+)/.exec(version)?.[1] ?? Infinity);

/**
 * The Firejail profile for named: Debian's paths, and no "apparmor" line, so that named attaches to its own
 * AppArmor profile inside the jail.
 * Source: worked out on Debian 12 with firejail 0.9.72. The published profiles hide /usr/share/dns (root hints),
 * include files that are gone, or leave /var/cache/bind unwritable.
 * @param version of the package
 */
export function profileText(writable: readonly string[], version: string): string {
  const release = releaseOf(version);
  return wholeProfile(writable)
    .split('\n')
    .filter((line) => release >= (newIn.get(line) ?? 0))
    .join('\n');
}

const wholeProfile = (writable: readonly string[]): string =>
  `# Managed by confine: changes made here are undone by its next run.
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
