import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { HostName } from '../../../src/brand.ts';
import { createTargets, createTransport } from '../../../src/transport/index.ts';
import type { Transport } from '../../../src/transport/index.ts';
import { createBecomeGate } from '../../../src/transport/gate.ts';
import { createLoss } from '../../../src/transport/loss.ts';
import { createFolder } from '../../../src/transport/openssh-folder.ts';
import { openSshLine } from '../../../src/transport/openssh-line.ts';
import { processStarter } from '../../../src/transport/process.ts';
import { connectionOver } from '../../../src/transport/ssh-connection.ts';
import { tripLimits } from '../../../src/transport/trip.ts';
import { Secret } from '../../../src/secret.ts';
import type { SshTarget } from '../../../src/transport/transport.ts';
import { startAgent } from '../../support/agent.ts';
import { shell } from '../../support/shell.ts';
import { makeKey, publicHalf, startSshd, tmpFolder } from '../../support/sshd.ts';
import type { Sshd } from '../../support/sshd.ts';
import { clients, targetsBy } from '../../support/targets.ts';
import { createUser } from '../../support/users.ts';

/** What only OpenSSH can do, with an ssh_config and an sshd of one's own. */
const home = tmpFolder('home');
const userAuthority = makeKey(join(home, 'user_ca'), 'ed25519');
const hostAuthority = makeKey(join(home, 'host_ca'), 'ed25519');
let sshd: Sshd;
let transport: Transport;

beforeAll(async () => {
  mkdirSync(join(home, '.ssh'));
  sshd = await startSshd({ config: [`TrustedUserCAKeys ${userAuthority}.pub`, 'AuthorizedKeysFile none'] });
});
afterAll(async () => {
  await sshd.stop();
  rmSync(home, { recursive: true });
});
afterEach(() => transport.dispose());

/** Resolves a host by an ssh_config, as the command does. */
async function wayTo(
  server: Sshd,
  config: readonly string[],
  { agent, ...vars }: { readonly agent?: string; readonly [name: string]: unknown } = {},
): Promise<SshTarget> {
  transport = createTransport();
  const file = join(home, '.ssh', 'config');
  const common = [`UserKnownHostsFile ${server.knownHosts}`, 'GlobalKnownHostsFile none'];
  writeFileSync(file, [...config, ...common].join('\n') + '\n');
  const env = { PATH: process.env['PATH'], SSH_AUTH_SOCK: agent };
  const targets = createTargets({ sshConfigFile: file, seat: { home, user: 'root', env } });
  const way = await targets.resolve(
    HostName.parse('ns1'),
    { ansible_host: '127.0.0.1', ansible_port: server.port, ansible_user: 'root', ...vars },
    { folder: home },
  );
  if (way.is !== 'target' || way.target.via !== 'ssh') throw new Error(JSON.stringify(way));
  return way.target;
}

async function hello(target: SshTarget): Promise<string> {
  return (await (await transport.connect(target)).run('echo hello')).stdout.toString();
}

/** A key that only its certificate lets in. */
function certified(name: string): string {
  const key = makeKey(join(home, name), 'ed25519');
  shell('ssh-keygen', ['-q', '-s', userAuthority, '-I', name, '-n', 'root', `${key}.pub`]);
  return key;
}

describe('a certificate of the user', () => {
  it('that ssh_config names', async () => {
    const key = certified('named');
    const elsewhere = join(home, 'elsewhere-cert.pub');
    writeFileSync(elsewhere, readFileSync(`${key}-cert.pub`));
    rmSync(`${key}-cert.pub`);
    const target = await wayTo(sshd, [`IdentityFile ${key}`, `CertificateFile ${elsewhere}`]);
    expect(target.client).toEqual({ by: 'openssh', why: `ssh_config names a certificate: ${elsewhere}` });
    expect(await hello(target)).toBe('hello\n');
  });

  it('that lies beside its key', async () => {
    const key = certified('beside');
    const target = await wayTo(sshd, [], { ansible_ssh_private_key_file: key });
    expect(target.client).toEqual({ by: 'openssh', why: `there is a certificate: ${key}-cert.pub` });
    expect(await hello(target)).toBe('hello\n');
  });

  it('that an agent offers, with a key that is encrypted', async () => {
    const key = makeKey(join(home, 'locked'), 'ed25519', 'a passphrase');
    shell('ssh-keygen', ['-q', '-s', userAuthority, '-I', 'locked', '-n', 'root', `${key}.pub`]);
    const agent = await startAgent(home, [key], 'a passphrase');
    const target = await wayTo(sshd, ['IdentityFile none'], { agent: agent.socket });
    try {
      expect(target.client).toEqual({ by: 'openssh', why: 'the agent offers a certificate' });
      expect(await hello(target)).toBe('hello\n');
    } finally {
      await agent.stop();
    }
  });

  it('that another authority signed is refused', async () => {
    const key = makeKey(join(home, 'forged'), 'ed25519');
    shell('ssh-keygen', ['-q', '-s', hostAuthority, '-I', 'forged', '-n', 'root', `${key}.pub`]);
    const target = await wayTo(sshd, [], { ansible_ssh_private_key_file: key });
    await expect(hello(target)).rejects.toMatchObject({ failure: 'auth' });
  });
});

describe('a certificate of the host', () => {
  let host: Sshd;
  beforeAll(async () => {
    host = await startSshd({ hostAuthority });
  });
  afterAll(() => host.stop());

  const trusting = (known: string) => {
    writeFileSync(host.knownHosts, known);
    return wayTo(host, [], { ansible_ssh_private_key_file: host.key });
  };
  const authority = `@cert-authority 127.0.0.*,[127.0.0.1]:* ${publicHalf(hostAuthority)}\n`;

  it('that the authority in known_hosts signed', async () => {
    const target = await trusting(authority);
    expect(target.client).toEqual({
      by: 'openssh',
      why: `${host.knownHosts}:1 names a certificate authority for it`,
    });
    expect(await hello(target)).toBe('hello\n');
  });

  it('that another authority signed', async () => {
    const other = `@cert-authority * ${publicHalf(userAuthority)}\n`;
    await expect(hello(await trusting(other))).rejects.toMatchObject({ failure: 'host-key-unknown' });
  });

  it('whose authority is revoked', async () => {
    const revoked = `${authority}@revoked * ${publicHalf(hostAuthority)}\n`;
    await expect(hello(await trusting(revoked))).rejects.toMatchObject({ failure: 'host-key-revoked' });
  });

  it('whose key is revoked', async () => {
    const revoked = `${authority}@revoked * ${host.hostKeys['ed25519']}\n`;
    await expect(hello(await trusting(revoked))).rejects.toMatchObject({ failure: 'host-key-revoked' });
  });
});

describe('a server of which ssh2 knows no algorithm', () => {
  it('for the key exchange, since it is a post-quantum one', async () => {
    const modern = await startSshd({ config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] });
    const target = await wayTo(modern, [], { ansible_ssh_private_key_file: modern.key });
    expect(target.client).toEqual({ by: 'ssh2', why: 'nothing needs OpenSSH', or: 'openssh' });
    expect(await hello(target)).toBe('hello\n');
    const only = { ...target, client: clients[0] ?? target.client };
    await expect(hello(only)).rejects.toMatchObject({ failure: 'no-algorithm' });
    await modern.stop();
  });

  it('is told with what to install, where ssh is not', async () => {
    const modern = await startSshd({ config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] });
    const target = await wayTo(modern, [], { ansible_ssh_private_key_file: modern.key });
    const path = process.env['PATH'];
    process.env['PATH'] = '/nonexistent';
    try {
      await expect(hello(target)).rejects.toMatchObject({
        failure: 'unreachable',
        message: expect.stringContaining('ssh is not installed here'),
        hint: expect.stringContaining('openssh-client'),
      });
    } finally {
      process.env['PATH'] = path;
    }
    await modern.stop();
  });

  it('stands behind a jump host that ssh2 could use', async () => {
    const modern = await startSshd({ config: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'] });
    const bastion = await startSshd();
    writeFileSync(
      join(home, 'both'),
      readFileSync(bastion.knownHosts) + readFileSync(modern.knownHosts, 'utf8'),
    );
    const config = [
      `Host 127.0.0.1`,
      `  ProxyJump root@localhost:${bastion.port}`,
      `Host localhost`,
      `  HostKeyAlias [127.0.0.1]:${bastion.port}`,
      `  IdentityFile ${bastion.key}`,
      'Host *',
      `UserKnownHostsFile ${join(home, 'both')}`,
    ];
    const target = await wayTo(modern, config, { ansible_ssh_private_key_file: modern.key });
    expect(target.jump?.client.by).toBe('ssh2');
    expect(await hello(target)).toBe('hello\n');
    await transport.dispose();
    await modern.stop();
    await bastion.stop();
  });
});

describe('ssh_config', () => {
  const plain = () => startSshd();

  it('has a ProxyCommand', async () => {
    const server = await plain();
    const mark = join(home, 'proxied');
    const command = `ProxyCommand sh -c ': >${mark}; exec bash -c "exec 3<>/dev/tcp/%h/%p; cat <&3 & cat >&3"'`;
    const target = await wayTo(server, [command], { ansible_ssh_private_key_file: server.key });
    expect(target.client).toEqual({ by: 'openssh', why: 'ssh_config has a ProxyCommand for it' });
    expect(await hello(target)).toBe('hello\n');
    expect(existsSync(mark)).toBe(true);
    await transport.dispose();
    await server.stop();
  });

  it('has connections of its own, forwards and a command, which are left alone', async () => {
    const server = await plain();
    const config = [
      'ControlMaster auto',
      `ControlPath ${join(home, 'mine-%C')}`,
      'ControlPersist 60',
      `LocalForward ${join(home, 'forward')} localhost:1`,
      'RemoteCommand echo not this',
      'RequestTTY force',
      'LocalCommand touch /nonexistent/x',
      'ForwardAgent yes',
      'LogLevel QUIET',
    ];
    const target = await wayTo(server, config, {
      ansible_ssh_private_key_file: server.key,
      confine_transport: 'openssh',
    });
    expect(await hello(target)).toBe('hello\n');
    expect(readdirSync(home).filter((name) => /^mine|^forward/.test(name))).toEqual([]);
    await transport.dispose();
    await server.stop();
  });
});

describe('a run over OpenSSH', () => {
  const folders = () =>
    readdirSync(process.env['TMPDIR'] ?? '/tmp').filter((it) => it.startsWith('confine-ssh-'));
  const openssh = targetsBy({ by: 'openssh', why: 'the test says so' });
  let bastion: Sshd;
  beforeAll(async () => {
    bastion = await startSshd();
  });
  afterAll(() => bastion.stop());

  it('takes a connection that is gone for lost, also before who held it has said so', async () => {
    transport = createTransport();
    const start = await processStarter();
    const folder = await createFolder(start);
    const target = openssh(bastion);
    const { lost, onLost, lose } = createLoss(target.host);
    const end = async () => lose('it is gone');
    const held = { control: folder.path('c'), lost, onLost, end, close: end };
    const tools = { gate: createBecomeGate(), limits: tripLimits };
    const connection = connectionOver(target, openSshLine(target, held, start, folder), tools);
    await expect(connection.run('true')).rejects.toMatchObject({ failure: 'lost', message: 'it is gone' });
    await folder.close();
  });

  it('needs no shell of the user here', async () => {
    const server = await startSshd();
    const shellBefore = process.env['SHELL'];
    process.env['SHELL'] = '/bin/false';
    try {
      transport = createTransport();
      expect(await hello(openssh(server, { jump: openssh(bastion) }))).toBe('hello\n');
    } finally {
      process.env['SHELL'] = shellBefore;
    }
    await transport.dispose();
    await server.stop();
  });

  it('shows the password of a login to nobody but the server', async () => {
    const server = await startSshd({ config: ['UsePAM yes'] });
    const user = createUser();
    transport = createTransport();
    const before = folders();
    const connection = await transport.connect(
      openssh(server, { user: user.name, identityFiles: [], password: new Secret(user.password) }),
    );
    const seen = await connection.run('cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null');
    const own = shell('sh', ['-c', 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; true']);
    expect(seen.stdout.toString() + own).toContain('confine-open');
    expect(seen.stdout.toString() + own).not.toContain(user.password);
    for (const made of folders().filter((it) => !before.includes(it)))
      expect(
        readdirSync(join(process.env['TMPDIR'] ?? '/tmp', made)).filter((it) => it.startsWith('ask')),
      ).toEqual([]);
    await transport.dispose();
    user.remove();
    await server.stop();
  });

  it('has its control sockets in a folder that is private, and goes with it', async () => {
    transport = createTransport();
    const server = await startSshd();
    const before = folders();
    await hello(openssh(server));
    const [made] = folders().filter((it) => !before.includes(it));
    const folder = join(process.env['TMPDIR'] ?? '/tmp', made ?? 'none');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).filter((name) => name.startsWith('c'))).toHaveLength(1);
    await transport.dispose();
    expect(existsSync(folder)).toBe(false);
    await server.stop();
  });

  it('leaves no socket and no connection when it is killed', async () => {
    transport = createTransport();
    const server = await startSshd();
    const before = folders();
    const script = join(home, 'run.mjs');
    const root = join(import.meta.dirname, '../../..');
    writeFileSync(
      script,
      `import { createTransport } from '${root}/dist/src/transport/index.js';
       const transport = createTransport();
       await transport.connect(JSON.parse(process.argv[2]));
       console.log('connected');
       setInterval(() => {}, 1000);`,
    );
    const child = spawn(process.execPath, [script, JSON.stringify(openssh(server))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const connections = () => shell('ss', ['-Htn', 'state', 'established', `sport = :${server.port}`]).trim();
    expect(connections()).not.toBe('');
    expect(folders()).toHaveLength(before.length + 1);
    child.kill('SIGKILL');
    await expect.poll(connections, { timeout: 20_000, interval: 50 }).toBe('');
    await expect.poll(folders, { timeout: 20_000, interval: 50 }).toEqual(before);
    await server.stop();
  });
});
