import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peerReplies } from '../../src/apply/confirm.ts';
import { isSameOrNewer, outsideBaseline, unproven, type Over, type Reply } from '../../src/bind/outside.ts';

const seen = (zone: string, over: Over, serial: number): Reply => ({ zone, over, is: 'serial', serial });
const none = (zone: string, over: Over, why: string): Reply => ({ zone, over, is: 'none', why });
const both = (zone: string, serial: number) => [seen(zone, 'udp', serial), seen(zone, 'tcp', serial)];

describe('serial numbers (RFC 1982)', () => {
  it.each([
    [2024010101, 2024010101, true],
    [2024010101, 2024010102, true],
    [2024010102, 2024010101, false],
    [4294967295, 0, true],
    [0, 4294967295, false],
    [0, 2147483647, true],
    [0, 2147483648, false],
  ])('%i, then %i: %s', (before, now, holds) => {
    expect(isSameOrNewer(before, now)).toBe(holds);
  });

  it('one that moves on by less than half of the ring is newer, and the way back is not', () => {
    const serial = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(serial, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (before, step) => {
        const now = (before + step) % 2 ** 32;
        expect([isSameOrNewer(before, now), isSameOrNewer(now, before)]).toEqual([true, false]);
      }),
    );
  });
});

describe('what outside sees', () => {
  it('counts where UDP and TCP bring it', () => {
    const replies = [...both('a.test', 1), seen('b.test', 'udp', 1), none('b.test', 'tcp', 'timed out')];
    expect(outsideBaseline(['a.test', 'b.test', 'c.test'], replies)).toEqual({
      seen: [{ zone: 'a.test', serials: { udp: 1, tcp: 1 } }],
      unseen: ['b.test over tcp: timed out', 'c.test over udp: no answer'],
    });
  });

  it('is proof once all of it is back, with the same or a newer serial over each', () => {
    const before = outsideBaseline(['a.test', 'b.test'], [...both('a.test', 7), ...both('b.test', 9)]).seen;
    expect(unproven(before, [...both('a.test', 7), ...both('b.test', 10), ...both('new.test', 1)])).toEqual(
      [],
    );
    expect(unproven(before, [])).toEqual(['a.test over udp: no answer', 'b.test over udp: no answer']);
    expect(
      unproven(before, [
        seen('a.test', 'udp', 7),
        seen('a.test', 'tcp', 6),
        seen('b.test', 'udp', 9),
        none('b.test', 'tcp', 'SERVFAIL'),
      ]),
    ).toEqual(['a.test over tcp went back from serial 7 to 6', 'b.test over tcp: SERVFAIL']);
  });
});

it('what a peer says is read line by line, and what it leaves out is no answer', () => {
  const said = 'udp\ta.test.\t7\nudp\t.\t-\tREFUSED\ntcp\t*\t-\tcommunications error: timed out\n';
  expect(peerReplies(said, ['a.test', '.', 'b.test'])).toEqual([
    seen('a.test', 'udp', 7),
    none('.', 'udp', 'REFUSED'),
    ...['a.test', '.', 'b.test'].map((it) => none(it, 'tcp', 'communications error: timed out')),
  ]);
  expect(peerReplies('', ['a.test'])).toEqual([]);
});
