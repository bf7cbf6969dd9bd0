import { describe, expect, it } from 'vitest';
import { sinceTime } from '../../src/cli/since.ts';

const now = Date.parse('2026-11-25T12:00:00Z') / 1000;
const at = (text: string) => new Date(sinceTime(text, now) * 1000).toISOString();

describe('--since', () => {
  it.each([
    ['90s', '2026-11-25T11:58:30.000Z'],
    ['30m', '2026-11-25T11:30:00.000Z'],
    ['2h', '2026-11-25T10:00:00.000Z'],
    ['3d', '2026-11-22T12:00:00.000Z'],
    ['1w', '2026-11-18T12:00:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20 18:30', '2026-11-20T18:30:00.000Z'],
    ['2026-11-20T18:30:15Z', '2026-11-20T18:30:15.000Z'],
    ['2026-11-20T18:30+02:00', '2026-11-20T16:30:00.000Z'],
  ])('%s is %s', (text, time) => expect(at(text)).toBe(time));

  it.each([
    '',
    'tomorrow',
    '2',
    '-2h',
    '2y',
    '1h30m',
    '2026-02-30',
    '2026-13-01',
    '20.11.2026',
    '2026-11-20T25:00',
  ])('%j is neither', (text) => expect(() => at(text)).toThrow('is neither a span nor a time'));

  it('what is yet to come is refused', () => {
    expect(() => at('2026-11-26')).toThrow('is yet to come');
    expect(() => at('2026-11-25T12:30+00:00')).toThrow('is yet to come');
  });
});
