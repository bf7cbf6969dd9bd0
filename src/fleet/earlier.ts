import type { Emit } from '../events.ts';
import type { HostFacts } from '../observe/host.ts';
import type { Transaction } from '../observe/transaction.ts';
import { when } from './finding.ts';

/**
 * Tells how those transactions ended whose controller may not have heard of it: it died, or its connection did.
 * @returns their folders on the host
 */
export function tellEarlier(emit: Emit, host: string, { untold }: HostFacts): readonly string[] {
  for (const { folder: _, ...transaction } of untold) emit({ event: 'host-earlier', host, transaction });
  return untold.map(({ folder }) => folder);
}

/** How an earlier transaction ended, in words. */
export function earlierText({ id, who, commit, at, outcome, reason }: Transaction): string {
  const from = [who && `by ${who}`, commit && `from commit ${commit.slice(0, 12)}`].filter(Boolean).join(' ');
  const how = words.get(outcome) ?? outcome;
  return `an earlier run ${from} ended at ${when(at)}: ${how}${reason && `: ${reason}`} (transaction ${id})`;
}

const words: ReadonlyMap<string, string> = new Map([
  ['committed', 'changed, DNS answers'],
  ['undone', 'undone, DNS answers as before'],
  ['unhealthy', 'undone, but DNS does not answer as before'],
  ['refused', 'refused, nothing was changed'],
  ['locked', 'nothing was changed, the host was locked by another'],
]);
