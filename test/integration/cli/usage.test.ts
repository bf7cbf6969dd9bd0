import { afterAll, beforeAll, expect, it } from 'vitest';
import { examples } from '../../../src/cli/examples.ts';
import { golden } from '../../golden/golden.ts';
import { confine, scratch, startAtTerminal } from '../../support/confine.ts';
import { inventoryOn, inSync, pending } from '../../support/inventory.ts';
import { startSshd, type Sshd } from '../../support/sshd.ts';

const patient = { timeout: 20_000 };

let sshd: Sshd;
let hosts: string;
beforeAll(async () => {
  sshd = await startSshd({ config: ['LogLevel VERBOSE'] });
  hosts = scratch('hosts.yml', inventoryOn(sshd));
});
afterAll(() => sshd.stop());

const wrong: readonly (readonly string[])[] = [
  [],
  ['plna'],
  ['plan'],
  ['plan', 'x.yml', '--nosuch'],
  ['plan', 'x.yml', '-i'],
  ['plan', 'x.yml', '--forks', '0'],
  ['plan', 'x.yml', '--forks', 'x'],
  ['plan', 'x.yml', '--color', 'blue'],
  ['plan', ''],
  ['plan', 'x.yml', '-i', ''],
  ['plan', 'x.yml', '-u', ''],
  ['plan', 'x.yml', '--out', ''],
  ['plan', 'x.yml', '-q', '-v'],
  ['apply', 'x.yml', '--lock-wait', '1m'],
  ['plan', 'playbooks/harden-bind.yml'],
  ['status', 'ns1'],
  ['status', 'ns1', '-i', 'ns1,ns2,'],
  ['init', '--adopt'],
  ['relax', 'ns1', '-i', 'ns1,', '--yes'],
  ['relax', 'ns1', '-i', 'ns1,', '--yes', '--all', '--mechanism', 'seccomp'],
  ['relax', 'ns1', '-i', 'ns1,', '--yes', '--end', '--all'],
  ['relax', 'ns1', '-i', 'ns1,', '--yes', '--end', '--for', '1h'],
  ['audit', 'ns1', '-i', 'ns1,', '--yes', '--end', '--profile', 'named'],
  ['inventory', '-i', 'ns1,', '--list', '--playbook-dir', 'nosuch'],
  ['denials', '-i', 'ns1,', '--check'],
  ['denials', '--from', 'x.log', '--detailed-exitcode'],
  ['check', 'playbooks/harden-bind.yml', '--limit', 'ns1'],
  ['inventory', '-i', 'ns1,', '--host', 'ns2'],
  ['inventory', '-i', 'ns1,', '--graph', '--limit', 'ns1'],
  ['explain'],
  ['explain', 'nosuch'],
  ['explain', 'conflict', 'nosuch'],
  ['explain', 'unit', 'nosuch'],
  ['schema', 'nosuch'],
  ['completion', 'ksh'],
  ['init', '--ci', 'jenkins'],
  ['lab'],
  ['lab', 'nosuch'],
  ['help', 'nosuch'],
  ['help', 'plna'],
  ['help', 'rollout', 'advnace'],
  ['rollout', 'help', 'nosuch'],
  ['nosuch', '--help'],
  ['rollout', 'nosuch', '-h'],
  ['lab', 'up'],
  ['lab', 'up', '--machines', 'x'],
  ['lab', 'up', '--machines', '1', '--release', 'buster'],
];

it('a wrong call says what is wrong and where the right one is shown, with exit 5', async () => {
  const told: string[] = [];
  for (const args of wrong) {
    const { code, stdout, stderr } = await confine(args);
    expect([args, code, stdout]).toEqual([args, 5, '']);
    told.push(`$ confine ${args.join(' ')}\n${stderr}`);
  }
  const text = told.join('\n');
  expect(text).toBe(golden('cli-usage', text));
});

it('the help of confine and of a command are on stdout', async () => {
  const told: string[] = [];
  for (const args of [['--help'], ['plan', '--help']]) {
    const { code, stdout, stderr } = await confine(args);
    expect([code, stderr]).toEqual([0, '']);
    told.push(`$ confine ${args.join(' ')}\n${stdout}`);
  }
  const text = told.join('\n');
  expect(text).toBe(golden('cli-help', text));
});

it.each([
  [['help'], ['--help']],
  [
    ['help', 'plan'],
    ['plan', '--help'],
  ],
  [
    ['help', 'rollout', 'start'],
    ['rollout', 'start', '--help'],
  ],
  [
    ['rollout', 'help', 'start'],
    ['rollout', 'start', '--help'],
  ],
])('%j is %j', async (words, same) => {
  const { code, stdout } = await confine(same);
  expect(await confine(words)).toEqual({ code, stdout, stderr: '' });
  expect(code).toBe(0);
});

const offline = Object.entries(examples).flatMap(([command, all]) =>
  ['inventory', 'schema', 'explain', 'completion'].includes(command) ? all.map(([line]) => line) : [],
);

it.each([...offline, ...(examples['check'] ?? []).slice(0, 2).map(([line]) => line)])(
  'the example %s works as it is',
  async (line) => {
    const ran = await confine(line.replaceAll("'", '').split(' ').slice(1));
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.stdout + ran.stderr).not.toBe('');
  },
);

it('apply without a terminal wants --yes, before any host is touched', async () => {
  const before = sshd.log();
  const ran = await confine(['apply', scratch('play.yml', pending), '-i', hosts, '--no-ssh-config']);
  expect(ran.stderr).toMatch(/no terminal to confirm on[^]*--yes/);
  expect(ran).toMatchObject({ code: 5, stdout: '' });
  expect(sshd.log()).toBe(before);
});

it('-K without a terminal wants the password on stdin, before any host is touched', async () => {
  const before = sshd.log();
  const ran = await confine(['plan', scratch('play.yml', inSync), '-i', hosts, '--no-ssh-config', '-K']);
  expect(ran.stderr).toContain('stdin is empty');
  expect(ran).toMatchObject({ code: 5, stdout: '' });
  expect(sshd.log()).toBe(before);
});

it('-K asks at a terminal, and does not echo the answer', async () => {
  const args = ['plan', scratch('play.yml', inSync), '-i', hosts, '--no-ssh-config', '-K'];
  const run = startAtTerminal(args);
  await expect.poll(run.said, patient).toContain('BECOME password: ');
  run.stdin.write('never-shown\n');
  const { code, stdout } = await run.ended;
  expect(stdout).toContain('ns1: in sync');
  expect(stdout).not.toContain('never-shown');
  expect(code).toBe(0);
});

it.each([
  ['n\n', 0, /ns1: changes pending/],
  ['\x04', 0, /ns1: changes pending/],
  ['\x03', 130, /not touched: ns1/],
])('apply that is answered %j changes nothing', async (answer, code, told) => {
  const run = startAtTerminal(['apply', scratch('play.yml', pending), '-i', hosts, '--no-ssh-config']);
  await expect.poll(run.said, patient).toContain('Change 1 host? [y/N]');
  const { length } = sshd.log().match(/Starting session/g) ?? [];
  run.stdin.write(answer);
  const ran = await run.ended;
  expect(ran.stdout).toMatch(told);
  expect(ran.code).toBe(code);
  expect(sshd.log().match(/Starting session/g)).toHaveLength(length);
});

it('^C at the password ends before any host is touched', async () => {
  const before = sshd.log();
  const args = ['plan', scratch('play.yml', inSync), '-i', hosts, '--no-ssh-config', '-K'];
  const run = startAtTerminal(args);
  await expect.poll(run.said, patient).toContain('BECOME password: ');
  run.stdin.write('\x03');
  expect(await run.ended).toMatchObject({
    code: 130,
    stdout: expect.stringContaining('interrupted: no host was touched'),
  });
  expect(sshd.log()).toBe(before);
});
