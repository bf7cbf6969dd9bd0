import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { observeTrip } from '../../src/observe/observe.ts';
import { placedProbe } from '../../src/observe/placed.ts';
import { confine, playbook, startConfine } from '../support/confine.ts';
import { containers, labInventory, on, tree } from '../support/lab.ts';
import { atRest, bookOf, bring, type State } from '../support/rounds.ts';

let host: ContainerHandle;
beforeAll(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
});
beforeEach(async () => {
  await clean();
  await bring(host, 0);
});
// The container is other tests', too.
afterAll(() => clean());

const hosted = ['-i', labInventory(), '-l', 'c1'];
const run = (command: string, state: State, ...more: readonly string[]) =>
  confine([command, bookOf(state), ...hosted, ...more]);
const drop = '/etc/systemd/system/named.service.d';
const wrapper = '/usr/local/sbin/systemd-analyze';
const starter = '/usr/local/sbin/systemd-run';
const clean = () => on(host, `rm -f ${drop}/05-gate.conf ${wrapper} ${starter} && systemctl daemon-reload`);
const journals = '/var/lib/confine/transactions';

/** Has named wait in its start until it is let go, so that a transaction can be met in the middle. */
const gate = () =>
  on(
    host,
    `rm -f /run/go && mkdir -p ${drop} && cat >${drop}/05-gate.conf <<'EOF' && systemctl daemon-reload
[Service]
ExecStartPre=/bin/sh -c 'until [ -e /run/go ]; do sleep 0.1; done'
EOF`,
  );
const letGo = () => on(host, 'touch /run/go');

/** Starts an apply, and waits until it says so. */
async function until(said: string, book: string) {
  const running = startConfine(['apply', book, ...hosted, '--yes']);
  await expect.poll(running.said, { timeout: 20_000, interval: 5 }).toContain(said);
  return running;
}
const untilRestart = (state: State) => until('c1: restart named.service', bookOf(state));

it('what became of a host whose controller died is told by status, and by the next apply once', async () => {
  await gate();
  const killed = await untilRestart(1);
  process.kill(killed.pid, 'SIGKILL');
  await killed.ended;
  await letGo();
  const then = await atRest(host);
  expect(then).toMatchObject({ state: 1, leftovers: [], lock: 'free' });
  const { id } = then.kept.find(({ told }) => !told) ?? { id: '(all were told)' };
  const earlier = new RegExp(
    `an earlier run by \\S+@\\S+ .*ended at .*: changed, DNS answers \\(transaction ${id}\\)`,
  );

  expect((await confine(['status', ...hosted])).stdout).toMatch(earlier);
  expect((await run('plan', 1)).stderr).toMatch(earlier);
  const again = await run('apply', 1, '--yes');
  expect(again.stderr).toMatch(earlier);
  expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('c1: in sync') });
  expect((await run('apply', 1, '--yes')).stderr).not.toContain('earlier');
  expect((await confine(['status', ...hosted])).stdout).not.toContain('earlier');
});

it('what was refused is kept until somebody was told, and leaves nothing then', async () => {
  const settings = { Service: { LimitNOFILE: 'maybe' } };
  const refused = playbook([{ systemd_dropin: { unit: 'named.service', name: '70-bad', settings } }]);
  const before = await on(host, tree('/var/lib/confine'));
  expect(await confine(['apply', refused, ...hosted, '--yes'])).toMatchObject({ code: 2 });
  expect(await on(host, tree('/var/lib/confine'))).toBe(before);

  // The staged copy is judged only once the controller is dead.
  await on(
    host,
    `rm -f /run/go && cat >${wrapper} <<'EOF' && chmod +x ${wrapper}
#!/bin/sh
until [ -e /run/go ]; do sleep 0.1; done
exec /usr/bin/systemd-analyze "$@"
EOF`,
  );
  const killed = await until('c1: checking the new rules', refused);
  process.kill(killed.pid, 'SIGKILL');
  await killed.ended;
  await letGo();
  const { kept } = await atRest(host);
  expect(kept.filter(({ told }) => !told)).toMatchObject([{ phase: 'refused', outcome: 'refused' }]);
  const again = await run('apply', 0, '--yes');
  expect(again.stderr).toMatch(
    /an earlier run .*: refused, nothing was changed: systemd does not take the drop-in/,
  );
  expect(await on(host, tree('/var/lib/confine'))).toBe(before);
});

it('nobody plans on a host that is being changed, and its transaction is left alone', async () => {
  await gate();
  const first = await untilRestart(1);
  const who = /c1: locked by \S+@\S+.* since \d{4}-\d\d-\d\d [\d:]+ UTC/;
  const [planned, applied, undone, looked] = await Promise.all([
    run('plan', 2),
    run('apply', 2, '--yes'),
    confine(['undo', 'c1', '-i', labInventory(), '--yes']),
    confine(['status', ...hosted]),
  ]);
  await letGo();
  for (const it of [planned, applied, undone])
    expect(it).toMatchObject({ code: 8, stderr: expect.stringMatching(who) });
  expect(looked.stdout).toMatch(/it is being changed by \S+@\S+.* since/);
  expect(await first.ended).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('changed, DNS answers'),
  });
  expect(await atRest(host)).toMatchObject({ state: 1, leftovers: [] });
});

it('a lock whose owner is dead is not held, and what he began is undone and told', async () => {
  await gate();
  const first = await untilRestart(1);
  await on(host, 'kill -KILL "$(sed -n 2p /run/confine.lock)"');
  await letGo();
  expect(await first.ended).toMatchObject({ code: 7, stderr: expect.stringContaining('undone') });
  expect(await atRest(host)).toMatchObject({ state: 0, leftovers: [], lock: 'free' });
  expect(await run('apply', 1, '--yes')).toMatchObject({ code: 0 });
});

it('the last transaction is the last by the host’s clock, not by that of who asked for it', async () => {
  expect(await run('apply', 1, '--yes')).toMatchObject({ code: 0 });
  await on(host, `cd ${journals} && mv "$(ls -tr | tail -n 1)" 20990101T000000Z-abcdef`);
  expect(await run('apply', 2, '--yes')).toMatchObject({ code: 0 });
  const look = observeTrip([placedProbe]);
  const { stdout } = await host.run('sh -s', look.script);
  const placed = look.read(Buffer.from(stdout)).answer(placedProbe);
  expect(placed.is === 'value' && placed.value.map(({ own, before }) => [own, before.is])).toEqual([
    [true, 'absent'],
    [true, 'absent'],
  ]);
  expect(await confine(['undo', 'c1', '-i', labInventory(), '--yes', '--last'])).toMatchObject({ code: 0 });
  expect(await atRest(host)).toMatchObject({ state: 1, leftovers: [], lock: 'free' });
});

it('a transaction whose start systemd did not confirm in time is followed to its end, and keeps its folder', async () => {
  await host.run(
    `cat >${starter} && chmod +x ${starter}`,
    '#!/bin/sh\n/usr/bin/systemd-run "$@" && sleep 0.3\necho "Failed to start transient service unit: Connection timed out" >&2\nexit 1\n',
  );
  expect(await run('apply', 1, '--yes')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('changed, DNS answers'),
  });
  expect(await atRest(host)).toMatchObject({ state: 1, leftovers: [], lock: 'free' });
});
