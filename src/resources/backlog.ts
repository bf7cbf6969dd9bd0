import { parseAuditState, type AuditState } from '../observe/attest-trail.ts';
import { unknown, type Known } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';

/** The kernel keeps at least so many audit records until auditd takes them. */
export interface BacklogDesire {
  readonly resource: 'backlog';
  readonly seen: Known<AuditState>;
  readonly atLeast: number;
  /** The limit that confine has set before; undefined where it has set none. */
  readonly own: number | undefined;
}

/** The kernel's limit of waiting audit records is set (auditctl(8), -b). */
export interface BacklogChange {
  readonly change: 'backlog';
  readonly from: number;
  readonly to: number;
}

/** Asks for the state of the kernel's audit; absent where auditctl is not installed. */
export const backlogProbe: Probe<AuditState> = {
  key: 'backlog',
  needs: ['resources/backlog.observe.sh'],
  ask: (key) => `observe_backlog ${key}`,
  parse: (frames, key) => {
    const text = frames.text(`${key} status`);
    return text === undefined ? unknown('the host did not answer') : parseAuditState(text);
  },
};

/**
 * The change to a larger limit, where the kernel's is smaller, and to a smaller one, where the larger was confine's own;
 * absent is left to the package that brings it.
 */
export function compareBacklog({ seen, atLeast, own }: BacklogDesire): BacklogChange[] {
  if (seen.is === 'absent') return [];
  const from = seen.value.backlogLimit;
  if (from === atLeast || (from > atLeast && from !== own)) return [];
  return [{ change: 'backlog', from, to: atLeast }];
}
