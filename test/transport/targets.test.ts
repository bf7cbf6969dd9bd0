import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { HostName } from '../../src/brand.ts';
import { createSshConfigReader } from '../../src/transport/ssh-config-reader.ts';
import { parseProxyJump, parseSshConfig } from '../../src/transport/ssh-config.ts';
import { createTargets } from '../../src/transport/targets.ts';
import type { Resolved, TargetsOptions } from '../../src/transport/targets.ts';
import type { PlayBecome } from '../../src/transport/target.ts';
import { Secret } from '../../src/secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'confine-t-config-'));
const home = join(folder, 'home');
const seat = {
  home,
  user: 'ada',
  env: { PATH: process.env['PATH'], SSH_AUTH_SOCK: '/run/agent', KRB5CCNAME: '' },
};
const ns1 = HostName.parse('ns1');

beforeEach(() => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(home, '.ssh'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a configuration, and returns its path. */
function config(text: string): string {
  const path = join(home, '.ssh', 'config');
  writeFileSync(path, text);
  return path;
}

function resolve(
  vars: Readonly<Record<string, unknown>>,
  options: TargetsOptions = {},
  play: PlayBecome = {},
  host = ns1,
): Promise<Resolved> {
  return createTargets({ seat, noSshConfig: options.sshConfigFile === undefined, ...options }).resolve(
    host,
    vars,
    {
      folder: '/inventory',
      play,
    },
  );
}

describe('without any configuration', () => {
  it('a host is reached as ssh would', async () => {
    expect(await resolve({})).toEqual({
      is: 'target',
      warnings: [],
      target: {
        via: 'ssh',
        host: 'ns1',
        address: 'ns1',
        port: 22,
        user: 'ada',
        identityFiles: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(home, '.ssh', name)),
        identitiesOnly: false,
        agent: '/run/agent',
        password: undefined,
        knownHostsFiles: [
          join(home, '.ssh/known_hosts'),
          join(home, '.ssh/known_hosts2'),
          '/etc/ssh/ssh_known_hosts',
          '/etc/ssh/ssh_known_hosts2',
        ],
        hostKeyAlias: undefined,
        hostKeyChecking: 'strict',
        connectTimeout: 10,
        client: { by: 'ssh2', why: 'nothing needs OpenSSH', or: 'openssh' },
        asked: { name: 'ns1', config: 'none' },
        jump: undefined,
        become: { is: 'no' },
      },
    });
  });

  it('the inventory says otherwise', async () => {
    const resolved = await resolve({
      ansible_host: '10.0.0.1',
      ansible_port: '2222',
      ansible_user: 'ops',
      ansible_ssh_private_key_file: '~/keys/ops',
      ansible_ssh_pass: 'letmein',
      ansible_become: 'yes',
      ansible_become_user: 'bind',
      ansible_become_password: 'sesame',
      confine_known_hosts: 'lab/known_hosts',
      ansible_python_interpreter: '/usr/bin/python3',
    });
    expect(resolved).toMatchObject({
      is: 'target',
      warnings: [],
      target: {
        address: '10.0.0.1',
        port: 2222,
        user: 'ops',
        identityFiles: [join(home, 'keys/ops')],
        become: { is: 'sudo', user: 'bind' },
      },
    });
    if (resolved.is !== 'target' || resolved.target.via !== 'ssh') throw new Error('not over ssh');
    expect(resolved.target.password?.reveal()).toBe('letmein');
    expect(resolved.target.become.is === 'sudo' && resolved.target.become.password?.reveal()).toBe('sesame');
    expect(resolved.target.knownHostsFiles[0]).toBe('/inventory/lab/known_hosts');
    expect(JSON.stringify(resolved)).not.toMatch(/letmein|sesame/);
  });

  it('the command line wins over the inventory, and that over the play', async () => {
    const vars = { ansible_user: 'ops', ansible_become: false, ansible_become_user: 'bind' };
    const overrides = {
      user: 'root',
      privateKey: '/k',
      become: true,
      becomePassword: new Secret('typed'),
      connectTimeout: 3,
      hostKeyChecking: 'accept-new',
    } as const;
    expect(await resolve(vars, { overrides })).toMatchObject({
      target: {
        user: 'root',
        identityFiles: ['/k'],
        connectTimeout: 3,
        hostKeyChecking: 'accept-new',
        become: { is: 'sudo', user: 'bind' },
      },
    });
    expect(await resolve(vars, {}, { become: true })).toMatchObject({ target: { become: { is: 'no' } } });
    expect(await resolve({}, {}, { become: true, becomeUser: 'bind' })).toMatchObject({
      target: { become: { is: 'sudo', user: 'bind', password: undefined } },
    });
  });

  it('this machine needs no address', async () => {
    expect(await resolve({ ansible_connection: 'local', ansible_become: true, ansible_host: 'x' })).toEqual({
      is: 'target',
      warnings: [],
      target: { via: 'local', host: 'ns1', become: { is: 'sudo', user: 'root', password: undefined } },
    });
  });

  it('unchecked host keys are warned about', async () => {
    const resolved = await resolve({}, { overrides: { hostKeyChecking: 'off' } });
    expect(resolved).toMatchObject({ warnings: [expect.stringContaining('NOT checked')] });
  });
});

describe('variables that cannot be followed', () => {
  it.each([
    ['ansible_host', '-oProxyCommand=id'],
    ['ansible_host', 'a b'],
    ['ansible_host', 'a\nb'],
    ['ansible_port', 'ssh'],
    ['ansible_port', 0],
    ['ansible_port', 65536],
    ['ansible_user', ['root']],
    ['ansible_user', ''],
    ['ansible_connection', 'winrm'],
    ['ansible_become', 'perhaps'],
    ['ansible_become_method', 'su'],
    ['ansible_become_password', 1234],
    ['ansible_ssh_pass', 'a\nb'],
    ['confine_transport', 'paramiko'],
  ])('%s: %j', async (variable, value) => {
    const resolved = await resolve({ [variable]: value });
    expect(resolved).toMatchObject({ is: 'rejected', problems: [{ variable }] });
  });

  it('are all told at once, and no password with them', async () => {
    const resolved = await resolve({
      ansible_port: 'x',
      ansible_become_method: 'doas',
      ansible_ssh_pass: 'hunter2\n',
    });
    expect(resolved).toMatchObject({
      is: 'rejected',
      problems: [
        { variable: 'ansible_become_method' },
        { variable: 'ansible_port' },
        { variable: 'ansible_ssh_pass' },
      ],
    });
    expect(JSON.stringify(resolved)).not.toContain('hunter2');
  });

  it('are warned about when they only add options to ssh', async () => {
    const resolved = await resolve({ ansible_ssh_common_args: '-J bastion', ansible_become_flags: '' });
    expect(resolved).toMatchObject({
      is: 'target',
      warnings: [expect.stringContaining('ansible_ssh_common_args')],
    });
  });

  it('a host that looks like an option', async () => {
    // @ts-expect-error: no HostName, as from a caller that did not check
    expect(await resolve({}, {}, {}, '-oProxyCommand=id')).toMatchObject({ is: 'rejected' });
  });
});

describe('ssh_config', () => {
  it('is followed, tokens and all', async () => {
    const file = config(
      [
        'Match exec "true" host ns1',
        '  User matched',
        'Host ns1',
        '  HostName %h.example.net',
        '  Port 2200',
        '  IdentityFile "~/my keys/%r@%h"',
        '  IdentitiesOnly yes',
        '  IdentityAgent none',
        '  UserKnownHostsFile ~/kh/%k /second/file',
        '  HostKeyAlias Alias',
        '  ConnectTimeout 3',
        '  StrictHostKeyChecking accept-new',
      ].join('\n'),
    );
    expect(await resolve({}, { sshConfigFile: file })).toMatchObject({
      is: 'target',
      warnings: [],
      target: {
        address: 'ns1.example.net',
        port: 2200,
        user: 'matched',
        identityFiles: [join(home, 'my keys/matched@ns1.example.net')],
        identitiesOnly: true,
        agent: undefined,
        hostKeyAlias: 'alias',
        hostKeyChecking: 'accept-new',
        connectTimeout: 3,
      },
    });
  });

  it('knows the inventory, which wins over it', async () => {
    const file = config('Match user ops\n Port 2200\nHost 10.0.0.1\n User other\n');
    const vars = { ansible_host: '10.0.0.1', ansible_user: 'ops' };
    expect(await resolve(vars, { sshConfigFile: file })).toMatchObject({
      target: { port: 2200, user: 'ops' },
    });
    expect(await resolve({ ...vars, ansible_port: 22 }, { sshConfigFile: file })).toMatchObject({
      target: { port: 22 },
    });
  });

  it('does not turn host key checking off', async () => {
    const file = config('StrictHostKeyChecking no\n');
    expect(await resolve({}, { sshConfigFile: file })).toMatchObject({
      target: { hostKeyChecking: 'accept-new' },
      warnings: [expect.stringContaining('accept-new')],
    });
  });

  it('says by which hosts to jump', async () => {
    const file = config(
      'Host ns1\n ProxyJump ops@first:2201,second\nHost first\n User ignored\n ProxyJump zero\nHost second\n HostName 10.0.0.2\n User hopper\n',
    );
    const vars = {
      confine_known_hosts: '/kh',
      ansible_become: true,
      ansible_user: 'root',
      ansible_ssh_pass: 'x',
    };
    const resolved = await resolve(vars, { sshConfigFile: file });
    expect(resolved).toMatchObject({
      target: {
        address: 'ns1',
        jump: {
          address: '10.0.0.2',
          user: 'hopper',
          password: undefined,
          become: { is: 'no' },
          jump: { address: 'first', port: 2201, user: 'ops', jump: { address: 'zero', jump: undefined } },
        },
      },
    });
    if (resolved.is !== 'target' || resolved.target.via !== 'ssh') throw new Error('not over ssh');
    expect(resolved.target.jump?.knownHostsFiles[0]).toBe('/kh');
  });

  it.each([
    ['Host ns1\n ProxyJump ns2\nHost ns2\n ProxyJump ns1', /leads in a circle/],
    ['Port none', /could not read its configuration/],
  ])('that cannot be followed is told: %s', async (line, message) => {
    const resolved = await resolve({}, { sshConfigFile: config(`${line}\n`) });
    expect(resolved).toMatchObject({
      is: 'rejected',
      problems: [{ message: expect.stringMatching(message) }],
    });
  });

  it.each([
    ['ProxyCommand nc %h %p', {}, 'ssh_config has a ProxyCommand for it'],
    ['CertificateFile /c', {}, 'ssh_config names a certificate: /c'],
    ['PKCS11Provider /p.so', {}, 'ssh_config names a PKCS11Provider: /p.so'],
    [
      'GSSAPIAuthentication yes',
      { KRB5CCNAME: 'KCM:' },
      'ssh_config allows Kerberos (GSSAPIAuthentication), and there is a ticket',
    ],
  ])('makes it OpenSSH: %s', async (line, env, why) => {
    const options = { sshConfigFile: config(`${line}\n`), seat: { ...seat, env: { ...seat.env, ...env } } };
    expect(await resolve({}, options)).toMatchObject({ target: { client: { by: 'openssh', why } } });
  });

  it('makes it OpenSSH for the whole way when a jump host needs that', async () => {
    const file = config('Host ns1\n ProxyJump bastion\nHost bastion\n CertificateFile /c\n');
    const client = {
      by: 'openssh',
      why: 'the way there needs it: ssh_config names a certificate: /c',
    };
    expect(await resolve({}, { sshConfigFile: file })).toMatchObject({
      target: { client, asked: { name: 'ns1', config: file }, jump: { client, asked: { name: 'bastion' } } },
    });
  });

  it('cannot be followed by ssh2 where it has a ProxyCommand', async () => {
    const sshConfigFile = config('ProxyCommand nc %h %p\n');
    expect(await resolve({ confine_transport: 'ssh2' }, { sshConfigFile })).toMatchObject({
      is: 'rejected',
      problems: [{ message: expect.stringContaining("ProxyCommand, which ssh2 can't follow") }],
    });
  });

  it('is not needed where it says nothing, so ssh is not asked', async () => {
    const marker = join(folder, 'asked');
    const system = join(folder, 'ssh_config');
    const parts = join(folder, 'ssh_config.d');
    mkdirSync(parts, { recursive: true });
    writeFileSync(
      system,
      `Include ${parts}/*.conf\nHost *\n  SendEnv LANG LC_*\n  HashKnownHosts yes\n# User x\n`,
    );
    writeFileSync(join(parts, 'a.conf'), 'ServerAliveInterval=30\n');
    writeFileSync(join(parts, 'not-read'), 'User nobody\n');
    // An ssh that leaves a trace.
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'ssh'), `#!/bin/sh\n: >${marker}\necho user traced\n`, { mode: 0o755 });
    const traced = { ...seat, env: { PATH: `${bin}:/usr/bin:/bin` } };
    const read = async (systemFile = system) => {
      rmSync(marker, { force: true });
      const reader = createSshConfigReader({ seat: traced, ignore: false, file: undefined, systemFile });
      const done = await reader.read('ns1', {});
      return [done.is === 'config' && done.config.user, existsSync(marker)];
    };
    expect(await read()).toEqual(['ada', false]);
    expect(await read(join(folder, 'no-such-file'))).toEqual(['ada', false]);
    config('Host *\n  ForwardAgent yes\n');
    expect(await read()).toEqual(['ada', false]);
    config('Host ns*\n  User x\n');
    expect(await read()).toEqual(['traced', true]);
    config('Include other\nGSSAPIAuthentication yes\n');
    expect(await read()).toEqual(['ada', false]);
    writeFileSync(join(home, '.ssh', 'other'), 'port 2200\n');
    expect(await read()).toEqual(['traced', true]);
    config('');
    writeFileSync(join(parts, 'b.conf'), 'Match all\n');
    expect(await read()).toEqual(['traced', true]);
  });

  it('is done without where ssh is not installed', async () => {
    const file = config('Port 2200\n');
    const bare = { ...seat, env: { PATH: '/nonexistent' } };
    expect(await resolve({}, { sshConfigFile: file, seat: bare })).toMatchObject({
      target: { port: 22 },
      warnings: [expect.stringContaining('ssh is not installed')],
    });
  });

  it('is asked once for a name, however many hosts have it', async () => {
    const log = join(folder, 'log');
    const bin = join(folder, 'bin2');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'ssh'), `#!/bin/sh\necho x >>${log}\n`, { mode: 0o755 });
    const reader = createSshConfigReader({
      seat: { ...seat, env: { PATH: `${bin}:/usr/bin:/bin` } },
      ignore: false,
      file: '/some/config',
    });
    await Promise.all([reader.read('a', {}), reader.read('a', {}), reader.read('a', { user: 'x' })]);
    expect(readFileSync(log, 'utf8')).toBe('x\nx\n');
  });
});

describe('the text of ssh -G', () => {
  it('keeps paths with blanks together', () => {
    const text =
      'userknownhostsfile /a/b c/d ~/x\nglobalknownhostsfile /e\nidentityfile ~/a b\nproxyjump none\n';
    expect(parseSshConfig(text, 'ns1', seat)).toMatchObject({
      knownHostsFiles: ['/a/b c/d', join(home, 'x'), '/e'],
      identityFiles: [join(home, 'a b')],
      proxyJump: undefined,
    });
  });

  it.each([
    ['SSH_AUTH_SOCK', '/run/agent'],
    ['none', undefined],
    ['$X', '/x'],
    ['${X}', '/x'],
    ['$NONE', undefined],
    ['~/s-%r', join(home, 's-ada')],
    ['/s', '/s'],
  ])('says that the agent is %s', (value, agent) => {
    const env = { ...seat.env, X: '/x' };
    expect(parseSshConfig(`identityagent ${value}\n`, 'ns1', { ...seat, env }).agent).toBe(agent);
  });
});

it.each([
  ['bastion', [{ name: 'bastion', user: undefined, port: undefined }]],
  ['ops@bastion:22', [{ name: 'bastion', user: 'ops', port: 22 }]],
  ['ssh://a@b@c:1/', [{ name: 'c', user: 'a@b', port: 1 }]],
  [
    '[fe80::1%eth0]:22, two',
    [
      { name: 'fe80::1%eth0', user: undefined, port: 22 },
      { name: 'two', user: undefined, port: undefined },
    ],
  ],
  ['a:b', undefined],
  ['', undefined],
  ['-oX', undefined],
])('ProxyJump %j', (text, hops) => {
  expect(parseProxyJump(text)).toEqual(hops);
});
