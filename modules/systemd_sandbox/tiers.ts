import type { UnitSettings } from '../../src/module-api.ts';

export type Tier = 'baseline' | 'strict' | 'maximum';
export type OnViolation = 'errno' | 'kill' | 'log';

type Settings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** What no tier does without. */
const common: Settings = {
  NoNewPrivileges: true,
  PrivateTmp: true,
  PrivateDevices: true,
  DevicePolicy: 'closed',
  ProtectKernelTunables: true,
  ProtectKernelModules: true,
  ProtectKernelLogs: true,
  ProtectControlGroups: true,
  ProtectClock: true,
  ProtectHostname: true,
  RestrictNamespaces: true,
  RestrictRealtime: true,
  RestrictSUIDSGID: true,
  LockPersonality: true,
  SystemCallArchitectures: 'native',
};

const closed: Settings = {
  ...common,
  ProtectSystem: 'strict',
  ProtectHome: true,
  PrivateMounts: true,
  ProtectProc: 'invisible',
  ProcSubset: 'pid',
  MemoryDenyWriteExecute: true,
  KeyringMode: 'private',
};

/** A list of system calls: those of `calls`, and behind it those that `but` takes out again. */
interface Filter {
  readonly is: 'allow' | 'deny';
  readonly calls: string;
  readonly but?: string;
  /** What named would be killed for although it gets over an error. */
  readonly survivable?: string;
  /** What systemd itself calls behind its filter, and lets through there; its log lets nothing through by itself. */
  readonly ofSystemd?: string;
}

interface TierDefinition {
  readonly settings: Settings;
  readonly filter: Filter;
  /** Where named writes on Debian; absent ones do no harm. Undefined where the tier leaves data paths alone. */
  readonly writable: readonly string[];
}

/** Debian's own paths: zones of secondaries, the cache, logs, and the PID file. */
const debianPaths = ['-/var/lib/bind', '-/var/cache/bind', '-/var/log/named', '-/run/named'];

/**
 * The tiers, each worked out on a real host: every function of BIND that was tried goes on to work under it.
 * Source: measured on Debian 11, 12 and 13; docs/sandbox.md has the figures.
 */
export const tiers: Readonly<Record<Tier, TierDefinition>> = {
  baseline: {
    settings: {
      ...common,
      ProtectSystem: 'full',
      ProtectHome: 'read-only',
      CapabilityBoundingSet:
        'CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_SYS_CHROOT CAP_SYS_RESOURCE CAP_DAC_READ_SEARCH CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER',
    },
    filter: {
      is: 'deny',
      calls: '@clock @cpu-emulation @debug @module @mount @obsolete @raw-io @reboot @swap',
    },
    writable: [],
  },
  strict: {
    settings: {
      ...closed,
      UMask: '0027',
      // DAC_READ_SEARCH is for rndc, which reads its key at reload and stop.
      CapabilityBoundingSet: 'CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_DAC_READ_SEARCH',
    },
    filter: { is: 'allow', calls: '@system-service', but: '@resources' },
    writable: debianPaths,
  },
  maximum: {
    settings: {
      ...closed,
      UMask: '0077',
      User: 'bind',
      Group: 'bind',
      AmbientCapabilities: 'CAP_NET_BIND_SERVICE',
      CapabilityBoundingSet: 'CAP_NET_BIND_SERVICE',
      RemoveIPC: true,
    },
    // Started as bind, named calls chown(2) for its PID file all the same.
    filter: {
      is: 'allow',
      calls: '@system-service',
      but: '@privileged @resources',
      survivable: 'chown',
      // systemd 257 hands User= its capabilities once the filter stands: neither errno nor kill is in its way there.
      ofSystemd: 'capset',
    },
    writable: debianPaths,
  },
};

/** Address families without which named has no sockets, no interfaces, or no readiness. */
const families = ['AF_INET', 'AF_INET6', 'AF_UNIX', 'AF_NETLINK'];

/** The settings of a filter, by what a violation is to lead to. */
export function filterSettings(filter: Filter, onViolation: OnViolation): Settings {
  const { is, calls, but, survivable, ofSystemd } = filter;
  const [yes, no] = is === 'allow' ? ['', '~'] : ['~', ''];
  const list = [`${yes}${calls}`, ...(but === undefined ? [] : [`${no}${but}`])];
  switch (onViolation) {
    case 'errno':
      return { SystemCallFilter: list, SystemCallErrorNumber: 'EPERM' };
    case 'kill':
      // A core of named holds key material.
      return {
        SystemCallFilter: [...list, ...(survivable === undefined ? [] : [`${yes}${survivable}`])],
        LimitCORE: '0',
      };
    case 'log':
      // The same list turned round: what would be refused is let through, and logged.
      return {
        SystemCallLog: [
          `${no}${calls}`,
          ...(but === undefined ? [] : [`${yes}${but}`]),
          // Not worth a line at every start: neither of the other two ends named for it.
          ...[survivable, ofSystemd].flatMap((it) => (it === undefined ? [] : [`${no}${it}`])),
        ],
      };
  }
}

/** The settings of a tier with a host's additions. */
export function tierSettings(
  tier: Tier,
  onViolation: OnViolation,
  more: { readonly writable: readonly string[]; readonly addressFamilies: readonly string[] },
): UnitSettings {
  const { settings, filter, writable } = tiers[tier];
  const paths = [...writable, ...more.writable.map((path) => `-${path}`)];
  return {
    Service: {
      ...settings,
      ...(paths.length === 0 ? {} : { ReadWritePaths: paths }),
      RestrictAddressFamilies: [...new Set([...families, ...more.addressFamilies])].join(' '),
      ...filterSettings(filter, onViolation),
    },
  };
}
