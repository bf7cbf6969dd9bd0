import { expect, it } from 'vitest';
import { parseFrames } from '../../src/observe/frames.ts';
import { placedProbe } from '../../src/rollout/placed.ts';

const placed = (...lines: readonly string[]) =>
  placedProbe.parse(parseFrames(Buffer.from(`\n@n p asked\n${lines.join('\n')}\n`), 'n'), 'p');

it('what stands of a rollout begins with the transaction that entered it, and is nothing of one before', () => {
  const done = ['/t/1\t', '/t/2\ta', '/t/3\ta'];
  expect(placed(...done, '/t/4\ta', '/t/5\tb', 'now\tb')).toEqual({ is: 'value', value: ['/t/4', '/t/5'] });
  expect(placed(...done, 'now\ta')).toEqual({ is: 'value', value: ['/t/1', '/t/2', '/t/3'] });
  expect(placed('now\t')).toEqual({ is: 'value', value: [] });
});
