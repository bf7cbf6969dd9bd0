import { beforeAll, expect, it } from 'vitest';
import { machine } from '../support/lab.ts';
import { follow } from '../support/page.ts';

beforeAll(() => machine());

it('the tutorial does what it says', { timeout: 900_000 }, async () => {
  expect(await follow('docs/tutorial.md')).toEqual([]);
});
