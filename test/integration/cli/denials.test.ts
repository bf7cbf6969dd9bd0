import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { golden } from '../../golden/golden.ts';
import { confine, scratch } from '../../support/confine.ts';
import { inSync, taskOnHosts } from '../../support/inventory.ts';
import { freePort } from '../../support/sshd.ts';

const log = 'test/fixtures/audit/whole-audit.txt';
const text = readFileSync('test/fixtures/audit/n1b-zones.txt', 'utf8');

describe('a log that somebody sent', () => {
  it('is one line for each record in it, in their order, and one for what can not be read', async () => {
    const cut = `${text.split('\n')[0]?.slice(0, 105)}\nnothing\n`;
    const { code, stdout, stderr } = await confine(['denials', '--from', '-', '--json'], text + cut);
    const lines = stdout
      .trim()
      .split('\n')
      .map((it) => JSON.parse(it) as Record<string, unknown>);
    expect(lines.map((it) => it['event'])).toEqual([...Array<string>(6).fill('DENIED'), 'unparsed']);
    expect(lines[1]).toMatchObject({
      operation: 'open',
      profile: 'named',
      name: '/srv/bind/zones/db"q',
      requestedMask: 'r',
      deniedMask: 'r',
      comm: 'isc-net-0000',
      pid: 1430,
      serial: 1381,
      time: 1_795_464_069.12,
    });
    expect([code, stderr]).toEqual([0, '']);
  });

  it('is put together for people', async () => {
    const { code, stdout } = await confine(['denials', '--from', log]);
    expect(code).toBe(0);
    expect(stdout).toBe(golden('cli-denials-from', stdout));
  });

  it('is the same where logrotate has packed it', async () => {
    const packed = scratch('audit.log.2.gz', '');
    writeFileSync(packed, gzipSync(readFileSync(log)));
    const plain = await confine(['denials', '--from', log]);
    expect(await confine(['denials', '--from', packed])).toEqual(plain);
  });

  it.each([
    ['empty', ''],
    ['another', '192.0.2.1 - - [25/Nov/2026] "GET / HTTP/1.1" 200\n'],
  ])('that is %s is not taken for a quiet one', async (_, content) => {
    const ran = await confine(['denials', '--from', '-'], content);
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    expect(ran.stderr).toMatch(/^warning: -: no line of it is of the audit trail/);
    expect((await confine(['denials', '--from', log])).stderr).not.toContain('is of the audit trail');
  });

  it('of journald has a record twice, and it counts once', async () => {
    const { stdout } = await confine(['denials', '--from', 'test/fixtures/journal/journal-all.txt']);
    expect(stdout).toMatch(/db\.example\n {2}once, /);
  });

  it.each([[], ['--json']])('tells what is missing in it, on stderr: %j', async (...more) => {
    const { code, stderr } = await confine([
      'denials',
      '--from',
      'test/fixtures/journal/suppressed.txt',
      ...more,
    ]);
    expect(stderr).toContain('1073 records were lost before anybody wrote them down');
    expect(code).toBe(0);
  });

  it('gives rules to copy, when asked', async () => {
    const { code, stdout } = await confine(['denials', '--from', '-', '--propose'], text);
    expect(code).toBe(0);
    expect(stdout).toContain('/srv/bind/zones/db');
  });
});

it.each([
  ['a log that is not there', ['--from', '/nonexistent/audit.log'], 3],
  ['a log and an inventory', ['--from', log, '-i', 'inventory'], 5],
  ['a time that is none', ['--since', 'yesterday', '-i', 'inventory'], 5],
  ['playbooks without --propose', ['playbooks/harden-bind.yml', '-i', 'inventory'], 5],
  ['a profile that can be none', ['--profile', 'a b', '--from', log], 5],
  ['no inventory', [], 5],
])('%s is rejected', async (name, args, code) => {
  const ran = await confine(['denials', ...args]);
  expect(ran.code).toBe(code);
  expect(ran.stderr).toBe(golden(`cli-denials-${name.replaceAll(' ', '-')}`, ran.stderr));
});

describe('--propose into a playbook', () => {
  const propose = async (book: string) => {
    const hosts = `nameservers:\n  hosts:\n    ns1: { ansible_host: 127.0.0.1, ansible_port: ${await freePort()}, my-var: 1 }\n`;
    const files = [scratch('play.yml', book), '-i', scratch('hosts.yml', hosts)];
    return confine(['denials', ...files, '--propose', '--check', '--no-ssh-config']);
  };

  it('that is rejected asks no host', async () => {
    const { code, stderr } = await propose(taskOnHosts('package: { nmes: [dpkg] }'));
    expect(stderr).not.toContain('unreachable');
    expect(code).toBe(3);
  });

  it('tells what is odd about the inventory once, and proposes nothing where no host was read', async () => {
    const { code, stderr } = await propose(inSync);
    expect(stderr.match(/"my-var" cannot be the name/g)).toHaveLength(1);
    expect(stderr).toContain('unreachable');
    expect(stderr).not.toContain('no rules to propose');
    expect(code).toBe(4);
  });
});
