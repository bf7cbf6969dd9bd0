import { beforeEach, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { confine, playbook, startAtTerminal, startConfine } from '../support/confine.ts';
import { afresh, args, endOf, plans, state } from '../support/contained.ts';
import { containers, labInventory, on, tree } from '../support/lab.ts';
import { actions, at, pointed, reached, unpointed } from '../support/points.ts';

const patient = { timeout: 30_000 };
let host: ContainerHandle;
beforeEach(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
});

const dropIn = (seconds: number) =>
  playbook([
    {
      systemd_dropin: {
        unit: 'named.service',
        name: '50-confine',
        settings: { Service: { NoNewPrivileges: true, ExecStartPre: `/bin/sleep ${seconds}` } },
      },
    },
  ]);
const apply = (seconds = 0, ...more: readonly string[]) =>
  ['apply', dropIn(seconds), '-i', labInventory(), '-l', 'c1', '--yes', ...more] as const;

const other = 'alice@ws from 192.0.2.7 since 2026-11-25 08:00:00 UTC';

/** Somebody else's run, that holds the host until it is ended. */
async function otherRun(): Promise<() => Promise<string>> {
  const holds = `exec 9>>/run/confine.lock; flock 9; printf '%s\\n%s\\n' '${other}' $$ >/run/confine.lock; exec sleep 600`;
  await on(
    host,
    `setsid sh -c "$(printf '%s' ${JSON.stringify(holds).replaceAll('$', '\\$')})" >/dev/null 2>&1 &`,
  );
  await expect.poll(() => on(host, 'head -n 1 /run/confine.lock; :'), patient).toBe(other);
  return () => on(host, 'kill "$(sed -n 2p /run/confine.lock)"');
}

it('a host that is being changed is locked, and says by whom, from where and since when', async () => {
  const run = startConfine(apply(4));
  await expect.poll(run.said, patient).toContain('c1: restart named.service');
  expect(await on(host, 'head -n 1 /run/confine.lock')).toMatch(
    /^\S+@\S+ from \d+\.\d+\.\d+\.\d+ since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/,
  );
  expect((await run.ended).code).toBe(0);
});

it('nobody but root can hold the lock: a named that was taken over would keep confine off its host', async () => {
  const hold = 'runuser -u bind -- flock -n /run/confine.lock true';
  await on(host, 'rm -f /run/confine.lock');
  expect((await confine(apply())).code).toBe(0);
  expect((await host.run(hold)).stderr).toContain('Permission denied');
  expect((await confine(['undo', 'c1', '-i', labInventory(), '--yes'])).code).toBe(0);
  expect((await host.run(hold)).stderr).toContain('Permission denied');
});

it('a run that meets another leaves the host alone, or waits for it and then goes on', async () => {
  const release = await otherRun();
  const refused = await confine(apply());
  expect(refused.stderr).toContain(`c1: locked by ${other}\n`);
  expect(refused.code).toBe(8);
  const late = await confine(apply(0, '--lock-wait', '2'));
  expect(late.stderr).toContain(`waiting for the lock, which is held by ${other}\n`);
  expect(late.code).toBe(8);

  const waiting = startConfine(apply(0, '--lock-wait', '60'));
  await expect.poll(waiting.said, patient).toContain(`held by ${other}`);
  await release();
  const ran = await waiting.ended;
  expect(ran.stderr).toContain('c1: changed, DNS answers');
  expect(ran.code).toBe(0);

  const again = await otherRun();
  const undoing = startConfine(['undo', 'c1', '-i', labInventory(), '--yes', '--lock-wait', '60']);
  await expect.poll(undoing.said, patient).toContain(`held by ${other}`);
  await again();
  expect((await undoing.ended).stderr).toContain('c1: as it was before confine');
});

it.each([
  ['has been written anew', '10-theirs.conf', 'UMask=0007'],
  ['has come', '20-theirs.conf', 'UMask=0007'],
  ['is gone', '10-theirs.conf', undefined],
])('a drop-in by another hand that %s since the plan was shown is not taken up', async (_, name, text) => {
  const folder = '/etc/systemd/system/named.service.d';
  const write = (file: string, setting: string) => `printf '[Service]\\n${setting}\\n' >${folder}/${file}`;
  await on(host, `mkdir ${folder} && ${write('10-theirs.conf', 'UMask=0027')} && systemctl daemon-reload`);
  const run = startAtTerminal(apply().filter((it) => it !== '--yes'));
  await expect.poll(run.said, patient).toContain('Change 1 host? [y/N]');
  await on(host, text === undefined ? `rm ${folder}/${name}` : write(name, text));
  const theirs = await on(host, `${tree('/etc')}; systemctl show -p InvocationID named`);
  run.stdin.write('y\n');
  const { code, stdout } = await run.ended;
  expect(stdout).toContain('c1: refused: named.service has changed since it was observed');
  expect(code).toBe(2);
  expect(await on(host, `${tree('/etc')}; systemctl show -p InvocationID named`)).toBe(theirs);
});

/** Ends a supervisor, and what systemd starts to undo it, too: nothing is left that could give the lock back. */
const killed = () =>
  on(
    host,
    `while [ -n "$(systemctl list-units --plain --no-legend 'confine-*-run.service')" ]; do systemctl kill -s KILL 'confine-*-run.service'; sleep 0.1; done`,
  );

it('the lock of a run that was killed on the host is held by nobody', async () => {
  const run = startConfine(apply(60));
  await expect.poll(run.said, patient).toContain('c1: restart named.service');
  await killed();
  await run.ended;
  expect(await on(host, 'cat /run/confine.lock')).toContain(' since ');
  expect(await on(host, 'flock -n /run/confine.lock echo free')).toBe('free');

  const ran = await confine(apply());
  expect(ran.stderr).not.toContain('locked');
  expect(ran.stderr).toContain('c1: changed, DNS answers');
  expect(ran.code).toBe(0);
});

it('what another run left in the middle is undone first by one that had looked before it', async () => {
  await afresh(host);
  const second = startAtTerminal(args(host, plans.keepsIt).filter((it) => it !== '--yes'));
  await expect.poll(second.said, patient).toContain('Change 1 host? [y/N]');
  const first = startConfine(apply(60));
  await expect.poll(first.said, patient).toContain('c1: restart named.service');
  await killed();
  await first.ended;
  second.stdin.write('y\n');
  const { code, stdout } = await second.ended;
  expect(stdout).toContain('c1: changed, DNS answers');
  expect(code).toBe(0);
  expect(await on(host, 'cd /var/lib/confine/transactions && cat */phase')).toBe('undone\ncommitted');
});

it('one that is turned away at the lock and killed before it could say so has touched nothing', async () => {
  await afresh(host);
  await pointed(host);
  try {
    const old = await state(host);
    const run = startAtTerminal(args(host, plans.goesThrough).filter((it) => it !== '--yes'));
    await expect.poll(run.said, patient).toContain('Change 1 host? [y/N]');
    const release = await otherRun();
    await at(host, 2, actions.killed);
    run.stdin.write('y\n');
    await expect.poll(() => reached(host), patient).toBe(true);
    await release();
    expect((await run.ended).code).toBe(8);
    expect(await endOf(host)).toEqual({ state: old, left: [], outcome: 'none' });
  } finally {
    await unpointed(host);
  }
});
