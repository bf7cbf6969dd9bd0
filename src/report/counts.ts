import type { HostOutcome } from '../events.ts';
import { outcomeWords } from './outcome-text.ts';
import { standingOf, standings, standingWords } from './standing.ts';
import type { Run } from './run.ts';

/** A number of hosts in words: `3 in sync`. */
export interface HostCount {
  readonly count: number;
  readonly words: string;
}

/** How many hosts ended how, or stand how where the run only looked; none where there are no hosts. */
export function hostCounts(run: Run): readonly HostCount[] {
  const ends = count(
    run.hosts.flatMap(({ outcome }) => outcome?.is ?? []),
    Object.keys(outcomeWords) as HostOutcome['is'][],
    outcomeWords,
  );
  const looks = run.hosts.filter(({ status }) => status);
  return [...count(looks.map(standingOf), standings, standingWords), ...ends];
}

function count<T extends string>(
  all: readonly T[],
  order: readonly T[],
  words: Readonly<Record<T, string>>,
): readonly HostCount[] {
  return order.flatMap((is) => {
    const n = all.filter((it) => it === is).length;
    return n === 0 ? [] : [{ count: n, words: words[is] }];
  });
}
