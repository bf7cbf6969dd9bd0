import { startOf, type Start } from '../start.ts';
import { syscallFilterOf } from '../syscall-filter.ts';
import type { Defect, UnitRule } from '../rule.ts';
import {
  capabilitiesOf,
  isOn,
  isTrue,
  settingOf,
  settingsOf,
  userOf,
  valueOf,
  wordsOf,
  type Setting,
  type Unit,
} from '../unit.ts';

/** The defects of a unit that starts named. */
const whereNamed =
  (find: (unit: Unit, start: Start) => readonly Defect[]) =>
  (unit: Unit): readonly Defect[] => {
    const start = startOf(unit);
    return start === undefined ? [] : find(unit, start);
  };

/** A defect of a setting that is there; none otherwise. */
const defect = (at: Setting | undefined, what: string, word?: string): readonly Defect[] =>
  at === undefined ? [] : [{ at, what, ...(word === undefined ? {} : { word }) }];

const assignment = (it: Setting | undefined): string => (it === undefined ? '' : `${it.key}=${it.value}`);

/** Threads of named on a host: four a core is more than was ever seen, and a few that are always there. */
const threadsOn = (cores: number): number => 4 * cores + 2;

/** A plain number; percentages and "infinity" are not judged. */
const numberOf = (value: string): number => (/^\d+$/.test(value) ? Number(value) : Infinity);

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
const bytesOf = (value: string): number => {
  const [, number = '', unit = ''] = /^(\d+)([KMGT]?)$/i.exec(value) ?? [];
  return number === '' ? Infinity : Number(number) * (units[unit.toUpperCase()] ?? 1);
};

/** Calls by which `-u` changes to another user: a start as root sets groups, too; measured on Debian 12. */
const callsOfU = (root: boolean) => ['setuid', 'setgid', 'capset', ...(root ? ['setgroups'] : [])];

const dataFolder = '/var/cache/bind';
const covers = (path: string, inner: string): boolean =>
  inner === path || inner.startsWith(path === '/' ? path : `${path}/`);
const plainPath = (word: string): string => word.replace(/["']/g, '').replace(/^[-+]+/, '');
const trimmed = (path: string): string => (path === '/' ? path : path.replace(/\/+$/, ''));

/** Whether named may write to its data folder under ProtectSystem=strict. */
function writesData(unit: Unit): boolean {
  const words = (key: string) => settingsOf(unit, key).flatMap((it) => wordsOf(it.value));
  const paths = [
    ...words('ReadWritePaths').map(plainPath),
    ...words('BindPaths').map((it) => plainPath(it).split(':')[1] ?? plainPath(it)),
    ...words('TemporaryFileSystem').map((it) => it.split(':')[0] ?? it),
    ...words('CacheDirectory').map((it) => `/var/cache/${it.split(':')[0] ?? it}`),
  ];
  return paths.some((it) => it.includes('%') || covers(trimmed(it), dataFolder));
}

/** What Debian and its bind9 package always have; /run/named comes by tmpfiles.d, before named starts. */
const alwaysThere =
  /^(\/|\/(bin|boot|dev|etc|home|lib|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)|\/etc\/bind|\/run\/named|\/run\/systemd|\/usr\/(bin|lib|local|sbin|share)|\/var\/(cache|lib|local|log|opt|spool|tmp)|\/var\/(cache|lib)\/bind)$/;

function familyIsAllowed(unit: Unit, family: string): boolean {
  const lines = settingsOf(unit, 'RestrictAddressFamilies');
  const [first] = lines;
  if (first === undefined) return true;
  let allowed = first.value.startsWith('~');
  for (const { value } of lines) if (wordsOf(value).includes(family)) allowed = !value.startsWith('~');
  return allowed;
}

const silent =
  'systemctl says active, and nothing listens on port 53: measured on Debian 12 (BIND 9.18, systemd 252)';

/** Rules about what named needs. */
export const namedRules: readonly UnitRule[] = [
  {
    id: 'replaced-unit',
    title: 'a whole unit of its own',
    reason:
      'a file in /etc/systemd/system replaces the one of the package, so later changes of the package never reach it',
    source: 'systemd.unit(5), "Overriding vendor settings"',
    proof: 'documented',
    advice: 'keep the unit of the package, and put what differs into named.service.d/50-confine.conf',
    severity: 'warning',
    find: (unit) =>
      unit.sources
        .filter((it) => it.whole && !/(^|\/)lib\/systemd\/system\//.test(it.path))
        .filter(() => startOf(unit) !== undefined)
        .flatMap((it) => it.settings.filter(({ key }) => key === 'ExecStart').slice(-1))
        .map((it) => ({ at: it, what: `${unit.name} is a whole unit that starts named` })),
  },
  {
    id: 'exec-start-twice',
    title: 'a second ExecStart=',
    reason:
      'ExecStart= adds to a list, and systemd refuses a service that has two unless it is Type=oneshot: named does not start',
    source: 'systemd.service(5), "ExecStart="',
    proof: 'documented',
    advice: 'put an empty "ExecStart=" in front of it',
    severity: 'error',
    find: (unit) =>
      settingsOf(unit, 'ExecStart').length > 1 && valueOf(unit, 'Type') !== 'oneshot'
        ? defect(settingOf(unit, 'ExecStart'), 'ExecStart= is not reset first')
        : [],
  },
  {
    id: 'not-in-foreground',
    title: 'named goes to the background',
    reason:
      'without -f named forks and its parent ends, so systemd takes the service for ended, or for one that never was ready (Result=protocol)',
    source: 'measured on Debian 12: "did not take the steps required by its unit configuration"; named(8)',
    proof: 'observed',
    advice: 'start named with -f',
    severity: 'error',
    find: whereNamed((unit, { setting, options }) =>
      valueOf(unit, 'Type') === 'forking' || options.has('f') || options.has('g')
        ? []
        : defect(setting, 'named is started without -f'),
    ),
  },
  {
    id: 'options-lost',
    title: 'the options of /etc/default/named are lost',
    reason: 'Debian keeps options such as -4, -c and -n there, and its own unit passes them on as $OPTIONS',
    source: "Debian's named.service: ExecStart=/usr/sbin/named -f $OPTIONS",
    proof: 'observed',
    advice:
      'where that file holds more than "-u bind", repeat it here; named that starts as User=bind needs no -u',
    severity: 'warning',
    find: whereNamed((unit, { setting, takesOptions }) =>
      takesOptions || unit.sources.some((it) => it.whole) || unit.name !== 'named.service'
        ? []
        : defect(setting, 'this ExecStart= leaves out $OPTIONS'),
    ),
  },
  {
    id: 'tasks-max-too-small',
    title: 'TasksMax= that no host can live with',
    reason: `named starts several threads for each core; where the limit is reached it aborts while it starts, and two cores need up to ${threadsOn(2)}`,
    source:
      'measured on Debian 12 with 2 cores: TasksMax=5 ends in "pthread_create(): Resource temporarily unavailable" and SIGABRT',
    proof: 'observed',
    advice: 'leave it out, or set TasksMax=512',
    severity: 'error',
    find: whereNamed((unit) =>
      numberOf(valueOf(unit, 'TasksMax')) < threadsOn(2)
        ? defect(settingOf(unit, 'TasksMax'), assignment(settingOf(unit, 'TasksMax')))
        : [],
    ),
  },
  {
    id: 'tasks-max-many-cores',
    title: 'TasksMax= that a host with many cores can’t live with',
    reason: `named starts several threads for each core and aborts where it may not; counted with four a core, 8 cores need ${threadsOn(8)} and 64 cores ${threadsOn(64)}`,
    source:
      'measured on Debian 12 with 2 cores: TasksMax=20 passes, TasksMax=5 ends in SIGABRT; the figures for more cores are computed',
    proof: 'observed',
    advice: 'leave it out, or set TasksMax=512',
    severity: 'warning',
    find: whereNamed((unit) => {
      const limit = numberOf(valueOf(unit, 'TasksMax'));
      return limit >= threadsOn(2) && limit < threadsOn(64)
        ? defect(
            settingOf(unit, 'TasksMax'),
            `TasksMax=${limit} is enough for ${Math.floor((limit - 2) / 4)} cores`,
          )
        : [];
    }),
  },
  {
    id: 'memory-max-too-small',
    title: 'MemoryMax= below what an empty named takes',
    reason: 'named with a few zones takes 28 to 32 MB, and the kernel kills it where it may not have them',
    source: 'measured on Debian 12 (BIND 9.18): MemoryMax=12M gives Result=oom-kill',
    proof: 'observed',
    advice: 'leave it out, or measure named with its zones and cache and double that',
    severity: 'error',
    find: whereNamed((unit) =>
      bytesOf(valueOf(unit, 'MemoryMax')) < 32 * 2 ** 20
        ? defect(settingOf(unit, 'MemoryMax'), assignment(settingOf(unit, 'MemoryMax')))
        : [],
    ),
  },
  {
    id: 'personality-of-one-architecture',
    title: 'Personality= of one architecture',
    reason:
      'an architecture other than the host’s is ignored with a line in the journal, so on arm64 the unit runs without it',
    source: 'systemd.exec(5), "Personality="',
    proof: 'documented',
    advice: 'remove it: LockPersonality=yes alone keeps the personality that the host has',
    severity: 'warning',
    find: whereNamed((unit) => {
      const setting = settingOf(unit, 'Personality');
      return setting?.value ? defect(setting, assignment(setting), setting.value) : [];
    }),
  },
  {
    id: 'dynamic-user',
    title: 'DynamicUser= for named',
    reason: 'the folders of the package belong to bind, and a user that is made up at each start owns none',
    source: 'measured on Debian 12: "directory \'/var/cache/bind\' is not writable", exit 1',
    proof: 'observed',
    advice: 'use User=bind with AmbientCapabilities=CAP_NET_BIND_SERVICE',
    severity: 'error',
    find: whereNamed((unit) =>
      isOn(unit, 'DynamicUser')
        ? defect(settingOf(unit, 'DynamicUser'), assignment(settingOf(unit, 'DynamicUser')))
        : [],
    ),
  },
  {
    id: 'no-port-capability',
    title: 'a user other than root without CAP_NET_BIND_SERVICE',
    reason:
      'ports below 1024 take that capability, and a user other than root has it only where both AmbientCapabilities= and CapabilityBoundingSet= hold it; named starts all the same and serves nothing',
    source: `${silent}, "creating IPv4 interface lo failed; interface ignored"`,
    proof: 'observed',
    advice: 'add AmbientCapabilities=CAP_NET_BIND_SERVICE, and keep it in CapabilityBoundingSet=',
    severity: 'error',
    find: whereNamed((unit) => {
      const user = settingOf(unit, 'User');
      if (userOf(unit) === undefined || isOn(unit, 'DynamicUser')) return [];
      const has = (key: 'AmbientCapabilities' | 'CapabilityBoundingSet') =>
        capabilitiesOf(unit, key).has('CAP_NET_BIND_SERVICE');
      const [ambient, bounding] = [has('AmbientCapabilities'), has('CapabilityBoundingSet')];
      if (ambient === bounding) return [];
      return ambient
        ? defect(
            settingOf(unit, 'CapabilityBoundingSet'),
            'CapabilityBoundingSet= leaves out CAP_NET_BIND_SERVICE',
          )
        : defect(user, `${assignment(user)} without AmbientCapabilities=CAP_NET_BIND_SERVICE`);
    }),
  },
  {
    id: 'unprivileged-port',
    title: 'no capability at all for port 53',
    reason:
      'named can open port 53 only where the host lets everybody do so (sysctl net.ipv4.ip_unprivileged_port_start=53), which a unit can’t set',
    source: 'measured on Debian 12: all function tests pass with that sysctl, and nothing listens without it',
    proof: 'observed',
    advice: 'set the sysctl on every host, or give the unit CAP_NET_BIND_SERVICE',
    severity: 'warning',
    find: whereNamed((unit) => {
      const user = settingOf(unit, 'User');
      const has = (key: 'AmbientCapabilities' | 'CapabilityBoundingSet') =>
        capabilitiesOf(unit, key).has('CAP_NET_BIND_SERVICE');
      return userOf(unit) === undefined || has('AmbientCapabilities') || has('CapabilityBoundingSet')
        ? []
        : defect(user, `${assignment(user)} without CAP_NET_BIND_SERVICE`);
    }),
  },
  {
    id: 'private-users-with-capabilities',
    title: 'PrivateUsers= with a capability that named needs',
    reason:
      'in a user namespace of its own a capability counts only there, and port 53 belongs to the host’s; named starts all the same and serves nothing',
    source: silent,
    proof: 'observed',
    advice: 'leave PrivateUsers= out',
    severity: 'error',
    find: whereNamed((unit) => {
      const setting = settingOf(unit, 'PrivateUsers');
      if (!isOn(unit, 'PrivateUsers')) return [];
      if (userOf(unit) === undefined) return defect(setting, `${assignment(setting)} with a start as root`);
      return capabilitiesOf(unit, 'AmbientCapabilities').size > 0
        ? defect(setting, `${assignment(setting)} with AmbientCapabilities=`)
        : [];
    }),
  },
  {
    id: 'root-start-capabilities',
    title: 'a start as root without what -u takes',
    reason:
      'named that starts as root opens port 53 and becomes the user of -u by itself, which takes CAP_NET_BIND_SERVICE, CAP_SETUID and CAP_SETGID',
    source:
      'measured on Debian 12: CapabilityBoundingSet= gives "named: initgroups(): Operation not permitted"',
    proof: 'observed',
    advice: 'keep CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_DAC_READ_SEARCH',
    severity: 'error',
    find: whereNamed((unit, { options }) => {
      const setting = settingOf(unit, 'CapabilityBoundingSet');
      if (userOf(unit) !== undefined) return [];
      const set = capabilitiesOf(unit, 'CapabilityBoundingSet');
      const needs = ['CAP_NET_BIND_SERVICE', ...(options.has('u') ? ['CAP_SETUID', 'CAP_SETGID'] : [])];
      const missing = needs.filter((it) => !set.has(it));
      return missing.length === 0
        ? []
        : defect(setting, `CapabilityBoundingSet= leaves out ${missing.join(' and ')}`);
    }),
  },
  {
    id: 'rndc-without-its-key',
    title: 'a start as root without CAP_DAC_READ_SEARCH',
    reason:
      'reload and stop run rndc as root in the same sandbox, and rndc.key (0640, bind) can be read by root only with that capability: systemctl reload fails',
    source: 'measured on Debian 12: "rndc: error: open: /etc/bind/rndc.key: permission denied"',
    proof: 'observed',
    advice: 'add CAP_DAC_READ_SEARCH to CapabilityBoundingSet=',
    severity: 'error',
    find: whereNamed((unit) => {
      const set = capabilitiesOf(unit, 'CapabilityBoundingSet');
      const runsRndc = ['ExecReload', 'ExecStop'].some((key) => /\brndc\b/.test(valueOf(unit, key)));
      if (userOf(unit) !== undefined || !runsRndc) return [];
      return set.has('CAP_DAC_READ_SEARCH') || set.has('CAP_DAC_OVERRIDE')
        ? []
        : defect(
            settingOf(unit, 'CapabilityBoundingSet'),
            'CapabilityBoundingSet= leaves out CAP_DAC_READ_SEARCH',
          );
    }),
  },
  {
    id: 'filter-denies-user-change',
    title: 'a filter of system calls that -u can’t live with',
    reason:
      'named -u changes to that user by setuid, setgid and capset, and from root by setgroups, even where it is that user already; it ends with exit 1, or by SIGSYS where the filter kills',
    source:
      'measured on Debian 12: ~@privileged gives "named: setuid(): Operation not permitted", ~capset gives status=31/SYS',
    proof: 'observed',
    advice:
      'add SystemCallFilter=setuid setgid setgroups capset behind it, or start as User=bind by an ExecStart= without -u',
    severity: 'error',
    find: whereNamed((unit, { options }) => {
      const filter = syscallFilterOf(unit);
      if (filter === undefined || !options.has('u')) return [];
      const calls = callsOfU(userOf(unit) === undefined).filter((it) => filter.of(it).is !== 'allowed');
      const [first] = calls;
      if (first === undefined) return [];
      const { by, word } = filter.of(first);
      return defect(by, `the filter denies ${calls.join(', ')}, and named runs with -u`, word);
    }),
  },
  {
    id: 'filter-kills-chown',
    title: 'a filter that kills named at chown',
    reason:
      'named that starts as another user than root changes the owner of its pid file, and the filter ends it by SIGSYS for that',
    source: 'measured on Debian 12: type=SECCOMP sig=31 syscall=92 (chown)',
    proof: 'observed',
    advice:
      'add SystemCallFilter=@chown behind it, or SystemCallErrorNumber=EPERM: named lives with a chown that fails',
    severity: 'error',
    find: whereNamed((unit) => {
      const verdict = syscallFilterOf(unit)?.of('chown');
      return verdict?.is === 'killed' && userOf(unit) !== undefined
        ? defect(verdict.by, 'the filter kills at chown', verdict.word)
        : [];
    }),
  },
  {
    id: 'core-with-keys',
    title: 'a filter that kills, without LimitCORE=0',
    reason:
      'a process that SIGSYS ends leaves its memory in /var/cache/bind/core, with the keys of TSIG and DNSSEC in it',
    source: 'measured on Debian 12: a core of 94 MB, mode 0600; core(5): a limit of 0 writes none',
    proof: 'observed',
    advice: 'add LimitCORE=0',
    severity: 'warning',
    find: whereNamed((unit) => {
      const kills = syscallFilterOf(unit)?.kills;
      return kills !== undefined && !/^0(:|$)/.test(valueOf(unit, 'LimitCORE'))
        ? defect(kills, 'this filter kills, and LimitCORE=0 is not set')
        : [];
    }),
  },
  {
    id: 'apparmor-profile-as-root',
    title: 'AppArmorProfile= without User=',
    reason:
      'it confines rndc, too, which reload and stop run as root; the profile of named gives rndc no way to read rndc.key, so systemctl reload fails',
    source:
      'measured on Debian 12: apparmor="DENIED" operation="capable" profile="named" comm="rndc" capname="dac_read_search"',
    proof: 'observed',
    advice:
      'remove it: the packaged profile attaches to /usr/sbin/named by itself; or start as User=bind; another binary is started by aa-exec',
    severity: 'error',
    find: whereNamed((unit, { wrapper }) => {
      const setting = settingOf(unit, 'AppArmorProfile');
      return setting?.value && userOf(unit) === undefined && wrapper === undefined
        ? defect(setting, `${assignment(setting)} without User=`)
        : [];
    }),
  },
  {
    id: 'apparmor-profile-may-be-missing',
    title: 'AppArmorProfile= that may not be loaded',
    reason: 'named does not start where a profile of that name is not loaded (status=231/APPARMOR)',
    source:
      'measured on Debian 12: "Failed to prepare AppArmor profile change to nosuch"; "-nosuch" is tolerated',
    proof: 'observed',
    advice: 'the profile of Debian’s package is called "named"; a "-" in front tolerates that it is missing',
    severity: 'warning',
    find: whereNamed((unit) => {
      const setting = settingOf(unit, 'AppArmorProfile');
      const name = setting?.value ?? '';
      return name === '' || name === 'named' || name.startsWith('-')
        ? []
        : defect(setting, `${assignment(setting)} is not the profile of the package`, name);
    }),
  },
  {
    id: 'aa-exec-inside-a-profile',
    title: 'aa-exec under AppArmorProfile=',
    reason: 'aa-exec is inside that profile already, which lets nobody change to another one',
    source: 'measured on Debian 12: "insufficient permissions to change to the profile \'named\'"',
    proof: 'observed',
    advice: 'keep one of them: aa-exec, or AppArmorProfile= with User=bind',
    severity: 'error',
    find: whereNamed((unit, { wrapper }) => {
      const setting = settingOf(unit, 'AppArmorProfile');
      return setting?.value && wrapper === 'aa-exec'
        ? defect(setting, `${assignment(setting)} with aa-exec in ExecStart=`)
        : [];
    }),
  },
  {
    id: 'missing-address-family',
    title: 'RestrictAddressFamilies= without AF_NETLINK or AF_UNIX',
    reason:
      'named finds its interfaces by AF_NETLINK, and without it listens on no port while systemctl says active; it tells systemd by AF_UNIX that it is ready, and without it the start times out',
    source:
      'measured on Debian 12: "unable to open route socket: address family not supported"; "start operation timed out"',
    proof: 'observed',
    advice: 'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    severity: 'error',
    find: whereNamed((unit) =>
      ['AF_NETLINK', 'AF_UNIX']
        .filter((it) => !familyIsAllowed(unit, it))
        .flatMap((it) =>
          defect(settingOf(unit, 'RestrictAddressFamilies'), `RestrictAddressFamilies= leaves out ${it}`),
        ),
    ),
  },
  {
    id: 'private-network',
    title: 'PrivateNetwork= for named',
    reason: 'named sees a loopback interface of its own and nothing else, so nobody can reach it',
    source: 'measured on Debian 12: active, and every query times out',
    proof: 'observed',
    advice: 'leave it out; to serve certain networks only, use IPAddressAllow= with IPAddressDeny=any',
    severity: 'error',
    find: whereNamed((unit) =>
      isOn(unit, 'PrivateNetwork') && !unit.settings.some((it) => it.key === 'JoinsNamespaceOf')
        ? defect(settingOf(unit, 'PrivateNetwork'), assignment(settingOf(unit, 'PrivateNetwork')))
        : [],
    ),
  },
  {
    id: 'strict-without-data-folder',
    title: 'ProtectSystem=strict without a writable /var/cache/bind',
    reason: 'all of the file system is read-only then, and named ends where it can’t write to its folder',
    source: 'measured on Debian 12: "directory \'/var/cache/bind\' is not writable", exit 1',
    proof: 'observed',
    advice: 'add ReadWritePaths=-/var/lib/bind -/var/cache/bind -/var/log/named -/run/named',
    severity: 'error',
    find: whereNamed((unit) =>
      valueOf(unit, 'ProtectSystem') === 'strict' && !writesData(unit)
        ? defect(
            settingOf(unit, 'ProtectSystem'),
            'ProtectSystem=strict, and nothing makes /var/cache/bind writable',
            'strict',
          )
        : [],
    ),
  },
  {
    id: 'path-may-be-missing',
    title: 'a path that may be missing',
    reason: 'named does not start where a path without "-" is missing (status=226/NAMESPACE)',
    source: 'measured on Debian 12: "Failed to set up mount namespacing: … No such file or directory"',
    proof: 'observed',
    advice: 'put a "-" in front of it, unless every host has it',
    severity: 'warning',
    find: whereNamed((unit) =>
      ['ReadWritePaths', 'ReadOnlyPaths', 'InaccessiblePaths']
        .flatMap((key) => settingsOf(unit, key))
        .flatMap((at) =>
          wordsOf(at.value)
            .filter((it) => /^"?\+?\//.test(it) && !alwaysThere.test(trimmed(plainPath(it))))
            .map((word) => ({ at, word, what: `${at.key}= names ${plainPath(word)} without "-"` })),
        ),
    ),
  },
  {
    id: 'chroot-as-user',
    title: 'named -t without a start as root',
    reason: 'only root may chroot',
    source: 'measured on Debian 12: "chroot(): Operation not permitted"',
    proof: 'observed',
    advice: 'use RootDirectory= with BindPaths= in place of -t',
    severity: 'error',
    find: whereNamed((unit, { setting, options }) => {
      const user = settingOf(unit, 'User');
      return options.has('t') && userOf(unit) !== undefined && !isTrue(valueOf(unit, 'DynamicUser'))
        ? defect(setting.own ? setting : user, `named -t with ${assignment(user)}`)
        : [];
    }),
  },
];
