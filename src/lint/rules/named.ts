import { counted } from '../../counted.ts';
import type { UnitRule } from '../rule.ts';
import { startOf } from '../start.ts';
import { isOn, settingOf, settingsOf, valueOf, wordsOf, type Unit } from '../unit.ts';
import { assignment, defect, whereNamed } from './where.ts';

/** What two cores were measured to need more than. */
const tooFew = 5;
/** Threads of named on a host, with room: 4 were measured on one core. */
const threadsOn = (cores: number): number => 4 * cores + 2;
const coresOf = (threads: number): string => {
  const cores = Math.floor((threads - 2) / 4);
  return counted(cores, 'core');
};

/** A plain number; percentages and "infinity" are not judged. */
const numberOf = (value: string): number => (/^\d+$/.test(value) ? Number(value) : Infinity);

const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
const bytesOf = (value: string): number => {
  const [, number = '', unit = ''] = /^(\d+)([KMGT]?)$/i.exec(value) ?? [];
  return number === '' ? Infinity : Number(number) * (units[unit.toUpperCase()] ?? 1);
};

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

/** Rules about how named starts, and what it needs of the host. */
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
        // A BIND of another build has no unit of a package.
        .filter((it) => unit.name === 'named.service' || /\/usr\/sbin\/named(\s|$)/.test(it.value))
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
    reason: `named starts several threads for each core; where the limit is reached it aborts while it starts, and two cores need more than ${tooFew}`,
    source:
      'measured on Debian 12 with 2 cores: TasksMax=5 ends in "pthread_create(): Resource temporarily unavailable" and SIGABRT',
    proof: 'observed',
    advice: 'leave it out, or set TasksMax=512',
    severity: 'error',
    find: whereNamed((unit) =>
      numberOf(valueOf(unit, 'TasksMax')) <= tooFew
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
      const cores = unit.host?.cores;
      const here = cores === undefined ? '' : `, and this host has ${cores}`;
      return limit > tooFew && limit < threadsOn(cores ?? 64)
        ? defect(settingOf(unit, 'TasksMax'), `TasksMax=${limit} is enough for ${coresOf(limit)}${here}`)
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
      const here = unit.host?.architecture?.replaceAll('_', '-');
      // A host of 64 bits runs the personality of 32 bits, too.
      const fits = setting?.value === here || (setting?.value === 'x86' && here === 'x86-64');
      return setting?.value && !fits ? defect(setting, assignment(setting), setting.value) : [];
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
];
