import { beforeEach, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { afresh, apply, endOf, plans, state, wrong } from '../support/contained.ts';
import { containers, on, surfaces } from '../support/lab.ts';
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

it('a named that did not run before does not run behind an undo either, and nobody is called for that', async () => {
  await afresh(host);
  await on(host, 'systemctl stop named');
  try {
    const before = await surfaces(host);
    const book = playbook([
      {
        systemd_dropin: {
          unit: 'named.service',
          name: '50-confine',
          settings: { Service: { ExecStartPre: '/bin/false' } },
        },
      },
      { service: { unit: 'named.service', state: 'running' } },
    ]);
    const { code, stderr } = await apply(host, book, '--no-baseline');
    expect(stderr).toContain('undone');
    expect(code).toBe(7);
    expect(await surfaces(host)).toBe(before);
    expect(await on(host, 'systemctl is-active named || true')).toBe('inactive');
  } finally {
    await on(host, 'systemctl start named');
  }
});
