import { expect, it } from 'vitest';
import { proven } from '../../src/rollout/soak.ts';

const last = { boot: 'b', uptime: 1000, invocation: 'i', at: 50_000 };
const look = { boot: 'b', uptime: 1060, invocation: 'i', started: 10 };

it.each([
  ['the same run', look, 50_060, 60],
  ['the host’s clock jumps', { ...look, uptime: 9000 }, 50_060, 60],
  ['the host’s clock goes back', { ...look, uptime: 900 }, 50_060, 0],
  ['the controller’s clock jumps', look, 90_000, 60],
  ['the controller’s clock goes back', look, 40_000, 0],
  ['another run', { ...look, invocation: 'j', started: 1040 }, 50_060, 20],
  ['another boot', { ...look, boot: 'c', uptime: 30, started: 12 }, 50_060, 18],
  ['another boot, up for longer than since the last look', { ...look, boot: 'c', uptime: 5000 }, 50_060, 60],
  ['a start before the boot', { ...look, boot: 'c', uptime: 30, started: -900 }, 50_060, 30],
  ['no time at all', { ...look, uptime: NaN }, 50_060, 0],
])('%s', (_, seen, now, seconds) => {
  expect(proven(last, seen, now)).toBe(seconds);
});

it('a run that the last look did not want to see counts from this look on', () => {
  expect(proven({ ...last, invocation: '' }, look, 50_060)).toBe(0);
  expect(proven({ ...last, invocation: '' }, { ...look, started: 1030 }, 50_060)).toBe(30);
});
