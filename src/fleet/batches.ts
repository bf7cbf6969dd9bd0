import type { RunPlay, Size } from '../playbook/types.ts';

/** Of a host, what decides when it has its turn. */
export interface Member {
  /** The plays that name it, in order; none for what no playbook asks for. */
  readonly plays: readonly RunPlay[];
}

/**
 * Cuts hosts into batches, which have their turn one after the other. As in Ansible a play comes behind the play
 * before it, and takes its hosts in their order, as many at once as its `serial` says: a list of sizes is gone
 * through, and its last one stays. A host is changed once, for all of its plays, so it has its turn with the first
 * of them, in a batch that is too large for none.
 * @param members the hosts to change, those of an earlier play first
 * @param all every host of the run, which percentages are shares of
 */
export function batches<T extends Member>(
  members: readonly T[],
  all: readonly Member[],
): readonly (readonly T[])[] {
  const counts = countsOf(all);
  /** Batches that a play had part in. */
  const had = new Map<RunPlay, number>();
  const cut: T[][] = [];
  let rest = members;
  while (rest.length > 0) {
    const [first] = rest;
    const taken = new Map<RunPlay, number>();
    const fits = (play: RunPlay): boolean =>
      (taken.get(play) ?? 0) < room(play.serial, had.get(play) ?? 0, counts.get(play) ?? 0);
    const batch: T[] = [];
    for (const member of rest) {
      if (member.plays[0] !== first?.plays[0] || !member.plays.every(fits)) break;
      for (const play of member.plays) taken.set(play, (taken.get(play) ?? 0) + 1);
      batch.push(member);
    }
    for (const play of taken.keys()) had.set(play, (had.get(play) ?? 0) + 1);
    cut.push(batch);
    rest = rest.slice(batch.length);
  }
  return cut;
}

/** How many hosts a batch may have; never none. */
function room(serial: readonly Size[], batch: number, count: number): number {
  const size = serial[batch] ?? serial.at(-1);
  if (size === undefined) return Infinity;
  return size.is === 'hosts' ? size.hosts : Math.max(1, Math.floor((size.percent * count) / 100));
}

/** A host that had its turn, or could not even be looked at. */
export interface Result extends Member {
  readonly failed: boolean;
}

/**
 * Why no further host is started, if so: more hosts of a play failed than its `max_fail_percentage` allows, counted
 * over all of its hosts in the run and over all batches.
 * @param results of hosts that are done, in whatever batch
 */
export function exceeded(results: readonly Result[], all: readonly Member[]): string | undefined {
  const failures = countsOf(results.filter((it) => it.failed));
  for (const [play, count] of countsOf(all)) {
    const failed = failures.get(play) ?? 0;
    if (play.maxFail !== undefined && failed * 100 > play.maxFail * count)
      return `${failed} of ${count} hosts of "${play.name}" failed, more than its max_fail_percentage ${play.maxFail} allows`;
  }
  return undefined;
}

/**
 * Why no further batch is started, if so: all hosts of this one failed. As in Ansible; a play that sets
 * `max_fail_percentage` has said itself how many may.
 */
export function lost(batch: readonly Result[]): string | undefined {
  const all =
    batch.length > 0 &&
    batch.every((it) => it.failed && it.plays.every((play) => play.maxFail === undefined));
  return all ? `all hosts of the batch failed (${batch.length})` : undefined;
}

function countsOf(members: readonly Member[]): ReadonlyMap<RunPlay, number> {
  const counts = new Map<RunPlay, number>();
  for (const { plays } of members) for (const play of plays) counts.set(play, (counts.get(play) ?? 0) + 1);
  return counts;
}
