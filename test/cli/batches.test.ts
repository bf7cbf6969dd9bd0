import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batches, exceeded, lost, type Member } from '../../src/fleet/batches.ts';
import type { RunPlay, Size } from '../../src/playbook/types.ts';

const of = (it: number | `${number}%`): Size =>
  typeof it === 'number' ? { is: 'hosts', hosts: it } : { is: 'percent', percent: Number.parseInt(it, 10) };
const play = (name: string, serial: readonly (number | `${number}%`)[], maxFail?: number): RunPlay => ({
  name,
  serial: serial.map(of),
  maxFail,
});

/** Hosts h1, h2, … of these plays. */
const hosts = (count: number, ...plays: readonly RunPlay[]) =>
  Array.from({ length: count }, (_, i) => ({ name: `h${i + 1}`, plays }));
const sizes = (cut: readonly (readonly unknown[])[]): readonly number[] => cut.map((it) => it.length);

describe('batches', () => {
  it.each<[string, readonly (number | `${number}%`)[], number, readonly number[]]>([
    ['without serial', [], 7, [7]],
    ['a number', [3], 7, [3, 3, 1]],
    ['a share, cut down to whole hosts', ['30%'], 10, [3, 3, 3, 1]],
    ['a share of less than a host', ['1%'], 3, [1, 1, 1]],
    ['nothing of it', ['0%'], 2, [1, 1]],
    ['all of it', ['100%'], 5, [5]],
    ['a list, whose last size stays', [1, 2, '40%'], 10, [1, 2, 4, 3]],
    ['a list that is longer than the hosts', [2, 2, 2], 3, [2, 1]],
  ])('are cut by %s', (_, serial, count, expected) => {
    const all = hosts(count, play('p', serial));
    expect(sizes(batches(all, all))).toEqual(expected);
  });

  it('are filled with hosts that differ, while shares are of all hosts', () => {
    const all = hosts(10, play('p', ['50%']));
    const differ = all.filter((_, i) => i % 2 === 0);
    expect(sizes(batches(differ, all))).toEqual([5]);
    expect(sizes(batches(differ.slice(0, 3), all))).toEqual([3]);
  });

  it('come play by play, and a host goes with the first that names it', () => {
    const [primaries, everyone] = [play('primaries', []), play('everyone', [2])];
    const all = [...hosts(1, primaries, everyone), ...hosts(3, everyone)];
    expect(sizes(batches(all, all))).toEqual([1, 2, 1]);
  });

  it('are too large for no play', () => {
    const [everyone, edge] = [play('everyone', [4]), play('edge', [1])];
    const all = [...hosts(2, everyone, edge), ...hosts(3, everyone)];
    expect(sizes(batches(all, all))).toEqual([1, 4]);
  });

  it('of nobody are none', () => {
    expect(batches([], hosts(3))).toEqual([]);
  });
});

const size = fc.oneof(
  fc.record({ is: fc.constant('hosts' as const), hosts: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ is: fc.constant('percent' as const), percent: fc.integer({ min: 0, max: 100 }) }),
);
const plays = fc.array(
  fc.record({
    name: fc.string(),
    serial: fc.array(size, { maxLength: 4 }),
    maxFail: fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 3 },
);
/** A run as compile gives it: those of an earlier first play come first. */
const run = plays.chain((known) =>
  fc
    .array(
      fc.record({ plays: fc.subarray(known, { minLength: 1 }), differs: fc.boolean(), failed: fc.boolean() }),
      { maxLength: 30 },
    )
    .map((all) => all.toSorted((a, b) => first(known, a) - first(known, b))),
);
const first = (known: readonly RunPlay[], { plays: [play] }: Member): number =>
  play === undefined ? -1 : known.indexOf(play);

const largest = (play: RunPlay, count: number): number =>
  Math.max(
    ...play.serial.map((it) => (it.is === 'hosts' ? it.hosts : Math.max(1, (it.percent * count) / 100))),
  );

describe('whatever the plays', () => {
  it('every host has one turn, in order, in a batch of one first play that no serial is exceeded by', () => {
    fc.assert(
      fc.property(run, (all) => {
        const differ = all.filter((it) => it.differs);
        const cut = batches(differ, all);
        expect(cut.flat()).toEqual(differ);
        for (const batch of cut) {
          expect(new Set(batch.map((it) => it.plays[0])).size).toBe(1);
          for (const play of new Set(batch.flatMap((it) => it.plays)))
            if (play.serial.length > 0)
              expect(batch.filter((it) => it.plays.includes(play)).length).toBeLessThanOrEqual(
                largest(play, all.filter((it) => it.plays.includes(play)).length),
              );
        }
      }),
    );
  });

  it('one more failure never lets a stopped run go on, and none stops no run', () => {
    fc.assert(
      fc.property(run, fc.nat(), (all, which) => {
        const worse = all.map((it, i) => ({ ...it, failed: it.failed || i === which }));
        if (exceeded(all, all) !== undefined) expect(exceeded(worse, all)).toBeDefined();
        const healthy = all.map((it) => ({ ...it, failed: false }));
        expect(exceeded(healthy, all)).toBeUndefined();
        expect(lost(healthy)).toBeUndefined();
      }),
    );
  });
});

describe('the budget', () => {
  const strict = play('Harden', [2], 20);
  const all = hosts(10, strict);
  const failing = (count: number) => all.slice(0, count).map((it) => ({ ...it, failed: true }));

  it('is spent by more than its share of all hosts, not by as much', () => {
    expect(exceeded(failing(2), all)).toBeUndefined();
    expect(exceeded(failing(3), all)).toBe(
      '3 of 10 hosts of "Harden" failed, more than its max_fail_percentage 20 allows',
    );
  });

  it('of nothing is spent by one host, and without one no number of them stops the run', () => {
    const none = hosts(10, play('p', [], 0));
    expect(exceeded([{ plays: none[0]?.plays ?? [], failed: true }], none)).toContain('1 of 10');
    const free = hosts(3, play('p', []));
    expect(
      exceeded(
        free.map((it) => ({ ...it, failed: true })),
        free,
      ),
    ).toBeUndefined();
  });

  it('that is not set is a whole batch', () => {
    const batch = hosts(2, play('p', [2])).map((it) => ({ ...it, failed: true }));
    expect(lost(batch)).toBe('all hosts of the batch failed (2)');
    expect(lost(batch.map((it, i) => ({ ...it, failed: i === 0 })))).toBeUndefined();
    expect(lost(failing(2))).toBeUndefined();
  });
});
