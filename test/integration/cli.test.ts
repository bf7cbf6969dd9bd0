import { readFileSync, writeFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { confine, scratch } from '../support/confine.ts';
import { freePort, makeKey, publicHalf, startSshd, tmpFolder, type Sshd } from '../support/sshd.ts';
import { createUser, type TestUser } from '../support/users.ts';

let sshd: Sshd;
let user: TestUser;
beforeAll(async () => {
  sshd = await startSshd({ config: ['LogLevel VERBOSE'] });
  user = createUser({ sudo: 'ALL=(ALL:ALL) ALL' });
});
afterAll(async () => {
  user.remove();
  await sshd.stop();
});

/** An inventory whose hosts are all this machine, over the test's own sshd. */
const inventory = (
  hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { ns1: {} },
  vars = {},
): string =>
  scratch(
    'inventory.yml',
    dump({
      nameservers: {
        vars: {
          ansible_host: '127.0.0.1',
          ansible_port: sshd.port,
          ansible_user: 'root',
          ansible_ssh_private_key_file: sshd.key,
          confine_known_hosts: sshd.knownHosts,
          ...vars,
        },
        hosts,
      },
    }),
  );

const installed =
  '- hosts: nameservers\n  tasks:\n    - name: There already\n      package: { names: [dpkg] }\n';
const plan = (book: string, hosts = inventory(), ...more: string[]) =>
  confine(['plan', scratch('book.yml', book), '-i', hosts, '--no-ssh-config', ...more]);
const task = (text: string) => `- hosts: nameservers\n  tasks:\n    - ${text}\n`;

describe('bad input is rejected before any host is touched', () => {
  const anchors = Array.from(
    { length: 30 },
    (_, i) => `  a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
  );
  it.each([
    ['an empty playbook', '', /book\.yml:1:1: .*empty/],
    ['a tab', '- hosts: nameservers\n\ttasks: []\n', /book\.yml:2:1: [^]*spaces/],
    ['a duplicate key', '- hosts: nameservers\n  hosts: all\n  tasks: []\n', /book\.yml:2:3: /],
    [
      'two module keys',
      task('package: { names: [dpkg] }\n      service: { unit: named.service }'),
      /book\.yml:\d+:7: [^]*service/,
    ],
    ['a misspelt module', task('pakage: { names: [dpkg] }'), /book\.yml:3:7: [^]*did you mean "package"/],
    ['a misspelt parameter', task('package: { nmes: [dpkg] }'), /book\.yml:3:18: [^]*did you mean "names"/],
    ['an undefined variable', task('package: { names: ["{{ nosuch }}"] }'), /book\.yml:3:\d+: [^]*nosuch/],
    ['an unknown host pattern', '- hosts: nosuch\n  tasks: []\n', /book\.yml:1:10: [^]*nosuch/],
    [
      'a newline in a rule',
      task('apparmor_override: { profile: named, rules: ["/a r,\\n/** rwx,"] }'),
      /book\.yml:3:\d+: [^]*a rule is one line/,
    ],
    [
      'a NUL in a rule',
      task('apparmor_override: { profile: named, rules: ["/a\\0 r,"] }'),
      /book\.yml:3:\d+: /,
    ],
    ['10 MB of YAML', `# ${'x'.repeat(10 * 1024 * 1024)}\n`, /book\.yml:1:1: /],
    [
      'an alias bomb',
      `- hosts: nameservers\n  vars:\n  ${['  a0: &a0 [1]', ...anchors].join('\n  ')}\n`,
      /book\.yml:\d+:\d+: /,
    ],
    [
      'a conflict between two tasks',
      `${task('systemd_dropin: { unit: named.service, name: a, settings: { Service: { ExecStart: ["", "/usr/bin/firejail /usr/sbin/named -f"] } } }')}    - systemd_dropin: { unit: named.service, name: b, settings: { Service: { ProtectSystem: strict } } }\n`,
      /book\.yml:4:7: conflict: Firejail and ProtectSystem=strict[^]*book\.yml:3:7/,
    ],
  ])('%s', async (_, book, message) => {
    const before = sshd.log();
    const ran = await plan(book);
    expect(ran.stderr).toMatch(message);
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(sshd.log()).toBe(before);
  });

  it('a host that starts with "-"', async () => {
    const ran = await plan(installed, inventory({ '-oProxyCommand=x': {} }));
    expect(ran.stderr).toMatch(/inventory\.yml:\d+:\d+: /);
    expect(ran.code).toBe(3);
  });

  it.each([
    [['plan'], /missing required argument/],
    [['nosuch'], /unknown command/],
    [['plan', 'x.yml', '--nosuch'], /unknown option/],
    [['plan', 'x.yml', '--forks', '0', '-i', 'x'], /--forks takes a whole number/],
    [['plan', 'playbooks/harden-bind.yml'], /no inventory/],
    [['apply', 'playbooks/harden-bind.yml', '-i', 'x'], /no terminal to confirm on/],
    [['explain', 'conflict', 'nosuch'], /no conflict rule/],
    [['schema', 'nosuch'], /no schema/],
    [['lab', 'up', '--machines', 'x'], /whole number/],
  ])('usage: %j', async (args, message) => {
    const ran = await confine(args);
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(5);
  });
});

describe('hosts', () => {
  it('in sync cost one connection and one session each', async () => {
    const before = sshd.log().length;
    const ran = await plan(installed, inventory(), '--detailed-exitcode');
    expect(ran.stderr).toContain('ns1: in sync');
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    const log = sshd.log().slice(before);
    expect(log.match(/Accepted publickey/g)).toHaveLength(1);
    expect(log.match(/Starting session/g)).toHaveLength(1);
  });

  it('with changes pending are told by exit 10, on demand only', async () => {
    const book = installed.replace('dpkg', 'no-such-package-anywhere');
    expect((await plan(book, inventory(), '--detailed-exitcode')).code).toBe(10);
    const ran = await plan(book);
    expect(ran.stdout).toContain('install package no-such-package-anywhere');
    expect(ran.code).toBe(0);
  });

  it('that can’t be reached stop no other', async () => {
    const dead = await freePort();
    const ran = await plan(installed, inventory({ ns1: {}, ns2: { ansible_port: dead }, ns3: {} }));
    expect(ran.stderr).toMatch(/ns2: unreachable: /);
    expect(ran.stderr).toContain('ns1: in sync');
    expect(ran.stderr).toContain('ns3: in sync');
    expect(ran.code).toBe(4);
  });

  it('with a changed key are not talked to', async () => {
    const folder = tmpFolder('changed');
    const other = publicHalf(makeKey(`${folder}/other`, 'ed25519'));
    writeFileSync(`${folder}/known_hosts`, `[127.0.0.1]:${sshd.port} ${other}\n`);
    const ran = await plan(
      installed,
      inventory({ ns1: {} }, { confine_known_hosts: `${folder}/known_hosts` }),
    );
    expect(ran.stderr).toMatch(/ns1: unreachable: [^]*known_hosts[^]*ssh-keygen[^]*-R/);
    expect(ran.code).toBe(4);
  });

  it('get a wrong sudo password once for all of them', async () => {
    const log = `${tmpFolder('sudo')}/log`;
    writeFileSync(`/etc/sudoers.d/${user.name}-log`, `Defaults:${user.name} logfile=${log}\n`);
    try {
      const hosts = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`ns${n}`, {}]));
      const ran = await confine(
        [
          'plan',
          scratch('book.yml', installed),
          '-i',
          inventory(hosts, { ansible_user: user.name, ansible_become: true }),
          '-K',
          '--no-ssh-config',
        ],
        'wrong\n',
      );
      expect(ran.stderr.match(/ns\d: unreachable: /g)).toHaveLength(5);
      expect(ran.code).toBe(4);
      expect(readFileSync(log, 'utf8').match(/incorrect password/g)).toHaveLength(1);
    } finally {
      await import('node:fs').then((fs) => fs.rmSync(`/etc/sudoers.d/${user.name}-log`));
    }
  });

  it('say -K where sudo wants a password that nobody gave', async () => {
    const ran = await plan(
      installed,
      inventory({ ns1: {} }, { ansible_user: user.name, ansible_become: true }),
    );
    expect(ran.stderr).toContain('-K');
    expect(ran.code).toBe(4);
  });

  it('that may not look are unknown, and never in sync', async () => {
    const book = task('apparmor_mode: { profile: named, mode: enforce }');
    const ran = await plan(book, inventory({ ns1: {} }, { ansible_user: user.name }));
    expect(ran.stdout).toContain('unknown: ');
    expect(ran.code).toBe(2);
  });
});

describe('output', () => {
  it('--json is one event a line, and nothing else', async () => {
    const ran = await plan(installed, inventory(), '--json');
    const events = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; schemaVersion?: number });
    expect(events.map((it) => it.event)).toEqual(['run-started', 'host-planned', 'host-ended', 'run-ended']);
    expect(events[0]?.schemaVersion).toBe(1);
  });

  it('inventory shows what confine reads', async () => {
    const hosts = inventory({ ns1: { color: 'red' }, ns2: {} });
    expect((await confine(['inventory', '-i', hosts, '-l', 'ns*,!ns2'])).stdout).toBe('ns1\n');
    const list = JSON.parse((await confine(['inventory', '-i', hosts, '--list'])).stdout) as {
      _meta: { hostvars: { ns1: { color: string } } };
    };
    expect(list._meta.hostvars.ns1.color).toBe('red');
    expect((await confine(['inventory', '-i', hosts, '--graph'])).stdout).toContain('ns2');
  });

  it('explain and schema print what they are asked for', async () => {
    expect((await confine(['explain', 'conflict', 'foreign-exec-start'])).stdout).toContain('proof:');
    expect(JSON.parse((await confine(['schema', 'playbook'])).stdout)).toHaveProperty('definitions');
  });
});
