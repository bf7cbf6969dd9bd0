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

/**
 * Visits hosts as eachHost does, but a host only while nothing is against it. Those behind it go on meanwhile; where
 * nobody is visited any more, who is left is visited with the reason.
 * @param against why a host can't be visited beside those that are; asked again whenever one of them is done
 */
export async function inTurn<T, R>(
  { forks }: Pick<Fleet, 'forks'>,
  hosts: readonly T[],
  against: (host: T) => string | undefined,
  visit: (host: T, short: string | undefined) => Promise<R>,
): Promise<readonly R[]> {
  let waiting = hosts;
  const visited = new Set<Promise<void>>();
  const results: R[] = [];
  const start = (host: T, short?: string): void => {
    waiting = waiting.filter((it) => it !== host);
    const visiting = visit(host, short).then((result) => void results.push(result));
    const done = visiting.finally(() => visited.delete(done));
    visited.add(done);
  };
  for (;;) {
    let next: T | undefined;
    while (visited.size < forks && (next = waiting.find((it) => against(it) === undefined)) !== undefined)
      start(next);
    if (visited.size === 0) {
      const [first] = waiting;
      if (first === undefined) return results;
      start(first, against(first));
    }
    await Promise.race(visited);
  }
}
