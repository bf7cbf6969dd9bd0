/** The mechanisms of confinement. */
export type Mechanism =
  'AppArmor' | 'SELinux' | 'systemd sandbox' | 'seccomp' | 'Firejail' | 'aa-exec' | 'chroot' | 'unit';

/**
 * Something of a host that a task, or the host itself, lays claim to. `owns` is a setting of a unit
 * (`ExecStart`, `ProtectSystem`), or `file` for a path that one task writes whole.
 */
export interface Claim {
  readonly mechanism: Mechanism;
  readonly unit: string | undefined;
  readonly owns: string;
  readonly value: string;
}

/** Claims that settings of a unit make. ExecStart through Firejail makes Firejail the mechanism. */
export function settingClaim(unit: string, key: string, value: string): Claim {
  const firejail = key === 'ExecStart' && /(^|[\s/@+!:-])firejail(\s|$)/.test(value);
  return { mechanism: firejail ? 'Firejail' : 'systemd sandbox', unit, owns: key, value };
}
