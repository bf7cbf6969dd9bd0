import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { without } from '../../golden/files.ts';
import { golden } from '../../golden/golden.ts';
import { confine, scratch, startConfine } from '../../support/confine.ts';
import { eventLines } from '../../support/event-lines.ts';
import { hostsUpTo, inventoryOn, inSync, pending, taskOnHosts } from '../../support/inventory.ts';
import { freePort, startSshd, tmpFolder, type Sshd } from '../../support/sshd.ts';

let sshd: Sshd;
let folder: string;
beforeAll(async () => {
  sshd = await startSshd({ config: ['LogLevel VERBOSE'] });
});
afterAll(() => sshd.stop());
beforeEach(() => {
  folder = tmpFolder('reports');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(at(name), 'utf8');
const json = (name: string): unknown => JSON.parse(text(name));
const onHosts = (book: string, hosts: string, ...more: readonly string[]) => [
  scratch('play.yml', book),
  '-i',
  scratch('hosts.yml', hosts),
  '--no-ssh-config',
  ...more,
];
const every = ['junit', 'sarif', 'gitlab', 'html'];
const reports = (kinds = every) => kinds.flatMap((it) => ['--report', `${it}=${at(it)}`]);

describe('--report', () => {
  it('writes what plan saw, whole, and changes nothing of what it prints', async () => {
    const hosts = { ...hostsUpTo(2), ns3: { ansible_port: await freePort() } };
    const args = onHosts(pending, inventoryOn(sshd, hosts), '--forks', '1');
    const [plain, ran] = [await confine(['plan', ...args]), await confine(['plan', ...args, ...reports()])];
    expect(ran).toMatchObject({ code: plain.code, stdout: plain.stdout });
    expect(readdirSync(folder).toSorted()).toEqual(every.toSorted());
    expect(json('gitlab')).toMatchObject([
      { check_name: 'outcome', severity: 'critical', description: expect.stringContaining('host: ns3') },
      {
        check_name: 'pending',
        severity: 'info',
        description: expect.stringContaining('2 hosts: ns1, ns2'),
        location: { path: args[0], lines: { begin: 3 } },
      },
    ]);
    expect(json('sarif')).toMatchObject({ runs: [{ invocations: [{ exitCode: 4 }] }] });
    expect(text('junit')).toContain('<testsuite name="ns3"');
    expect(text('html')).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
  });

  it('of status has metrics, too', async () => {
    const hosts = { ...hostsUpTo(2), ns3: { ansible_port: await freePort() } };
    const kinds = [...every, 'prometheus'];
    const ran = await confine(['status', ...onHosts(inSync, inventoryOn(sshd, hosts)), ...reports(kinds)]);
    expect(ran.code).toBe(4);
    expect(text('prometheus')).toContain(
      'confine_up{host="ns1"} 1\nconfine_up{host="ns2"} 1\nconfine_up{host="ns3"} 0\n',
    );
  });

  it('has what rejects a playbook, at its line', async () => {
    const book = taskOnHosts('package: { nmes: [dpkg] }');
    for (const command of ['plan', 'check']) {
      const args = onHosts(book, inventoryOn(sshd));
      const ran = await confine([command, ...args, ...reports()]);
      expect(ran.code).toBe(3);
      expect(json('gitlab')).toMatchObject([
        { check_name: 'input', severity: 'critical', location: { path: args[0], lines: { begin: 3 } } },
      ]);
    }
  });

  it('replaces the file that is there, behind a link, too, and keeps it until the new one is whole', async () => {
    writeFileSync(at('old'), 'old');
    symlinkSync('old', at('gitlab'));
    await confine(['check', scratch('play.yml', inSync), ...reports(['gitlab'])]);
    expect(text('old')).toBe('[]\n');
  });

  it('of a run that is let go of still has what is known', async () => {
    const gate = at('gate');
    execFileSync('mkfifo', [gate]);
    const slow = await startSshd({ config: ['LogLevel VERBOSE', `ForceCommand read line <${gate}`] });
    try {
      const args = onHosts(inSync, inventoryOn(slow, hostsUpTo(2)), '--forks', '1');
      const run = startConfine(['plan', ...args, ...reports()]);
      await expect.poll(() => slow.log(), { timeout: 20_000 }).toContain('Starting session');
      process.kill(run.pid, 'SIGINT');
      await expect.poll(run.said, { timeout: 20_000 }).toContain('no further host is started');
      process.kill(run.pid, 'SIGINT');
      expect((await run.ended).code).toBe(130);
      expect(text('junit')).toContain('message="the run ended before"');
      expect(json('sarif')).toMatchObject({ runs: [{ invocations: [{ exitCode: 130 }] }] });
    } finally {
      await slow.stop();
    }
  });

  it('that can’t be written is told before any host is asked, with exit 5', async () => {
    const wrong = [
      ['plan', '--report', 'pdf=x'],
      ['plan', '--report', 'junit'],
      ['plan', '--report', 'junit='],
      ['plan', '--report', 'github=x'],
      ['plan', '--report', 'prometheus=x'],
      ['plan', '--report', 'junit=/nosuch/report.xml'],
      ['plan', '--report', 'junit=/etc'],
      ['plan', '--report', `junit=${folder}/a`, '--report', `html=${folder}/a`],
    ];
    const before = sshd.log();
    const told: string[] = [];
    for (const [command = '', ...more] of wrong) {
      const ran = await confine([command, ...onHosts(inSync, inventoryOn(sshd)), ...more]);
      expect([more, ran.code, ran.stdout]).toEqual([more, 5, '']);
      told.push(`$ confine ${command} ${more.join(' ')}\n${ran.stderr}`);
    }
    const all = without(folder, told.join('\n'));
    expect(all).toBe(golden('cli-reports', all));
    expect(sshd.log()).toBe(before);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('to a full disk keeps no other back, and is told, with exit 1', async () => {
    const small = at('small');
    execFileSync('mkdir', [small]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'none', small]);
    try {
      writeFileSync(join(small, 'full'), Buffer.alloc(4096));
      const args = ['--report', `html=${small}/page`, ...reports(['gitlab'])];
      const ran = await confine(['check', scratch('play.yml', inSync), ...args]);
      expect(ran).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/report .*page could not be saved: .*no space/),
      });
      expect(readdirSync(small)).toEqual(['full']);
      expect(text('gitlab')).toBe('[]\n');
    } finally {
      execFileSync('umount', [small]);
    }
  });

  it('of github are annotations beside the data, and the summary of the step behind what is there', async () => {
    writeFileSync(at('summary'), 'before\n');
    process.env['GITHUB_STEP_SUMMARY'] = at('summary');
    try {
      const args = onHosts(pending, inventoryOn(sshd), '--json', '--report', 'github');
      const ran = await confine(['plan', ...args]);
      expect(eventLines(ran.stdout).wrong).toEqual([]);
      expect(ran.stderr).toMatch(/^::notice file=.*play\.yml,line=3,col=7,title=confine%3A pending::/);
      expect(text('summary')).toMatch(/^before\n### confine plan\n[^]*install package no-such-package/);
      process.env['GITHUB_STEP_SUMMARY'] = at('nosuch/summary');
      expect(await confine(['plan', ...args])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('error: the summary of the step could not be written: ENOENT'),
      });
    } finally {
      delete process.env['GITHUB_STEP_SUMMARY'];
    }
  });
});

describe('--json of check', () => {
  const kinds = (stdout: string) => {
    const { events, wrong } = eventLines(stdout);
    expect(wrong).toEqual([]);
    return events.map(({ event }) => event);
  };

  it('has findings at their places, and how it ended', async () => {
    const right = await confine(['check', scratch('play.yml', inSync), '--json']);
    expect(kinds(right.stdout)).toEqual(['run-started', 'run-ended']);
    const book = scratch('play.yml', taskOnHosts('package: { nmes: [dpkg] }'));
    const { stdout, code } = await confine(['check', book, '--json']);
    expect(kinds(stdout)).toEqual(['finding', 'run-ended']);
    expect(eventLines(stdout).events).toMatchObject([
      { severity: 'error', schemaVersion: 1, finding: { at: { file: book, line: 3 } } },
      { exit: code },
    ]);
    const dropIn = scratch('50.conf', '[Service]\nNosuch=yes\n');
    expect(kinds((await confine(['check', dropIn, '--json'])).stdout).at(0)).toBe('finding');
  });

  it('with --host has what is blocked, and who gave no answer', async () => {
    const hosts = inventoryOn(sshd, { ns1: {}, ns2: { ansible_port: await freePort() } });
    const args = ['-i', scratch('hosts.yml', hosts), '--no-ssh-config', '--host', 'all', '--json'];
    const ran = await confine(['check', ...args]);
    expect(kinds(ran.stdout)).toEqual(['run-started', 'host-ended', 'host-ended', 'run-ended']);
    expect(eventLines(ran.stdout).events.at(-1)).toMatchObject({ exit: ran.code });
  });
});

it('every line of a log has its place in the schema', async () => {
  for (const log of readdirSync('test/fixtures/audit').filter((it) => it.endsWith('.txt'))) {
    const { stdout } = await confine(['denials', '--from', `test/fixtures/audit/${log}`, '--json']);
    const { events, wrong } = eventLines(stdout);
    expect([log, wrong]).toEqual([log, []]);
    expect(events.length).toBeGreaterThan(0);
  }
});
