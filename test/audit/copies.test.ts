import { expect, it } from 'vitest';
import { withoutCopies } from '../../src/audit/copies.ts';
import { access } from './records.ts';

const kernels = access('/srv/a', 'r', { serial: 5, time: 100.5 });
const journals = access('/srv/a', 'r', { serial: undefined, time: undefined });

it.each([
  ['the kernel’s alone', [kernels, kernels], 2],
  ['journald’s alone', [journals, journals], 2],
  ['both', [journals, kernels], 1],
  ['where the kernel’s were suppressed', [journals, kernels, journals, journals], 3],
  ['where journald did not listen', [kernels, kernels, journals], 2],
  ['of another access', [kernels, { ...journals, name: '/srv/b' }], 2],
])('copies of a record: %s', (_, all, count) => {
  expect(withoutCopies(all, 'fields')).toHaveLength(count);
  expect(withoutCopies(all.toReversed(), 'fields')).toHaveLength(count);
});
