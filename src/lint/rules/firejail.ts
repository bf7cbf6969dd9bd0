import { startOf } from '../start.ts';
import { syscallFilterOf } from '../syscall-filter.ts';
import type { Defect, UnitRule } from '../rule.ts';
import { capabilitiesOf, isOn, settingOf, userOf, valueOf, type Setting, type Unit } from '../unit.ts';

/** What of a sandbox Firejail can't live with; each row is a measurement. */
interface Clash {
  readonly key: string;
  readonly holds: (unit: Unit) => boolean;
  readonly shows: string;
}

const clone = '"Error clone: main.c:3094 main: Operation not permitted"';

const clashes: readonly Clash[] = [
  {
    key: 'ProtectSystem',
    holds: (unit) => valueOf(unit, 'ProtectSystem') === 'strict',
    shows: '"Error: cannot create /run/firejail/profile/…"',
  },
  {
    key: 'PrivateDevices',
    holds: (unit) => isOn(unit, 'PrivateDevices'),
    shows: '"Error: cannot create /dev/zero device: Operation not permitted"',
  },
  { key: 'RestrictNamespaces', holds: (unit) => isOn(unit, 'RestrictNamespaces'), shows: clone },
  {
    key: 'RestrictSUIDSGID',
    holds: (unit) => isOn(unit, 'RestrictSUIDSGID'),
    shows: '"Error mkdir/chmod: … Operation not permitted"',
  },
  {
    key: 'SystemCallFilter',
    holds: (unit) => ['mount', 'clone'].some((it) => syscallFilterOf(unit)?.of(it).is !== 'allowed'),
    shows: '"Error: cannot mount filesystem as slave", or SIGSYS',
  },
  {
    key: 'CapabilityBoundingSet',
    holds: (unit) => !capabilitiesOf(unit, 'CapabilityBoundingSet').has('CAP_SYS_ADMIN'),
    shows: clone,
  },
  {
    key: 'AppArmorProfile',
    holds: (unit) => valueOf(unit, 'AppArmorProfile') !== '',
    shows: '"Error: cannot open /proc directory"',
  },
  {
    key: 'User',
    holds: (unit) => userOf(unit) !== undefined,
    shows: 'the unit is active, and no zone is served',
  },
];

const inFirejail =
  (find: (unit: Unit, exec: Setting) => readonly Defect[]) =>
  (unit: Unit): readonly Defect[] => {
    const start = startOf(unit);
    return start?.wrapper === 'firejail' ? find(unit, start.setting) : [];
  };

const measured = 'measured on Debian 12 with firejail 0.9.72 and systemd 252';

/** Rules about named under Firejail. */
export const firejailRules: readonly UnitRule[] = [
  {
    id: 'firejail-in-a-sandbox',
    title: 'Firejail inside a sandbox of systemd',
    reason:
      'firejail builds its own sandbox as root, and each of these takes away something that it builds it with; named never starts, or serves nothing',
    source: `${measured}: ${clashes.map((it) => `${it.key}= gives ${it.shows}`).join('; ')}`,
    proof: 'observed',
    advice: 'keep one of them: Firejail, or this setting',
    severity: 'error',
    find: inFirejail((unit) =>
      clashes.flatMap(({ key, holds, shows }) => {
        const at = settingOf(unit, key);
        return at !== undefined && at.value !== '' && holds(unit)
          ? [{ at, what: `${key}= with firejail in ExecStart= gives ${shows}` }]
          : [];
      }),
    ),
  },
  {
    id: 'firejail-notify-access',
    title: 'Firejail under Type=notify without NotifyAccess=all',
    reason:
      'named says that it is ready from below firejail, and systemd listens to the main process only: the start times out',
    source: measured,
    proof: 'observed',
    advice: 'add NotifyAccess=all',
    severity: 'error',
    find: inFirejail((unit, at) =>
      valueOf(unit, 'Type').startsWith('notify') && valueOf(unit, 'NotifyAccess') !== 'all'
        ? [{ at, what: 'firejail starts named under Type=notify without NotifyAccess=all' }]
        : [],
    ),
  },
  {
    id: 'firejail-type-simple',
    title: 'Firejail under Type=simple',
    reason:
      'systemd takes the service for started as soon as firejail runs, so every failure of firejail is a start that went well and a unit that fails seconds later',
    source: measured,
    proof: 'observed',
    advice: 'use Type=notify with NotifyAccess=all',
    severity: 'warning',
    find: inFirejail((unit, exec) => {
      const type = settingOf(unit, 'Type');
      return ['simple', ''].includes(type?.value ?? '')
        ? [{ at: type ?? exec, what: 'firejail starts named under Type=simple' }]
        : [];
    }),
  },
  {
    id: 'firejail-stop-status',
    title: 'Firejail without SuccessExitStatus=143',
    reason: 'firejail ends with 143 at systemctl stop, and systemd takes the unit for failed',
    source: measured,
    proof: 'observed',
    advice: 'add SuccessExitStatus=143',
    severity: 'warning',
    find: inFirejail((unit, at) =>
      /\b143\b|\bSIGTERM\b/.test(valueOf(unit, 'SuccessExitStatus'))
        ? []
        : [{ at, what: 'firejail starts named without SuccessExitStatus=143' }],
    ),
  },
];
