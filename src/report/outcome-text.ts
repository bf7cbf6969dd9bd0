import type { HostOutcome } from '../events.ts';

/** How a host ended, as a count of hosts says it: "3 undone and healthy". */
export const outcomeWords: Readonly<Record<HostOutcome['is'], string>> = {
  'in-sync': 'in sync',
  pending: 'with changes pending',
  committed: 'changed and healthy',
  restored: 'as before confine',
  undone: 'undone and healthy',
  unhealthy: 'undone and still unhealthy',
  refused: 'refused',
  conflict: 'in conflict',
  locked: 'locked by another run',
  unreachable: 'unreachable',
  unknown: 'whose end is not known',
  rejected: 'rejected',
  stale: 'stale',
  unapproved: 'in need of a second plan',
  untouched: 'not touched',
  failed: 'failed',
  crashed: 'where confine failed',
};

/** Why a host ended so, in one line; empty where the words say it all. */
export function outcomeReason(outcome: HostOutcome): string {
  switch (outcome.is) {
    case 'in-sync':
    case 'pending':
    case 'committed':
    case 'restored':
      return '';
    case 'rejected':
      return outcome.diagnostics.map(({ message }) => message).join('; ');
    case 'stale':
      return 'its changes are no longer those that were approved';
    case 'unapproved':
      return `${outcome.installed.join(', ')} installed; what comes behind is not in the saved plan`;
    case 'untouched':
      return outcome.because === 'interrupted'
        ? 'the run was interrupted'
        : 'too many hosts had failed before';
    case 'undone':
    case 'unhealthy':
    case 'refused':
    case 'conflict':
    case 'locked':
    case 'unreachable':
    case 'unknown':
    case 'failed':
    case 'crashed':
      return outcome.reason;
  }
}
