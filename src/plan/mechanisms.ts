/** The mechanisms of confinement, and what else may own a thing of a unit. */
export type Mechanism =
  | 'AppArmor'
  | 'aa-exec'
  | 'AppArmorProfile='
  | 'SELinux'
  | 'Firejail'
  | 'systemd sandbox'
  | 'seccomp'
  | 'chroot'
  | 'unit';

/** How well it is known: seen on a real host, or by documents alone, or neither. */
export type Proof = 'observed' | 'documented' | 'unproven';

/** What is known of two mechanisms on one unit. */
export interface Pair {
  readonly a: Mechanism;
  readonly b: Mechanism;
  /**
   * `fits`; `pointless` where one adds nothing to the other; `conditional` where it depends on a setting, for
   * which there is a rule of its own; `conflict` where no setting makes them fit.
   */
  readonly verdict: 'fits' | 'pointless' | 'conditional' | 'conflict';
  readonly reason: string;
  readonly source: string;
  readonly proof: Proof;
  readonly advice: string;
}

const measured = 'measured on Debian 12: AppArmor 3.0.8, systemd 252, firejail 0.9.72, BIND 9.18';
const exclusive =
  'kernel documentation, admin-guide/LSM: one exclusive security module is active after a boot';

const pair = (
  a: Mechanism,
  b: Mechanism,
  verdict: Pair['verdict'],
  reason: string,
  advice: string,
  [source, proof]: readonly [string, Proof] = [measured, 'observed'],
): Pair => ({ a, b, verdict, reason, source, proof, advice });

/** Every two of the mechanisms, in one place. */
export const pairs: readonly Pair[] = [
  pair(
    'AppArmor',
    'aa-exec',
    'fits',
    'aa-exec puts a BIND that no profile attaches to under the profile; where the profile attaches by itself, as to /usr/sbin/named, it adds nothing',
    'use aa-exec for a BIND in /opt or /usr/local only',
  ),
  pair(
    'AppArmor',
    'AppArmorProfile=',
    'pointless',
    'the profile attaches to /usr/sbin/named by itself, and AppArmorProfile= also confines rndc, so that reload and stop fail from a root start',
    'leave AppArmorProfile= out',
  ),
  pair(
    'aa-exec',
    'AppArmorProfile=',
    'conflict',
    'systemd has put aa-exec under the profile before it runs, and from inside a profile it may not change to one: "insufficient permissions to change to the profile"',
    'keep one of them: AppArmorProfile= with User=bind, aa-exec otherwise',
  ),
  ...(['AppArmor', 'aa-exec', 'AppArmorProfile='] as const).map((it) =>
    pair(
      it,
      'SELinux',
      'conflict',
      'a kernel has one of the two security modules active, so one of the tasks would do nothing',
      'use the security module that the distribution ships with',
      [exclusive, 'documented'],
    ),
  ),
  ...(['Firejail', 'systemd sandbox', 'seccomp', 'chroot'] as const).map((it) =>
    pair(
      'SELinux',
      it,
      'fits',
      'the security module decides on labels, whatever encloses the process',
      'no host with SELinux was tried: try it on one of yours first',
      ['SELinux documentation', 'unproven'],
    ),
  ),
  pair(
    'AppArmor',
    'Firejail',
    'fits',
    'named attaches to its profile inside the jail, as long as the jail itself has no "apparmor" line',
    'leave "apparmor" out of the Firejail profile',
  ),
  pair(
    'aa-exec',
    'Firejail',
    'fits',
    'firejail may run aa-exec; the other way round the jail can’t be set up under the profile',
    'confine puts firejail outside',
  ),
  pair(
    'AppArmorProfile=',
    'Firejail',
    'conflict',
    'under the profile of named, firejail can’t even look around: "cannot open /proc directory"',
    'leave AppArmorProfile= out: named attaches to its profile inside the jail',
  ),
  ...(['systemd sandbox', 'seccomp'] as const).map((it) =>
    pair('AppArmor', it, 'fits', 'all tiers and a filter alone were worked out under enforce', ''),
  ),
  pair(
    'aa-exec',
    'systemd sandbox',
    'fits',
    'a process leaves "unconfined" whatever NoNewPrivileges says; the whole work-out passes with aa-exec under every tier, and nothing is denied',
    '',
    ['measured on Debian 12 with the work-out: test/matrix/tiers.test.ts', 'observed'],
  ),
  pair(
    'aa-exec',
    'seccomp',
    'fits',
    'with @system-service alone named starts under the profile, answers, reloads and stops, and nothing is denied, whether a violation leads to an error or to SIGSYS; the whole work-out passes under every tier, which has a filter, too',
    '',
  ),
  ...(['systemd sandbox', 'seccomp'] as const).map((it) =>
    pair(
      'AppArmorProfile=',
      it,
      'conditional',
      'AppArmorProfile= also confines rndc, which from a root start may not read its key: reload and stop fail',
      'set User=bind, or leave AppArmorProfile= out',
    ),
  ),
  pair(
    'Firejail',
    'systemd sandbox',
    'conflict',
    'firejail sets up its own namespaces as root; every tier takes from it what it needs for that, and named never starts',
    'keep one of them: Firejail, or the sandbox of systemd',
  ),
  pair(
    'Firejail',
    'seccomp',
    'conflict',
    'firejail mounts and clones, which an allow-list of system calls forbids: "cannot mount filesystem as slave"',
    'keep one of them: Firejail brings a filter of its own',
  ),
  pair(
    'systemd sandbox',
    'seccomp',
    'conflict',
    'every tier has a filter of system calls, and two lists in two drop-ins merge into a third that nobody declared',
    'leave the seccomp task out: the tier has a filter',
    ['systemd.exec(5), SystemCallFilter=: lists of several lines are merged', 'documented'],
  ),
  pair(
    'AppArmor',
    'chroot',
    'fits',
    'the profile needs rules for the paths below the chroot',
    'give them with apparmor_override',
  ),
  pair(
    'aa-exec',
    'chroot',
    'fits',
    'aa-exec changes the profile before named changes its root: it starts, answers, reloads and stops under enforce, with the rules for the paths below the chroot',
    'give those with apparmor_override',
  ),
  pair(
    'AppArmorProfile=',
    'chroot',
    'conditional',
    'from a root start rndc is confined, too, so reload and stop fail; as bind all works under enforce, once AmbientCapabilities= holds CAP_SYS_CHROOT, which chroot(2) takes',
    'leave AppArmorProfile= out, or set User=bind with AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_SYS_CHROOT',
  ),
  pair(
    'systemd sandbox',
    'chroot',
    'conflict',
    'named may no longer call chroot(2): "chroot(): Operation not permitted"',
    'use RootDirectory= in the place of -t, or leave one of them out',
  ),
  pair(
    'seccomp',
    'chroot',
    'conflict',
    'chroot(2) is not among @system-service: "chroot(): Operation not permitted"',
    'leave -t out of the options of named, or the filter',
  ),
  pair(
    'Firejail',
    'chroot',
    'conflict',
    'chroot(2) is among the calls that Firejail’s filter denies, and named never starts: "chroot(): Operation not permitted"',
    'leave -t out of the options of named: the jail keeps it apart from the host',
  ),
];

/** What is known of two mechanisms, in either order; none of a mechanism with itself. */
export const pairOf = (x: Mechanism, y: Mechanism): Pair | undefined =>
  pairs.find((it) => (it.a === x && it.b === y) || (it.a === y && it.b === x));
