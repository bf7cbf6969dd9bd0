import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { confine, scratch, type Ran } from '../../support/confine.ts';
import { hostsUpTo, inSync, inventoryOn, pending, taskOnHosts } from '../../support/inventory.ts';
import { rolloutBook } from '../../support/rollout.ts';
import { freePort, makeKey, publicHalf, startSshd, tmpFolder, type Sshd } from '../../support/sshd.ts';
import { createUser, type TestUser } from '../../support/users.ts';

let sshd: Sshd;
let user: TestUser;
let folder: string;
beforeAll(async () => {
  sshd = await startSshd({ config: ['LogLevel DEBUG'] });
  folder = tmpFolder('cli');
  user = createUser({ sudo: 'ALL=(ALL:ALL) ALL', defaults: [`logfile=${folder}/sudo.log`] });
});
afterAll(async () => {
  user.remove();
  rmSync(folder, { recursive: true, force: true });
  await sshd.stop();
});

type Hosts = Parameters<typeof inventoryOn>[1];
type Vars = Parameters<typeof inventoryOn>[2];

interface Setting {
  readonly on?: Sshd;
  readonly book?: string;
  readonly hosts?: Hosts;
  readonly vars?: Vars;
  readonly args?: readonly string[];
  readonly input?: string;
}

function plan({ on = sshd, book = inSync, hosts, vars, args = [], input }: Setting): Promise<Ran> {
  const inventory = scratch('hosts.yml', inventoryOn(on, hosts, vars));
  return confine(['plan', scratch('play.yml', book), '-i', inventory, '--no-ssh-config', ...args], input);
}

/** What sshd wrote while this ran. */
async function logOf(run: () => Promise<Ran>): Promise<{ readonly ran: Ran; readonly log: string }> {
  const { length } = sshd.log();
  const ran = await run();
  return { ran, log: sshd.log().slice(length) };
}

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;

describe('a host', () => {
  it('that is in sync costs one connection and one channel', async () => {
    const { ran, log } = await logOf(() => plan({ args: ['--detailed-exitcode'] }));
    expect(ran.stderr).toContain('ns1: in sync');
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    expect(count(log, /Connection from/g)).toBe(1);
    expect(count(log, /channel \d+: new session/g)).toBe(1);
    expect(count(log, /Starting session/g)).toBe(1);
  });

  it('that is in sync costs the same over OpenSSH, and -v says so', async () => {
    const vars = { confine_transport: 'openssh' };
    const { ran, log } = await logOf(() => plan({ vars, args: ['-v'] }));
    expect(ran.stderr).toMatch(/ns1: openssh to .*\(confine_transport says so\)/);
    expect(ran.stderr).toContain('ns1: in sync');
    expect(ran.code).toBe(0);
    expect(count(log, /Connection from/g)).toBe(1);
    expect(count(log, /channel \d+: new session/g)).toBe(1);
    expect(count(log, /Starting session/g)).toBe(1);
  });

  it('that has changes pending ends with 10, on demand only', async () => {
    expect(await plan({ book: pending, args: ['--detailed-exitcode'] })).toMatchObject({
      code: 10,
      stdout: expect.stringContaining('install package no-such-package-anywhere'),
      stderr: expect.stringContaining('ns1: changes pending'),
    });
    expect((await plan({ book: pending })).code).toBe(0);
  });

  it('that is left is let go at once, changes pending or not', async () => {
    const { ran, log } = await logOf(() =>
      plan({ book: pending, hosts: hostsUpTo(3), args: ['--forks', '1'] }),
    );
    expect(ran.code).toBe(0);
    const order = [...log.matchAll(/Connection from|Disconnected from user/g)].map(([it]) => it);
    const oneHost = ['Connection from', 'Disconnected from user'];
    expect(order).toEqual([...oneHost, ...oneHost, ...oneHost]);
  });

  it('that can’t be reached stops no other', async () => {
    const ran = await plan({ hosts: { ns1: {}, ns2: { ansible_port: await freePort() }, ns3: {} } });
    expect(ran.stderr).toMatch(/ns2: unreachable: [^]*\n {2}= /);
    expect(ran.stderr).toContain('ns1, ns3: in sync');
    expect(ran.stderr).toContain('2 in sync, 1 unreachable');
    expect(ran.code).toBe(4);
  });

  it.each(['start', 'status', 'advance', 'pause', 'abort'])(
    'that can’t be reached is told once by rollout %s, with what to do',
    async (action) => {
      const inventory = scratch('hosts.yml', inventoryOn(sshd, { ns1: { ansible_port: await freePort() } }));
      const book = rolloutBook({ waves: ['100%'], soak: '1h' });
      const yes = action === 'status' ? [] : ['--yes'];
      const { code, stdout, stderr } = await confine(['rollout', action, book, '-i', inventory, ...yes]);
      expect(`${stdout}${stderr}`.match(/refused the connection/g)).toHaveLength(1);
      expect(stderr).toMatch(/^ns1: unreachable: .*\n {2}= /m);
      expect(stderr).toContain('1 unreachable in');
      expect(stdout).toContain('rollout Enforce: not begun');
      expect(code).toBe(4);
    },
  );

  it.each([
    ['changed', /ns1: unreachable: [^]*another one[^]*known_hosts[^]*= [^]*ssh-keygen -f /],
    ['unknown', /ns1: unreachable: [^]*is not known[^]*= [^]*ssh-keyscan/],
  ])('whose key is %s gets no login', async (is, message) => {
    const file = join(folder, `known_hosts-${is}`);
    const other = publicHalf(makeKey(join(folder, 'other'), 'ed25519'));
    writeFileSync(file, is === 'changed' ? `[127.0.0.1]:${sshd.port} ${other}\n` : '');
    const { ran, log } = await logOf(() => plan({ vars: { confine_known_hosts: file } }));
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(4);
    expect(log).not.toContain('Accepted');
  });

  it('finds its known_hosts beside the inventory folder that names it', async () => {
    const inventory = join(folder, 'inventory');
    mkdirSync(inventory);
    writeFileSync(join(inventory, 'known.txt'), readFileSync(sshd.knownHosts));
    const vars = { confine_known_hosts: 'known.txt' };
    writeFileSync(join(inventory, 'hosts.yml'), inventoryOn(sshd, undefined, vars));
    const ran = await confine(['plan', scratch('play.yml', inSync), '-i', inventory, '--no-ssh-config']);
    expect(ran.stderr).toContain('ns1: in sync');
    expect(ran.code).toBe(0);
  });
});

describe.each(['ssh2', 'openssh'])('sudo over %s', (confine_transport) => {
  const become = () => ({ ansible_user: user.name, ansible_become: true, confine_transport });

  it('gets a wrong password once for the whole fleet', async () => {
    rmSync(join(folder, 'sudo.log'), { force: true });
    const ran = await plan({ hosts: hostsUpTo(5), vars: become(), args: ['-K', '-v'], input: 'mistyped\n' });
    expect(count(ran.stderr, /ns\d: unreachable: .*password/g)).toBe(5);
    expect(count(ran.stderr, /was wrong on ns\d, so it was not tried here/g)).toBe(4);
    expect(ran.stderr).not.toContain('mistyped');
    expect(ran.code).toBe(4);
    expect(count(readFileSync(join(folder, 'sudo.log'), 'utf8'), /incorrect password/g)).toBe(1);
  });

  it('gets the right one on all hosts', async () => {
    const args = ['-K', '--detailed-exitcode'];
    const ran = await plan({ hosts: hostsUpTo(3), vars: become(), args, input: `${user.password}\n` });
    expect(ran.stderr).toContain('3 in sync');
    expect(ran.stderr).not.toContain(user.password);
    expect(ran.code).toBe(0);
  });

  it('that wants a password nobody gave is told with -K', async () => {
    const ran = await plan({ vars: become() });
    expect(ran.stderr).toMatch(/ns1: unreachable: sudo wants a password[^]*-K/);
    expect(ran.code).toBe(4);
  });

  it.each(['plan', 'status'])('left out is refused by %s: who sees half must not judge', async (command) => {
    const inventory = scratch('hosts.yml', inventoryOn(sshd, undefined, { ansible_user: user.name }));
    const books = command === 'plan' ? [scratch('play.yml', inSync)] : [];
    const ran = await confine([command, ...books, '-i', inventory, '--no-ssh-config']);
    expect(ran.stderr).toMatch(/ns1: refused: only root sees[^]*--become/);
    expect(ran.stdout + ran.stderr).not.toContain('in sync');
    expect(ran.code).toBe(2);
  });
});

describe('a system', () => {
  let other: Sshd;
  beforeAll(async () => {
    // The session gets an os-release of its own, in a mount namespace of its own.
    const release = join(folder, 'os-release');
    writeFileSync(release, 'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n');
    const script = join(folder, 'as-ubuntu');
    writeFileSync(
      script,
      `#!/bin/sh\nmount --bind ${release} "$(readlink -f /etc/os-release)"\nexec /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n`,
      { mode: 0o755 },
    );
    other = await startSshd({ config: [`ForceCommand exec unshare --mount ${script}`] });
  });
  afterAll(() => other.stop());

  it('that confine is not tested on is refused, and stops no other', async () => {
    const vars = { confine_known_hosts: join(folder, 'both') };
    writeFileSync(vars.confine_known_hosts, [sshd, other].map((it) => readFileSync(it.knownHosts)).join(''));
    const key = { ansible_port: other.port, ansible_ssh_private_key_file: other.key };
    const ran = await plan({ hosts: { ns1: {}, ns2: key }, vars });
    expect(ran.stderr).toMatch(/ns2: refused: ubuntu 24\.04 is not one[^]*--allow-untested/);
    expect(ran.stderr).toContain('ns1: in sync');
    expect(ran.code).toBe(2);
  });

  it('that confine is not tested on can be allowed', async () => {
    const ran = await plan({ on: other, args: ['--allow-untested'] });
    expect(ran.stderr).toContain('ns1: in sync');
    expect(ran.code).toBe(0);
  });
});

it('an answer that is cut short is no answer', async () => {
  const cut = await startSshd({
    config: ['ForceCommand /bin/sh -c "$SSH_ORIGINAL_COMMAND" | head -c 300; exit 0'],
  });
  try {
    const ran = await plan({ on: cut });
    expect(ran.stderr).toMatch(/ns1: unreachable: sh on the host did not come to the end of the questions/);
    expect(ran.code).toBe(4);
  } finally {
    await cut.stop();
  }
});

describe('a condition on facts of the host', () => {
  const when = (condition: string) =>
    taskOnHosts('package: { names: [no-such-package-anywhere] }', `when: ${condition}`);

  it('decides on the host', async () => {
    const yes = await plan({ book: when('host.os == "debian"'), args: ['--detailed-exitcode'] });
    expect(yes.code).toBe(10);
    const no = await plan({ book: when('host.os == "plan9"'), args: ['--detailed-exitcode', '-v'] });
    expect(no.stdout).toContain('left out, host.os == "plan9" is false on this host');
    expect(no.code).toBe(0);
  });

  it('that no fact decides is rejected with its place', async () => {
    const ran = await plan({ book: when('host.nosuch == "x"') });
    expect(ran.stderr).toMatch(/ns1: rejected\n.*play\.yml:4:13: [^]*nosuch/);
    expect(ran.code).toBe(3);
  });
});
