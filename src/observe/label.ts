import type { Frames } from './frames.ts';
import { absent, unknown, value, type Observation } from './observation.ts';

/** What a security module says of a process, as in /proc/PID/attr/current. */
export type Label =
  | {
      readonly module: 'apparmor';
      readonly text: string;
      /** Profiles that are stacked on it; all of them hold. */
      readonly profiles: readonly string[];
      /** enforce, complain, kill, mixed, …; `unconfined` where nothing holds. */
      readonly mode: string;
    }
  | {
      readonly module: 'selinux';
      readonly text: string;
      readonly type: string;
      readonly mode: 'enforcing' | 'permissive';
    };

/** How far a label confines: what is against the policy is denied, only recorded, or there is no policy. */
export type Confinement = 'denies' | 'records' | 'nothing';

/** What the kernel says of its security modules. */
export interface SecurityModules {
  /** /sys/kernel/security/lsm; empty where securityfs is not mounted. */
  readonly list: readonly string[];
  /** /sys/fs/selinux/enforce; empty where there is no SELinux. */
  readonly selinux: string;
}

/** Reads what observe_security sends. */
export const securityModules = (frames: Frames): SecurityModules => ({
  list: (frames.text('security lsm') ?? '').trim().split(',').filter(Boolean),
  selinux: (frames.text('security selinux') ?? '').trim(),
});

/** Reads a label. Absent: no security module labels processes on this host. */
export function parseLabel(text: string, modules: SecurityModules): Observation<Label> {
  if (text === '') {
    const labels = modules.list.filter((it) => it === 'apparmor' || it === 'selinux');
    return labels.length > 0 ? unknown(`${labels.join(' and ')} is on, but no label could be read`) : absent;
  }
  const context = /^[^:\s]+:[^:\s]+:([^:\s]+)(?::\S+)?$/.exec(text)?.[1];
  if (context !== undefined && !modules.list.includes('apparmor'))
    return value({
      module: 'selinux',
      text,
      type: context,
      mode: modules.selinux === '1' ? 'enforcing' : 'permissive',
    });
  const [, stack = text, mode] = /^(.*?)(?: \((\w+)\))?$/.exec(text) ?? [];
  return value({ module: 'apparmor', text, profiles: stack.split('//&'), mode: mode ?? 'unconfined' });
}

const freeTypes = new Set(['unconfined_t', 'unconfined_service_t', 'initrc_t', 'init_t', 'kernel_t']);

/** What a label is worth. A stack with `unconfined` in it confines as its other profiles do. */
export function confinement(label: Label): Confinement {
  if (label.module === 'selinux') {
    if (freeTypes.has(label.type)) return 'nothing';
    return label.mode === 'enforcing' ? 'denies' : 'records';
  }
  if (label.mode === 'enforce' || label.mode === 'kill') return 'denies';
  return label.mode === 'unconfined' ? 'nothing' : 'records';
}
