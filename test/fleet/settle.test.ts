import { beforeEach, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { afresh, apply, endOf, plans, state, wrong } from '../support/contained.ts';
import { containers } from '../support/lab.ts';
import { actions, at, pointed, points, unpointed } from '../support/points.ts';

let host: ContainerHandle;
beforeEach(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
  await pointed(host);
  return () => unpointed(host).then(() => {});
});

// A selection of test/faults/killed.test.ts.
it.each([
  ['a staged file can’t be removed', /^rm -f -- \S+-1\.old /],
  ['the recovery is off the disk only later', /^sync \/etc\/systemd\/system .*wants/],
])('a commit stands, and leaves nothing, where behind it %s', async (_, command) => {
  await afresh(host);
  const old = await state(host);
  await at(host, 0, actions.nothing);
  expect((await apply(host, plans.goesThrough)).code).toBe(0);
  const all = await points(host);
  const { state: done } = await endOf(host);
  await afresh(host);
  await at(host, all.findLastIndex((it) => command.test(it)) + 1, actions.fails);
  const { code } = await apply(host, plans.goesThrough);
  const end = await endOf(host);
  expect(wrong('', end, { old, new: done }, code)).toEqual([]);
  expect(end.outcome).toBe('committed');
});
