import type { Mechanism } from './mechanisms.ts';

/**
 * Something of a host that a task, or the host itself, lays claim to. `owns` is `mechanism` for the mechanism
 * as such, a setting of a unit (`ExecStart`, `ProtectSystem`), a layer of how the unit starts named
 * (`wrapper`, `binary`), or `file` for a path that one task writes whole.
 */
export interface Claim {
  readonly mechanism: Mechanism;
  /** Undefined where it is about the whole host. */
  readonly unit: string | undefined;
  readonly owns: string;
  readonly value: string;
}

/** The claim that a mechanism is in use for a unit. */
export const mechanismClaim = (unit: string | undefined, mechanism: Mechanism): Claim => ({
  mechanism,
  unit,
  owns: 'mechanism',
  value: '',
});

const runs = (program: string, command: string): boolean =>
  new RegExp(`(^|[\\s/@+!:-])${program}(\\s|$)`).test(command);

/** Whose a command line of ExecStart is. */
function startedBy(command: string): Mechanism {
  if (runs('firejail', command)) return 'Firejail';
  if (runs('aa-exec', command)) return 'aa-exec';
  return /\s-t\s*\S/.test(command) ? 'chroot' : 'unit';
}

/** The claim that a setting of a unit makes. What ExecStart runs decides which mechanism it belongs to. */
export function settingClaim(unit: string, key: string, value: string): Claim {
  const mechanism: Mechanism =
    key === 'ExecStart'
      ? startedBy(value)
      : key === 'AppArmorProfile'
        ? 'AppArmorProfile='
        : key === 'SELinuxContext'
          ? 'SELinux'
          : 'unit';
  return { mechanism, unit, owns: key, value };
}
