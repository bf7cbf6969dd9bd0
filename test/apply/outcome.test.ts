import { describe, expect, it } from 'vitest';
import type { HostOutcome } from '../../src/events.ts';
import { lineReader, parseOutcome } from '../../src/apply/outcome.ts';
import { exitCode } from '../../src/fleet/exit.ts';

describe('parseOutcome', () => {
  it.each([
    ['outcome\tcommitted\nreason\t\n', { is: 'committed' }],
    [
      'progress\toutcome\tcommitted\noutcome\tundone\nreason\tzone x\nlog\tline\n',
      { is: 'undone', reason: 'zone x', log: ['line'] },
    ],
    ['outcome\tunhealthy\nreason\tx\n', { is: 'unhealthy' }],
    ['outcome\tlocked\nreason\tme since now\n', { is: 'locked', reason: 'me since now' }],
    ['outcome\trefused\nreason\tno\n', { is: 'refused', reason: 'no' }],
    ['outcome\tnosuch\n', { is: 'unknown' }],
    ['', { is: 'unknown', reason: 'the host gave no outcome' }],
  ])('%j', (text, outcome) => expect(parseOutcome(text).outcome).toMatchObject(outcome));
});

it('lineReader keeps lines whole, wherever the chunks are cut', () => {
  const whole = Buffer.from('äb\nc\n');
  for (let cut = 0; cut <= whole.length; cut += 1) {
    const lines: string[] = [];
    const read = lineReader((line) => lines.push(line));
    read(whole.subarray(0, cut));
    read(whole.subarray(cut));
    expect(lines).toEqual(['äb', 'c']);
  }
});

describe('exitCode', () => {
  const of = (...is: readonly HostOutcome['is'][]) =>
    exitCode(
      is.map((it) => ({ is: it }) as HostOutcome),
      true,
    );
  it.each([
    [[], 0],
    [['in-sync', 'committed'], 0],
    [['pending', 'in-sync'], 10],
    [['locked', 'pending'], 8],
    [['refused', 'locked'], 2],
    [['unreachable', 'in-sync'], 4],
    [['unreachable', 'failed'], 6],
    [['conflict', 'pending'], 3],
    [['undone', 'unreachable', 'failed'], 7],
    [['unhealthy', 'undone'], 11],
  ] as const)('%j ends with %d', (outcomes, code) => expect(of(...outcomes)).toBe(code));

  it('does not count pending changes unless asked', () => {
    expect(exitCode([{ is: 'pending' }], false)).toBe(0);
  });
});
