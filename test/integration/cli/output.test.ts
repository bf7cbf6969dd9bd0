import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOf, without } from '../../golden/files.ts';
import { golden } from '../../golden/golden.ts';
import { confine, main, scratch } from '../../support/confine.ts';
import { hostsUpTo, inSync, inventoryOn, pending, taskOnHosts } from '../../support/inventory.ts';
import { freePort, startSshd, tmpFolder, type Sshd } from '../../support/sshd.ts';
import { shell } from '../../support/shell.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

const plan = (book: string, hosts: string, ...more: readonly string[]) =>
  confine(['plan', scratch('play.yml', book), '-i', scratch('hosts.yml', hosts), '--no-ssh-config', ...more]);

interface Line {
  readonly event: string;
  readonly schemaVersion?: number;
  readonly host?: string;
  readonly outcome?: { readonly is: string };
  readonly exit?: number;
}

const lines = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((it) => JSON.parse(it) as Line);

describe('--json', () => {
  it('is one event a line, from the first to the last, and nothing else', async () => {
    const hosts = { ...hostsUpTo(2), ns3: { ansible_port: await freePort() } };
    const ran = await plan(pending, inventoryOn(sshd, hosts), '--json', '--detailed-exitcode');
    const events = lines(ran.stdout);
    expect(events[0]).toMatchObject({ event: 'run-started', schemaVersion: 1, hosts: ['ns1', 'ns2', 'ns3'] });
    expect(events.at(-1)).toMatchObject({ event: 'run-ended', exit: ran.code });
    expect(
      events
        .slice(1, -1)
        .map((it) => `${it.event} ${it.host}`)
        .toSorted(),
    ).toEqual(['host-ended ns1', 'host-ended ns2', 'host-ended ns3', 'host-planned ns1', 'host-planned ns2']);
    expect(ran).toMatchObject({ code: 4, stderr: '' });
  });

  it('and the text of a plan say who has to confirm it from outside', async () => {
    const book = pending.replace('  tasks:', '  confirm: { within: 20s, from: ns2 }\n  tasks:');
    const hosts = `${inventoryOn(sshd)}other: { hosts: { ns2: { ansible_host: 127.0.0.1 } } }\n`;
    const [, planned] = lines((await plan(book, hosts, '--json')).stdout);
    expect(planned).toMatchObject({ event: 'host-planned', confirm: { from: 'ns2', within: 20 } });
    const { stdout } = await plan(book, hosts);
    expect(stdout).toContain('! to be confirmed from outside by ns2, within 20 s\n');
  });

  it('has warnings among its events', async () => {
    const vars = { ansible_ssh_common_args: '-o Compression=yes' };
    const ran = await plan(inSync, inventoryOn(sshd, undefined, vars), '--json');
    expect(lines(ran.stdout).map((it) => it.event)).toEqual([
      'run-started',
      'warning',
      'host-planned',
      'host-ended',
      'run-ended',
    ]);
    expect(ran.stderr).toBe('');
  });

  it('of status says its version on every line', async () => {
    const hosts = scratch('hosts.yml', inventoryOn(sshd, hostsUpTo(2)));
    const ran = await confine(['status', '-i', hosts, '--no-ssh-config', '--json']);
    expect(lines(ran.stdout)).toMatchObject([
      { event: 'run-started', schemaVersion: 1, command: 'status' },
      { event: 'host-status', schemaVersion: 1, host: 'ns1', is: 'attested' },
      { event: 'host-status', schemaVersion: 1, host: 'ns2', is: 'attested' },
      { event: 'run-ended', exit: 0 },
    ]);
  });

  it('of status tells drift, what is unknown, and who gave no answer', async () => {
    const hosts = scratch('hosts.yml', inventoryOn(sshd, { ns1: {}, ns2: { ansible_port: 1 } }));
    const ran = await confine([
      'status',
      scratch('play.yml', pending),
      '-i',
      hosts,
      '--no-ssh-config',
      '--json',
    ]);
    expect(lines(ran.stdout).filter(({ event }) => event === 'host-status')).toMatchObject([
      {
        host: 'ns1',
        attestation: { unit: { is: 'unknown', reason: expect.any(String) } },
        plan: { state: 'changes' },
        findings: expect.arrayContaining([
          expect.objectContaining({ about: 'drift', severity: 'warning' }),
          expect.objectContaining({ about: 'unit', severity: 'unknown' }),
        ]),
      },
      { host: 'ns2', is: 'ended', outcome: { is: 'unreachable' } },
    ]);
    expect(ran.code).toBe(4);
  });

  it('says where input is rejected, and that nothing ran', async () => {
    const ran = await plan('', inventoryOn(sshd), '--json');
    expect(lines(ran.stdout)).toMatchObject([
      { event: 'finding', schemaVersion: 1, severity: 'error' },
      { event: 'run-ended', exit: 3 },
    ]);
    expect(ran.code).toBe(3);
  });
});

describe('a reader that goes away', () => {
  it('is no failure: the run goes on to its end', () => {
    const hosts = scratch('hosts.yml', inventoryOn(sshd, hostsUpTo(3)));
    const command = `{ "$@"; echo "exit $?" >&2; } | true`;
    const args = [process.execPath, main, 'plan', scratch('play.yml', pending), '-i', hosts];
    const more = ['--no-ssh-config', '--forks', '1', '--detailed-exitcode'];
    const ran = spawnSync('sh', ['-c', command, 'sh', ...args, ...more], { encoding: 'utf8' });
    expect(ran.stderr).toMatch(/^plan: 3 hosts\n(ns\d: changes pending\n){3}3 with changes pending in .*\n/);
    expect(ran.stderr).toMatch(/exit 10\n$/);
  });

  it('may be the one of stderr, too', () => {
    const hosts = scratch('hosts.yml', inventoryOn(sshd));
    const command = '{ "$@" 2>&1; echo "exit $?" >&2; } | true';
    const args = [process.execPath, main, 'plan', scratch('play.yml', pending), '-i', hosts];
    const ran = spawnSync('sh', ['-c', command, 'sh', ...args, '--no-ssh-config'], { encoding: 'utf8' });
    expect(ran.stderr).toBe('exit 0\n');
  });

  it('is told from a full disk', () => {
    const full = openSync('/dev/full', 'w');
    const ran = spawnSync(process.execPath, [main, 'schema', 'playbook'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    expect(ran.stderr).toMatch(/^error: the output could not be written: .*no space left/);
    expect(ran.status).toBe(1);
  });
});

describe('colours', () => {
  const ran = async (...more: string[]) => {
    const { stdout, stderr } = await plan(pending, inventoryOn(sshd), ...more);
    return stdout + stderr;
  };
  it('come on demand, and not into a pipe', async () => {
    expect(await ran('--color', 'always')).toContain('\x1b[');
    expect(await ran()).not.toContain('\x1b[');
  });
});

describe('inventory', () => {
  let folder: string;
  beforeAll(() => {
    folder = folderOf({
      'hosts.yml': `all:
  vars: { origin: inventory all }
  children:
    nameservers:
      vars: { origin: inventory group }
      hosts:
        ns1: { color: red }
        ns2: { origin: inventory host }
        ns3:
    resolvers:
      hosts:
        r[1:2]:
`,
      'group_vars/all.yml': 'origin: group_vars/all\nscope: all\n',
      'group_vars/nameservers.yml': 'origin: group_vars/nameservers\nzones: /srv/{{ color }}\n',
      'host_vars/ns3.yml': 'origin: host_vars/ns3\n',
      'only.txt': '# comment\nns2\nr1\n',
      'odd/hosts.yml': 'all:\n  children:\n    web: { hosts: { web: } }\n',
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const inventory = (...args: readonly string[]) =>
    confine(['inventory', '-i', `${folder}/hosts.yml`, ...args]);

  it.each([
    ['ns1', 'ns1'],
    ['nameservers', 'ns1 ns2 ns3'],
    ['nameservers,!ns2', 'ns1 ns3'],
    ['nameservers:&ns*', 'ns1 ns2 ns3'],
    ['all:!nameservers', 'r1 r2'],
    ['*2', 'ns2 r2'],
    ['~ns[13]', 'ns1 ns3'],
    ['resolvers[0]', 'r1'],
    ['@only.txt', 'ns2 r1'],
  ])('--limit %s leaves %s', async (limit, hosts) => {
    const { code, stdout } = await inventory('--limit', limit.replace('@', `@${folder}/`));
    expect(stdout.trim().split('\n').join(' ')).toBe(hosts);
    expect(code).toBe(0);
  });

  it.each([
    ['ns1', 'group_vars/nameservers'],
    ['ns2', 'inventory host'],
    ['ns3', 'host_vars/ns3'],
    ['r1', 'group_vars/all'],
  ])('--host %s shows the value that wins: %s', async (host, origin) => {
    const { stdout } = await inventory('--host', host);
    expect(JSON.parse(stdout)).toMatchObject({ origin, scope: 'all' });
  });

  it('--list and --graph print what ansible-inventory does', async () => {
    const list = await inventory('--list');
    expect(JSON.parse(list.stdout)).toMatchObject({
      _meta: { hostvars: { ns1: { color: 'red', zones: '/srv/{{ color }}' } } },
      nameservers: { hosts: ['ns1', 'ns2', 'ns3'] },
      resolvers: { hosts: ['r1', 'r2'] },
    });
    const graph = await inventory('--graph');
    expect(graph.stdout).toBe(golden('cli-graph', graph.stdout.trimEnd()) + '\n');
  });

  it('is warned about where it is odd, and used', async () => {
    const ran = await confine(['inventory', '-i', `${folder}/odd/hosts.yml`]);
    expect(ran).toMatchObject({ code: 0, stdout: 'web\n' });
    const text = without(folder, ran.stderr).trimEnd();
    expect(text).toBe(golden('cli-warning', text));
  });
});

describe('variables', () => {
  const book = taskOnHosts('package: { names: ["{{ name }}"] }');
  const files: Readonly<Record<string, string>> = {
    '@vars.json': scratch('vars.json', '{ "name": "from-json-file" }'),
    '@vars.yml': scratch('vars.yml', 'name: from-yaml-file\n'),
  };
  it.each([
    [['-e', 'name=from-pair'], 'from-pair'],
    [['-e', "other=1 name='from-quotes'"], 'from-quotes'],
    [['-e', '{"name": "from-json"}'], 'from-json'],
    [['-e', '@vars.json'], 'from-json-file'],
    [['-e', '@vars.yml'], 'from-yaml-file'],
    [['-e', 'name=first', '-e', 'name=last-wins'], 'last-wins'],
    [[], 'from-inventory'],
  ])('%j give %s', async (args, name) => {
    const given = args.map((it) => (files[it] === undefined ? it : `@${files[it]}`));
    const ran = await plan(book, inventoryOn(sshd, undefined, { name: 'from-inventory' }), ...given);
    expect(ran.stdout).toContain(`install package ${name}\n`);
  });

  it('of -e reach check, too', async () => {
    const path = scratch('play.yml', taskOnHosts('package: { names: ["{{ name }}"] }', 'tags: [a]'));
    expect(await confine(['check', path, '-e', 'name=Not_a_package'])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/play\.yml:3:\d+: /),
    });
    expect(await confine(['check', path, '-e', 'name=dpkg', '-t', 'a', '--skip-tags', 'b'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('1 task is right, without an inventory'),
    });
  });
});

describe('tags', () => {
  const names = (text: string) =>
    [...text.matchAll(/install package x-(\w+)/g)].map(([, it]) => it).join(' ');
  const book = ['one', 'two', 'always', 'never']
    .map((it) => `    - package: { names: [x-${it}] }\n      tags: [${it}]\n`)
    .join('');
  it.each([
    [[], 'one two always'],
    [['-t', 'one'], 'one always'],
    [['--tags', 'one,two', '--skip-tags', 'two'], 'one always'],
    [['-t', 'one', '-t', 'never'], 'one always never'],
    [['--skip-tags', 'always,one'], 'two'],
  ])('%j leave %s', async (args, left) => {
    const { stdout } = await plan(`- hosts: all\n  tasks:\n${book}`, inventoryOn(sshd), ...args);
    expect(names(stdout)).toBe(left);
  });
});

describe('explain and schema', () => {
  it('print what they are asked for', async () => {
    const one = await confine(['explain', 'conflict', 'foreign-exec-start']);
    expect(one.stdout).toMatch(/^foreign-exec-start: [^]*why: [^]*do: [^]*source: [^]*proof: /);
    const unit = await confine(['explain', 'unit', 'unknown-capability']);
    expect(unit.stdout).toMatch(
      /^unknown-capability: [^]*is: +error\n[^]*why: [^]*source: [^]*proof: +observed/,
    );
    for (const topic of ['conflict', 'unit']) {
      const all = await confine(['explain', topic]);
      expect(all.stdout.match(/^ {2}proof: /gm)?.length).toBeGreaterThan(1);
    }
    for (const which of ['playbook', 'inventory', 'events'])
      expect(JSON.parse((await confine(['schema', which])).stdout)).toHaveProperty('$schema');
  });
});

it('help starts without loading what only runs need', () => {
  const folder = tmpFolder('coverage');
  shell('env', [`NODE_V8_COVERAGE=${folder}`, process.execPath, main, '--help']);
  const loaded = readdirSync(folder).flatMap((name) => {
    const coverage = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { result: { url: string }[] };
    return coverage.result.map((it) => it.url);
  });
  rmSync(folder, { recursive: true });
  const files = loaded.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
  expect(files.filter((path) => path.includes('/node_modules/'))).toEqual([]);
  // The parser of the command line and its words; the schemas of playbooks alone are larger.
  expect(files.reduce((sum, path) => sum + statSync(path).size, 0)).toBeLessThan(150_000);
});
