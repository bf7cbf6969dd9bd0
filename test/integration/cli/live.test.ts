import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { main, scratch, startAtTerminal } from '../../support/confine.ts';
import { hostsUpTo, inSync, inventoryOn } from '../../support/inventory.ts';
import { freePort, startSshd, tmpFolder, type Sshd } from '../../support/sshd.ts';
import { atTerminal, type AtTerminal } from '../../support/tmux.ts';

const patient = { timeout: 20_000 };

/** A host that keeps every trip waiting until `go` writes a line. */
let sshd: Sshd;
let pipe: number;
let terminal: AtTerminal | undefined;

beforeAll(async () => {
  const gate = join(tmpFolder('gate'), 'gate');
  execFileSync('mkfifo', [gate]);
  // Open for both, so that neither side waits for the other to open it.
  pipe = openSync(gate, constants.O_RDWR);
  sshd = await startSshd({
    config: [`ForceCommand read line <${gate}; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`],
  });
});
afterEach(() => {
  terminal?.close();
  terminal = undefined;
});
afterAll(async () => {
  closeSync(pipe);
  await sshd.stop();
});

const go = (): void => void writeSync(pipe, 'go\n');

const args = (hosts: Parameters<typeof inventoryOn>[1], ...more: readonly string[]): readonly string[] => [
  'plan',
  scratch('play.yml', inSync),
  '-i',
  scratch('hosts.yml', inventoryOn(sshd, hosts)),
  '--no-ssh-config',
  ...more,
];

const planning = (hosts: Parameters<typeof inventoryOn>[1], ...more: readonly string[]): AtTerminal =>
  (terminal = atTerminal([process.execPath, main, ...args(hosts, ...more)]));

/** Lines of the view. */
const bars = (screen: string): number => screen.match(/^plan \[/gm)?.length ?? 0;

it('a live view shows how far a run is, and leaves nothing behind but what was told', async () => {
  const { screen, cursorShows } = planning(hostsUpTo(3), '--forks', '2');
  await expect
    .poll(screen, patient)
    .toMatch(/^plan \[ +\] {2}0 of 3, looking {2}\d+s\n {2}2 in flight, 1 waiting\n/m);
  expect(screen()).toMatch(/^ {2}ns1 \d+s looking\n {2}ns2 \d+s looking$/m);
  expect(cursorShows()).toBe(false);
  go();
  await expect.poll(screen, patient).toMatch(/1 of 3 .*\n {2}2 in flight, 1 in sync\n/);
  expect(bars(screen())).toBe(1);
  go();
  go();
  await expect.poll(screen, patient).toContain('exit 0');
  expect(screen()).toMatch(/^plan: 3 hosts\nns\[1:3\]: in sync\n3 in sync in .*\nnext: confine status /);
  expect(bars(screen())).toBe(0);
  expect(cursorShows()).toBe(true);
});

it('what matters scrolls above it', async () => {
  const { screen } = planning({ ns1: {}, ns2: { ansible_port: await freePort() } });
  await expect.poll(screen, patient).toMatch(/1 of 2/);
  expect(screen()).toMatch(
    /^plan: 2 hosts\nns2: unreachable: [^]*\n {2}= [^]*\nplan \[[^]*ns2 unreachable: /,
  );
  go();
  await expect.poll(screen, patient).toContain('exit 4');
});

it('a terminal that changes its size has one view, that fits', async () => {
  const { screen, resize } = planning(hostsUpTo(2));
  await expect.poll(screen, patient).toContain('2 in flight');
  for (const [columns, rows] of [
    [120, 40],
    [90, 12],
    [200, 24],
  ] as const) {
    resize(columns, rows);
    // The seconds go on, so the view was drawn again behind the change.
    const before = screen();
    await expect.poll(screen, patient).not.toBe(before);
    expect(bars(screen())).toBe(1);
    expect(screen().match(/ns1 /g)).toHaveLength(1);
  }
  go();
  go();
  await expect.poll(screen, patient).toContain('exit 0');
  expect(bars(screen())).toBe(0);
});

it('^C leaves the terminal as it was, at once where it comes twice', async () => {
  const { screen, keys, cursorShows } = planning(hostsUpTo(2), '--forks', '1');
  await expect.poll(screen, patient).toContain('1 in flight');
  keys('C-c');
  await expect.poll(screen, patient).toMatch(/warning: interrupted: [^]*plan \[/);
  keys('C-c');
  await expect.poll(screen, patient).toContain('exit 130');
  expect(screen()).toContain('hosts in flight finish by themselves');
  expect(bars(screen())).toBe(0);
  expect(cursorShows()).toBe(true);
  go();
});

it.each([
  ['in CI', {}, { CI: 'true' }],
  ['at a terminal without escapes', {}, { TERM: 'dumb' }],
  ['with -q', { more: ['-q'] }, {}],
  ['with --json at the same terminal', { more: ['--json'] }, {}],
] as const)('%s there is none', async (_, { more = [] }: { more?: readonly string[] }, env) => {
  const run = startAtTerminal(args(hostsUpTo(2), ...more), { CI: undefined, TERM: 'xterm', ...env });
  go();
  go();
  const { code, stdout } = await run.ended;
  expect(code).toBe(0);
  expect(stdout).not.toContain('\x1b[');
  expect(stdout).toMatch(/2 in sync|"run-ended"/);
});
