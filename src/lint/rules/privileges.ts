import type { UnitRule } from '../rule.ts';
import { syscallFilterOf } from '../syscall-filter.ts';
import { capabilitiesOf, isOn, isTrue, settingOf, userOf, valueOf } from '../unit.ts';
import { assignment, defect, whereNamed } from './where.ts';

/** Calls by which `-u` changes to another user: a start as root sets groups, too; measured on Debian 12. */
const callsOfU = (root: boolean) => ['setuid', 'setgid', 'capset', ...(root ? ['setgroups'] : [])];

const silent =
  'systemctl says active, and nothing listens on port 53: measured on Debian 12 (BIND 9.18, systemd 252)';

/** Rules about the user, capabilities, system calls and profile that named runs with. */
export const privilegeRules: readonly UnitRule[] = [
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
    id: 'chroot-as-user',
    title: 'named -t without a start as root, or the capability',
    reason: 'chroot(2) takes CAP_SYS_CHROOT, which a user other than root has by AmbientCapabilities= only',
    source:
      'measured on Debian 12: "chroot(): Operation not permitted" without it; with it, named starts in the chroot and reloads',
    proof: 'observed',
    advice:
      'use RootDirectory= with BindPaths= in place of -t, or add AmbientCapabilities=CAP_SYS_CHROOT and keep it in CapabilityBoundingSet=',
    severity: 'error',
    find: whereNamed((unit, { setting, options }) => {
      const user = settingOf(unit, 'User');
      const may = (['AmbientCapabilities', 'CapabilityBoundingSet'] as const).every((key) =>
        capabilitiesOf(unit, key).has('CAP_SYS_CHROOT'),
      );
      return options.has('t') && userOf(unit) !== undefined && !isTrue(valueOf(unit, 'DynamicUser')) && !may
        ? defect(setting.own ? setting : user, `named -t with ${assignment(user)}`)
        : [];
    }),
  },
];
