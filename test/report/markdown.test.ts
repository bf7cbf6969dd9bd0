import { expect, it } from 'vitest';
import { markdown, mostCommentBytes } from '../../src/report/markdown.ts';
import { member, planOf, runWith } from '../support/fleet-run.ts';

it('leaves out what does not fit into a comment, says so, and shows the rest', () => {
  const plans = { ns1: 'x'.repeat(mostCommentBytes), ns2: 'no tool' };
  const run = runWith(
    'plan',
    Object.keys(plans).map((host, i) => member(i, host)),
    Object.entries(plans).map(([host, reason]) => ({
      event: 'host-planned',
      host,
      plan: planOf(host, [{ is: 'unknown', reason }]),
    })),
  );
  const text = markdown(run, mostCommentBytes);
  // GitHub counts characters, of which a comment has 65,536 with the mark that the job puts before it.
  expect(`<!-- confine -->\n${text}`.length).toBeLessThanOrEqual(65_536);
  expect(text).toContain('Changes: ns2');
  expect(text).not.toContain('Changes: ns1');
  expect(text).toContain('2 more parts are left out');
  expect(markdown(run, 1_000_000)).not.toContain('left out');
});
