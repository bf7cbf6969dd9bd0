import { expect, it } from 'vitest';
import { difference } from '../support/page.ts';

const said = 'one\n\ntwo at 2026-11-24T23:33Z by root@vm\nthree in 1m 2s\nfour\n';

it.each([
  [[], undefined],
  [['…'], undefined],
  [['one', 'two at 2026-01-01T00:00Z by a@b', 'three in 20 s', '', 'four'], undefined],
  [['…', 'three …', '…'], undefined],
  [['on…', '…', 'four'], undefined],
  [['one', 'two'], 'does not show\n  two'],
  [['…', 'three …', 'two …', '…'], 'does not show\n  two …'],
  [['one', 'three …', '…'], 'shows, before\n  three …\nalso\n  two at 2026-11-24T23:33Z by root@vm'],
  [['one', 'two …', 'three in 2 s'], 'shows at its end also\n  four'],
])('what a page shows as %j', (output, expected) => {
  expect(difference({ output }, said)).toBe(expected);
});
