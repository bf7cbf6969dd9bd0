import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { AbsolutePath, type HostName, type UnitName } from '../../src/brand.ts';
import { noteTrip, parseNoted } from '../../src/apply/note.ts';
import { parseOutcome } from '../../src/apply/outcome.ts';
import { applyTrip, backTrip, transactionFolder, transactionId } from '../../src/apply/session.ts';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { absent, value } from '../../src/observe/observation.ts';
import type { HostPlan } from '../../src/plan/types.ts';
import type { Node } from '../../src/resources/file.ts';
import { formatState, statePath, type StateFile } from '../../src/rollout/state.ts';
import { containers, on, serial, surfaces } from '../support/lab.ts';
import { stateFile, stateOf, watches } from '../support/rollout.ts';

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
    await on(
      host,
      `setsid sh -c 'exec 9>>/run/confine.lock; flock 9; printf "bob@ws since now\\n%s\\n" $$ >/run/confine.lock; exec sleep 60' >/dev/null 2>&1 & while flock -n /run/confine.lock true; do sleep 0.1; done`,
    );
    expect(await note(stateFile({ generation: 2 }), 1)).toEqual({ is: 'locked', reason: 'bob@ws since now' });
    expect(await stateOf(host)).toEqual(stateFile().state);
    await on(host, 'kill "$(sed -n 2p /run/confine.lock)"');
  });
});

const dropIn = AbsolutePath.parse('/etc/systemd/system/named.service.d/60-watched.conf');
const file = (text: string): Node => ({
  is: 'file',
  content: Buffer.from(text),
  mode: '0644',
  owner: 'root',
  group: 'root',
});

/** What an enforce does, with a drop-in in place of the mode, since containers have no AppArmor. */
const plan = (): HostPlan => ({
  host: 'c1' as HostName,
  tasks: [],
  packages: [],
  changes: [
    { change: 'file', path: dropIn, before: absent, after: value(file('[Service]\nUMask=0027\n')) },
    {
      change: 'file',
      path: statePath,
      before: value(file(formatState(stateFile()))),
      after: value(file(formatState(stateFile({ generation: 2, stage: 'watching' })))),
    },
    { change: 'daemon-reload', unit: 'named.service' as UnitName },
    { change: 'restart', unit: 'named.service' as UnitName, why: [] },
  ],
  expect: [],
  watch: ['named.service'],
  basis: {},
  holds: [],
  breaks: false,
  state: 'changes',
});

async function enforce(watch: number): Promise<string> {
  await put(stateFile());
  const id = transactionId();
  const request = { who: 'alice@ws', commit: '', version: '0', baseline: 'required', deadline: 120 } as const;
  const { stdout } = await host.run('sh -s', applyTrip(plan(), { ...request, watch }, id));
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
    const { stdout } = await host.run('sh -s', applyTrip(plan(), { ...request, watch: 60 }, id));
    expect(parseOutcome(stdout).outcome).toMatchObject({
      is: 'refused',
      reason: `${statePath} has changed since it was observed`,
    });
    expect(await surfaces(host)).toBe(before);
    expect(await watches(host)).toBe('inactive');
  });
});
