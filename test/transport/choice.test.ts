import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { chooseClient, clientForAll } from '../../src/transport/choice.ts';
import type { Needs } from '../../src/transport/choice.ts';
import { createNeedsReader } from '../../src/transport/needs.ts';
import { defaultSshConfig } from '../../src/transport/ssh-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'confine-t-choice-'));
afterAll(() => rmSync(folder, { recursive: true }));

const seat = { home: folder, user: 'ada', env: {} };
const config = defaultSshConfig('ns1', seat);
const none: Needs = {
  config,
  certificates: [],
  fido: [],
  offered: undefined,
  ticket: false,
  authority: undefined,
};

describe('the client', () => {
  it.each<[string, Partial<Needs>]>([
    ['ssh_config has a ProxyCommand for it', { config: { ...config, proxyCommand: 'nc' } }],
    ['ssh_config names a certificate: /c', { config: { ...config, certificateFile: '/c' } }],
    ['ssh_config names a PKCS11Provider: /p', { config: { ...config, pkcs11Provider: '/p' } }],
    ['there is a certificate: /k-cert.pub', { certificates: ['/k-cert.pub'] }],
    ['a FIDO token holds the key: /k', { fido: ['/k'] }],
    ['the agent offers a FIDO key', { offered: 'a FIDO key' }],
    ['/kh:3 names a certificate authority for it', { authority: '/kh:3' }],
  ])('is OpenSSH, because %s', (why, more) => {
    expect(chooseClient('auto', { ...none, ...more })).toEqual({ by: 'openssh', why });
    expect(chooseClient('ssh2', { ...none, ...more })).toMatchObject({ by: 'ssh2', or: undefined });
  });

  it('is ssh2 where nothing needs more, and may be another later', () => {
    expect(chooseClient('auto', none)).toMatchObject({ by: 'ssh2', or: 'openssh' });
    expect(chooseClient('openssh', none)).toMatchObject({ by: 'openssh' });
  });

  it('is not OpenSSH for Kerberos that is only allowed, as Debian does', () => {
    const allowed = { ...none, config: { ...config, gssapi: true } };
    expect(chooseClient('auto', allowed).by).toBe('ssh2');
    expect(chooseClient('auto', { ...allowed, ticket: true }).by).toBe('openssh');
  });

  it('is one for the whole way', () => {
    const ssh2 = chooseClient('auto', none);
    const openssh = chooseClient('auto', { ...none, fido: ['/k'] });
    expect(clientForAll(ssh2, undefined)).toBe(ssh2);
    expect(clientForAll(ssh2, openssh).by).toBe('openssh');
    expect(clientForAll(openssh, ssh2)).toBe(openssh);
  });
});

/** An SSH string. */
const text = (value: string | Buffer) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([length, Buffer.from(value)]);
};
const key = (type: string) => Buffer.concat([text(type), text('rest')]);

/** An agent that answers with these keys, in pieces. */
async function agentWith(
  name: string,
  types: readonly string[],
): Promise<{ socket: string; close: () => void }> {
  const socket = join(folder, name);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(types.length);
  const keys = types.flatMap((type) => [text(key(type)), text('comment')]);
  const answer = text(Buffer.concat([Buffer.from([12]), count, ...keys]));
  const server = createServer((peer) => {
    peer.once('data', () => {
      peer.write(answer.subarray(0, 7));
      setImmediate(() => peer.write(answer.subarray(7)));
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return { socket, close: () => void server.close() };
}

describe('what a host needs', () => {
  const target = {
    address: 'ns1',
    port: 22,
    hostKeyAlias: undefined,
    identityFiles: [],
    agent: undefined,
    identitiesOnly: false,
    knownHostsFiles: [],
  };
  const read = (more: Partial<Parameters<ReturnType<typeof createNeedsReader>['read']>[0]>) =>
    createNeedsReader(seat).read({ ...target, ...more }, config);

  it('is seen by its key files', async () => {
    mkdirSync(join(folder, 'keys'));
    const at = (name: string, content: string) => {
      writeFileSync(join(folder, 'keys', name), content);
      return join(folder, 'keys', name);
    };
    const plain = at('plain', 'ssh-ed25519 AAAA');
    const certified = at('certified', '');
    at('certified-cert.pub', '');
    const fido = at('token', 'sk-ssh-ed25519@openssh.com AAAA');
    expect(await read({ identityFiles: [plain, certified, fido, '/no/such'] })).toMatchObject({
      certificates: [`${certified}-cert.pub`],
      fido: [fido],
    });
  });

  it.each([
    [['ssh-ed25519', 'ssh-ed25519-cert-v01@openssh.com'], 'a certificate'],
    [['ssh-rsa', 'sk-ssh-ed25519@openssh.com'], 'a FIDO key'],
    [['ssh-ed25519', 'ssh-rsa'], undefined],
    [[], undefined],
  ])('is seen by what its agent offers: %j', async (types, offered) => {
    const agent = await agentWith(`agent-${types.join('-').length}`, types);
    expect((await read({ agent: agent.socket })).offered).toBe(offered);
    expect((await read({ agent: agent.socket, identitiesOnly: true })).offered).toBeUndefined();
    agent.close();
  });

  it('is not seen by an agent that is not there', async () => {
    expect((await read({ agent: join(folder, 'no-agent') })).offered).toBeUndefined();
  });

  it('is seen by the authority that known_hosts names for it, and not for others', async () => {
    const file = join(folder, 'known_hosts');
    const line = `ssh-ed25519 ${key('ssh-ed25519').toString('base64')}`;
    writeFileSync(file, `ns2 ${line}\n@cert-authority *.example.net,!ns9.example.net ${line}\n`);
    const at = async (address: string) => (await read({ address, knownHostsFiles: [file] })).authority;
    expect(await at('ns1.example.net')).toBe(`${file}:2`);
    expect(await at('ns9.example.net')).toBeUndefined();
    expect(await at('ns2')).toBeUndefined();
  });
});
