import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { AbsolutePath, type UnitName } from '../../src/brand.ts';
import { noteTrip, parseNoted } from '../../src/apply/note.ts';
import { parseOutcome } from '../../src/apply/outcome.ts';
import { applyTrip, backTrip, transactionFolder, transactionId } from '../../src/apply/session.ts';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { absent, value } from '../../src/observe/observation.ts';
import { formatState, statePath, type StateFile } from '../../src/rollout/state.ts';
import { playbook, startConfine } from '../support/confine.ts';
import { containers, fingerprint, labInventory, on, serial, surfaces } from '../support/lab.ts';
import { hostPlan, textFile } from '../support/plan.ts';
import { rollout, rolloutArgs, rolloutBook, stateFile, stateOf, watches } from '../support/rollout.ts';

const patient = { timeout: 60_000, interval: 500 };
let host: ContainerHandle;
beforeEach(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
  // An enforce makes no folders.
  await on(host, 'mkdir -p /var/lib/confine /etc/systemd/system/named.service.d');
});

const put = (it: StateFile) => host.run(`cat >${statePath} && chmod 0644 ${statePath}`, formatState(it));
const note = async (it: StateFile, seen: number) =>
  parseNoted((await host.run('sh -s', noteTrip(it, seen, 'alice@ws'))).stdout);

/** Takes the lock as another run, until the process that the lock names is ended. */
const other = `setsid sh -c 'exec 9>>/run/confine.lock; flock 9; printf "bob@ws since now\\n%s\\n" $$ >/run/confine.lock; exec sleep 60' >/dev/null 2>&1 & while flock -n /run/confine.lock true; do sleep 0.1; done`;

describe('the state on a host', () => {
  it('is written once for each generation, whoever comes at the same time', async () => {
    await put(stateFile());
    const noted = await Promise.all(
      [10, 20, 30, 40].map((soaked) => note(stateFile({ generation: 2, soaked }), 1)),
    );
    expect(noted.map(({ is }) => is).toSorted()).toEqual(['noted', 'quicker', 'quicker', 'quicker']);
    const winner = noted.findIndex(({ is }) => is === 'noted');
    expect(await stateOf(host)).toEqual(stateFile({ generation: 2, soaked: (winner + 1) * 10 }).state);
    expect(await note(stateFile({ generation: 2 }), 1)).toEqual({ is: 'quicker' });
    expect(await on(host, 'ls /var/lib/confine')).toBe('rollout');
  });

  it('is not written while another run has the host', async () => {
    await put(stateFile());
    await on(host, other);
    expect(await note(stateFile({ generation: 2 }), 1)).toEqual({ is: 'locked', reason: 'bob@ws since now' });
    expect(await stateOf(host)).toEqual(stateFile().state);
    await on(host, 'kill "$(sed -n 2p /run/confine.lock)"');
  });
});

const dropIn = AbsolutePath.parse('/etc/systemd/system/named.service.d/60-watched.conf');

/** What an enforce does, with a drop-in in place of the mode, since containers have no AppArmor. */
const plan = (name: string) =>
  hostPlan('c1', {
    changes: [
      { change: 'file', path: dropIn, before: absent, after: value(textFile('[Service]\nUMask=0027\n')) },
      {
        change: 'file',
        path: statePath,
        before: value(textFile(formatState(stateFile({ name })))),
        after: value(textFile(formatState(stateFile({ name, generation: 2, stage: 'watching' })))),
      },
      { change: 'daemon-reload', unit: 'named.service' as UnitName },
      { change: 'restart', unit: 'named.service' as UnitName, why: [] },
    ],
    watch: ['named.service'],
    state: 'changes',
  });

async function enforce(watch: number, name = 'Test'): Promise<string> {
  await put(stateFile({ name }));
  const id = transactionId();
  const request = { who: 'alice@ws', commit: '', version: '0', baseline: 'required', deadline: 120 } as const;
  const { stdout } = await host.run('sh -s', applyTrip(plan(name), { ...request, watch }, id));
  expect(parseOutcome(stdout).outcome).toEqual({ is: 'committed' });
  expect(await on(host, `cat ${dropIn}`)).toContain('UMask=0027');
  return transactionFolder(id);
}
const phases = () => on(host, 'cat /var/lib/confine/transactions/*/phase | sort');

describe('a host behind enforce', () => {
  it('watches itself, and a quiet window is written down for whoever finishes', async () => {
    await enforce(4);
    expect(await watches(host)).toContain('active');
    // What an operator does is none of its business.
    await on(host, 'systemctl restart named');
    await expect.poll(async () => (await stateOf(host))?.generation, patient).toBe(3);
    const { stage, soaked } = (await stateOf(host)) ?? {};
    expect(stage).toBe('watching');
    expect(soaked).toBeGreaterThanOrEqual(4);
    await expect.poll(() => watches(host), patient).toBe('inactive');
    expect(await on(host, `cat ${dropIn}`)).toContain('UMask=0027');
    expect(await phases()).toBe('committed');
  });

  it.each([
    [
      'named is killed',
      'kill -9 "$(systemctl show -p MainPID --value named)"',
      /named.service (ended|has failed)/,
    ],
    [
      'a zone is lost',
      `cp -p /etc/bind/named.conf.local /root/local && : >/etc/bind/named.conf.local && rndc reconfig`,
      /zone example\.test no longer answers/,
    ],
  ])('goes back by itself where %s', async (_, fault, reason) => {
    const before = await surfaces(host);
    await enforce(600);
    await on(host, fault);
    await expect.poll(async () => (await stateOf(host))?.stage, patient).toBe('back');
    expect((await stateOf(host))?.reason).toMatch(reason);
    await expect.poll(() => watches(host), patient).toBe('inactive');
    await on(
      host,
      '[ ! -e /root/local ] || mv /root/local /etc/bind/named.conf.local; systemctl restart named',
    );
    expect(await surfaces(host)).toBe(before);
    expect(await serial(host)).not.toBe('');
    expect(await phases()).toBe('closed\nclosed');
  });

  it('keeps of attempts to go back that could not the last only: there may be thousands', async () => {
    await enforce(600);
    await on(host, `echo '# by hand' >>${dropIn}; kill -9 "$(systemctl show -p MainPID --value named)"`);
    const ends = `ls -d /var/lib/confine/transactions/*/outcome | wc -l`;
    const started = `journalctl -q -o cat -u 'confine-*-run.service' | grep -c '^Started' || true`;
    const before = Number(await on(host, started));
    await expect
      .poll(async () => Number(await on(host, started)) - before, patient)
      .toBeGreaterThanOrEqual(3);
    expect(Number(await on(host, ends))).toBeLessThanOrEqual(2);
    await on(
      host,
      `systemctl stop confine-watch; rm -f /etc/systemd/system/confine-watch.service /etc/systemd/system/*.wants/confine-watch.service ${dropIn}`,
    );
  });

  it('and a hold that can’t be ended keeps the last try only, too', async () => {
    const id = transactionId();
    const [folder, outcomes] = [
      transactionFolder(id),
      `/var/lib/confine/transactions/*-${id.slice(-6)}/outcome`,
    ];
    const hold = { kind: 'relax', why: '', mechanisms: [], profiles: [], seconds: 3600 } as const;
    const request = {
      who: 'alice@ws',
      commit: '',
      version: '0',
      baseline: 'required',
      deadline: 60,
    } as const;
    await put(stateFile({ name: 'Test' }));
    const { stdout } = await host.run('sh -s', applyTrip(plan('Test'), { ...request, hold }, id));
    expect(parseOutcome(stdout).outcome).toEqual({ is: 'committed' });
    await on(
      host,
      `echo '# by hand' >>${dropIn}; sed -i 's/^until.*/until\\t1/' /var/lib/confine/holds/${id}`,
    );
    const ended = `sh ${folder}/run.sh end ${folder}; sleep 1; until ! systemctl list-units --all --no-legend 'confine-*-run.service' | grep -q .; do sleep 0.1; done`;
    for (const _ of [1, 2, 3]) await on(host, ended);
    expect(await on(host, `grep -h '^outcome' ${outcomes}`)).toBe('outcome\tcommitted\noutcome\trefused');
    await on(
      host,
      `systemctl stop confine-hold-${id}.timer; rm -f /etc/systemd/system/*confine-hold-* /etc/systemd/system/*/confine-hold-* ${dropIn}`,
    );
  });

  it('goes on watching behind a boot', async () => {
    await enforce(20);
    await host.run('systemctl reboot');
    await host.bootAgain();
    expect(await watches(host)).toContain('active');
    await on(host, 'kill -9 "$(systemctl show -p MainPID --value named)"');
    await expect.poll(async () => (await stateOf(host))?.stage, patient).toBe('back');
    expect(await on(host, `ls ${dropIn} 2>&1 || true`)).toContain('No such file');
  });

  it('is taken back on demand with what was noted meanwhile, and nothing watches any more', async () => {
    const before = await surfaces(host);
    const folder = await enforce(600);
    expect(await note(stateFile({ generation: 3, stage: 'watching', soaked: 7 }), 2)).toEqual({
      is: 'noted',
    });
    const { stdout } = await host.run('sh -s', backTrip(folder, 'undo', 'alice@ws'));
    expect(parseOutcome(stdout).outcome).toEqual({ is: 'restored' });
    expect(await stateOf(host)).toEqual(stateFile().state);
    await expect.poll(() => watches(host), patient).toBe('inactive');
    expect(await surfaces(host)).toBe(before);
  });

  it('that was written by somebody else meanwhile is not touched', async () => {
    await put(stateFile({ generation: 2 }));
    const before = await surfaces(host);
    const request = { who: 'a', commit: '', version: '0', baseline: 'required', deadline: 60 } as const;
    const id = `${transactionId()}-${randomBytes(2).toString('hex')}`;
    const { stdout } = await host.run('sh -s', applyTrip(plan('Test'), { ...request, watch: 60 }, id));
    expect(parseOutcome(stdout).outcome).toMatchObject({
      is: 'refused',
      reason: `${statePath} has changed since it was observed`,
    });
    expect(await surfaces(host)).toBe(before);
    expect(await watches(host)).toBe('inactive');
  });
});

describe('confine rollout', () => {
  const book = rolloutBook({ waves: [1, '100%'], soak: '1h' }, [], 'c1');
  const named = (more: Parameters<typeof stateFile>[0] = {}) => put(stateFile({ name: 'Enforce', ...more }));

  it('tells where it stands without a change, for people and as data', async () => {
    const fresh = await rollout('status', book, '-u', 'root', '-l', 'c1', '-t', 'all');
    expect(fresh).toMatchObject({
      code: 10,
      stdout: expect.stringContaining('rollout Enforce: not begun'),
    });
    // A rollout takes no --limit.
    expect(fresh.stdout).toContain(
      `\nnext: confine rollout start ${book} -i ${labInventory()} -u root -t all\n`,
    );
    await named({ stage: 'back', reason: 'AppArmor denied open "/x"' });
    const before = await fingerprint(host);
    const back = await rollout('status', book, '--json');
    expect(back.code).toBe(7);
    expect(back.stdout).toContain('"event":"rollout","summary":{"name":"Enforce","is":"back"');
    expect(await fingerprint(host)).toBe(before);
  });

  it('is paused on its hosts, moves nothing until start, and says by whom', async () => {
    await named();
    const paused = await rollout('pause', book);
    expect(paused).toMatchObject({ code: 10, stdout: expect.stringContaining('paused by') });
    const state = await stateOf(host);
    expect(state).toMatchObject({ generation: 2, paused: { who: expect.stringContaining('@') } });
    expect((await rollout('advance', book)).stdout).toContain('paused by');
    expect(await stateOf(host)).toEqual(state);
    await rollout('start', book);
    expect((await stateOf(host))?.paused).toBeUndefined();
  });

  it('passes over a host that another run holds, and says so', async () => {
    await named();
    await on(host, other);
    const locked = await rollout('advance', book);
    expect(locked).toMatchObject({
      code: 8,
      stderr: expect.stringContaining('c1: locked by bob@ws since now'),
    });
    expect(await stateOf(host)).toEqual(stateFile({ name: 'Enforce' }).state);
    const waiting = startConfine([...rolloutArgs('advance', book), '--lock-wait', '60']);
    await expect.poll(waiting.said, patient).toContain('held by bob@ws since now');
    await on(host, 'kill "$(sed -n 2p /run/confine.lock)"');
    expect((await waiting.ended).code).toBe(10);
  });

  it('takes back what is not done, and leaves what is', async () => {
    const before = await surfaces(host);
    await enforce(600, 'Enforce');
    await rollout('abort', book);
    expect(await surfaces(host)).toBe(before);
    expect(await watches(host)).toBe('inactive');
    await named({ stage: 'done' });
    const done = await rollout('abort', book);
    expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('done on its one host') });
    expect((await stateOf(host))?.stage).toBe('done');
  });

  it('is refused for a play without one, and for a part of its hosts', async () => {
    const plain = playbook([{ apparmor_mode: { profile: 'named', mode: 'enforce' } }], 'c1');
    expect(await rollout('advance', plain)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no play here has a rollout'),
    });
    expect((await rollout('advance', book, '-l', 'c1')).code).toBe(5);
  });
});
