import pLimit from 'p-limit';
import type { Emit, HostOutcome } from '../events.ts';
import type { Transport } from '../transport/index.ts';
import type { Planning } from './survey.ts';

/** What a run over a fleet needs besides its hosts. */
export interface Fleet extends Planning {
  readonly transport: Pick<Transport, 'connect'>;
  /** Hosts at once. */
  readonly forks: number;
  readonly allowUntested: boolean;
  /** Seconds that a host which another run holds is waited for. */
  readonly lockWait: number;
  /** Once aborted, no further host is started; those in flight finish. */
  readonly stop: AbortSignal;
  readonly emit: Emit;
}

export const interrupted: HostOutcome = { is: 'untouched', because: 'interrupted' };

export function end(fleet: Fleet, host: string, outcome: HostOutcome): HostOutcome {
  fleet.emit({ event: 'host-ended', host, outcome });
  return outcome;
}

/** Visits hosts, as many at once as `--forks` says, and gives what came of each in their order. */
export async function eachHost<T, R>(
  { forks }: Pick<Fleet, 'forks'>,
  hosts: readonly T[],
  visit: (host: T) => Promise<R>,
): Promise<readonly R[]> {
  const limit = pLimit(forks);
  return Promise.all(hosts.map((it) => limit(() => visit(it))));
}
