import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { confine, scratch, startConfine, type Ran, type Running } from '../support/confine.ts';
import { containers, labInventory, on } from '../support/lab.ts';

const names = ['c1', 'c2', 'c3'] as const;
const patient = { timeout: 30_000 };
let hosts: readonly ContainerHandle[];

beforeAll(() => {
  vi.stubEnv('XDG_STATE_HOME', mkdtempSync(join(tmpdir(), 'confine-state-')));
});
beforeEach(async () => {
  hosts = await containers(names);
});

/** One host at a time gets a drop-in, behind which its named takes so many seconds to start. */
const oneByOne = (seconds = 0, terms: object = {}): readonly string[] => {
  const Service = { NoNewPrivileges: true, ExecStartPre: `/bin/sleep ${seconds}` };
  const task = { systemd_dropin: { unit: 'named.service', name: '50-confine', settings: { Service } } };
  const book = scratch(
    'runs.yml',
    dump([{ name: 'Test', hosts: names.join(','), become: true, serial: 1, ...terms, tasks: [task] }]),
  );
  return ['apply', book, '-i', labInventory(), '--yes'];
};

const noNewPrivs = (): Promise<readonly string[]> =>
  Promise.all(
    hosts.map((host) =>
      on(host, "sed -n 's/^NoNewPrivs:.//p' /proc/$(systemctl show -p MainPID --value named)/status"),
    ),
  );

/** Runs the command that a run printed to go on, word by word. */
function goOn(ran: Ran): Promise<Ran> {
  const [, command = ''] = /^next: confine (.*)$/m.exec(ran.stderr) ?? [];
  expect(command).toMatch(/ --limit @\S+\.txt$/);
  return confine(command.split(' '));
}

/** A run of which the first host is in flight, and takes some seconds more. */
async function inFlight(): Promise<Running> {
  const run = startConfine(oneByOne(4));
  await expect.poll(run.said, patient).toContain('c1: restart named.service');
  return run;
}

it('a run ends with the budget of failures, and goes on with what it left', async () => {
  const [, second] = hosts;
  if (second) await on(second, 'systemctl stop named');
  const ran = await confine(oneByOne(0, { max_fail_percentage: 0 }));
  expect(ran.stderr).toMatch(/batch 1 of 3: c1\n[^]*batch 2 of 3: c2\n/);
  expect(ran.stderr).not.toContain('batch 3');
  expect(ran.stderr).toContain(
    'no further host was started: 1 of 3 hosts of "Test" failed, more than its max_fail_percentage 0 allows',
  );
  expect(ran.stderr).toContain('done: c1\nfailed: c2\nnot touched: c3\n');
  expect(ran.code).toBe(2);

  if (second) await on(second, 'systemctl start named');
  expect(await noNewPrivs()).toEqual(['1', '0', '0']);
  const rest = await goOn(ran);
  expect(rest.stderr).toMatch(/^apply: 2 hosts\n/);
  expect(rest.stderr).toContain('2 changed and healthy');
  expect(rest.code).toBe(0);
  expect(await noNewPrivs()).toEqual(['1', '1', '1']);
});

it('an interrupt lets the host in flight finish, and says who is where and how to go on', async () => {
  const run = await inFlight();
  process.kill(run.pid, 'SIGINT');
  const ran = await run.ended;
  expect(ran.stderr).toContain('c1: changed, DNS answers');
  expect(ran.stderr).toContain('done: c1\nnot touched: c2, c3\n');
  expect(ran.code).toBe(130);
  expect(await noNewPrivs()).toEqual(['1', '0', '0']);
  expect(ran.stderr).toMatch(/^next: confine apply .* --limit @\S+$/m);
});

it('a second interrupt leaves the host in flight to itself, and the rest goes on with it', async () => {
  const run = await inFlight();
  process.kill(run.pid, 'SIGINT');
  await expect.poll(run.said, patient).toContain('no further host is started');
  process.kill(run.pid, 'SIGINT');
  const ran = await run.ended;
  expect(ran.stderr).toContain('left to themselves while they were changed: c1\nnot touched: c2, c3\n');
  expect(ran.code).toBe(130);

  const [first] = hosts;
  const outcome = () => first && on(first, 'head -n 1 /var/lib/confine/transactions/*/outcome; :');
  await expect.poll(outcome, patient).toBe('outcome\tcommitted');
  const rest = await goOn(ran);
  expect(rest.stderr).toContain('c1: in sync');
  expect(rest.stderr).toContain('1 in sync, 2 changed and healthy');
  expect(await noNewPrivs()).toEqual(['1', '1', '1']);
});
