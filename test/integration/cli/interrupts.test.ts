import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scratch, startConfine, type Running } from '../../support/confine.ts';
import { hostsUpTo, inSync, inventoryOn } from '../../support/inventory.ts';
import { startSshd, tmpFolder, type Sshd } from '../../support/sshd.ts';

const patient = { timeout: 20_000 };

/** A host that keeps every trip waiting until `go` writes a line: the trip is in flight for as long as we like. */
let sshd: Sshd;
let gate: string;
let pipe: number;

beforeAll(async () => {
  const folder = tmpFolder('gate');
  gate = join(folder, 'gate');
  execFileSync('mkfifo', [gate]);
  // Open for both, so that neither side waits for the other to open it.
  pipe = openSync(gate, constants.O_RDWR);
  sshd = await startSshd({
    config: ['LogLevel VERBOSE', `ForceCommand read line <${gate}; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`],
  });
});
afterAll(async () => {
  closeSync(pipe);
  await sshd.stop();
});

const go = (): void => void writeSync(pipe, 'go\n');
const sessions = (): number => sshd.log().match(/Starting session/g)?.length ?? 0;

/** A plan for three hosts, one at a time, whose first trip is in flight. */
async function inFlight(...more: readonly string[]): Promise<Running> {
  const before = sessions();
  const hosts = scratch('hosts.yml', inventoryOn(sshd, hostsUpTo(3)));
  const book = scratch('play.yml', inSync);
  const run = startConfine(['plan', book, '-i', hosts, '--no-ssh-config', '--forks', '1', ...more]);
  await expect.poll(sessions, patient).toBe(before + 1);
  return run;
}

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s lets the host in flight finish, and starts no other', async (signal, code) => {
  const run = await inFlight();
  process.kill(run.pid, signal);
  await expect.poll(run.said, patient).toContain('no further host is started');
  const before = sessions();
  go();
  const ran = await run.ended;
  expect(ran.stderr).toContain('ns1: in sync');
  expect(ran.stderr).toContain('not touched: ns2, ns3');
  expect(ran.code).toBe(code);
  expect(sessions()).toBe(before);
});

it('a plan of some hosts only is not saved', async () => {
  const file = scratch('some.plan', '');
  rmSync(file);
  const run = await inFlight('--out', file);
  process.kill(run.pid, 'SIGINT');
  await expect.poll(run.said, patient).toContain('no further host is started');
  go();
  expect(await run.ended).toMatchObject({ code: 130, stderr: expect.stringContaining('no plan is saved') });
  expect(existsSync(file)).toBe(false);
});

it('a second signal lets go at once, and the host finishes by itself', async () => {
  const run = await inFlight();
  process.kill(run.pid, 'SIGINT');
  await expect.poll(run.said, patient).toContain('no further host is started');
  process.kill(run.pid, 'SIGINT');
  const ran = await run.ended;
  expect(ran.stderr).toContain('hosts in flight finish by themselves');
  expect(ran.stderr).not.toContain('ns1: in sync');
  expect(ran.code).toBe(130);
  go();
});
