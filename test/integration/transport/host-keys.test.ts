import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { HostName } from '../../../src/brand.ts';
import { createTransport } from '../../../src/transport/index.ts';
import type { SshTarget } from '../../../src/transport/transport.ts';
import { makeKey, publicHalf, startSshd } from '../../support/sshd.ts';
import type { Sshd } from '../../support/sshd.ts';
import { shell } from '../../support/shell.ts';
import { clients, targetsBy } from '../../support/targets.ts';

let sshd: Sshd;
let file: string;
let name: string;

beforeAll(async () => {
  sshd = await startSshd({ hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'] });
  file = join(sshd.folder, 'known');
  name = `[127.0.0.1]:${sshd.port}`;
});
afterAll(() => sshd.stop());

describe.each(clients)('by $by', (client) => {
  const sshTarget = targetsBy(client);

  async function connect(lines: readonly string[], changes: Partial<SshTarget> = {}): Promise<void> {
    rmSync(file, { force: true });
    if (lines.length > 0) writeFileSync(file, lines.join('\n') + '\n');
    const transport = createTransport();
    try {
      await transport.connect(sshTarget(sshd, { knownHostsFiles: [file], ...changes }));
    } finally {
      await transport.dispose();
    }
  }

  function fingerprintOf(type: string): string {
    return shell('ssh-keygen', ['-l', '-f', join(sshd.folder, `host_${type}.pub`)]).split(' ')[1] ?? '';
  }

  describe('a host key', () => {
    it.each(['ed25519', 'ecdsa', 'rsa'])(
      'that is known by its %s key alone is asked for that one',
      async (type) => {
        await expect(connect([`${name} ${sshd.hostKeys[type]}`])).resolves.toBeUndefined();
      },
    );

    it('that is known by a hashed name', async () => {
      writeFileSync(file, `${name} ${sshd.hostKeys['ecdsa']}\n`);
      shell('ssh-keygen', ['-q', '-H', '-f', file]);
      const hashed = readFileSync(file, 'utf8').trim();
      expect(hashed).toMatch(/^\|1\|/);
      await connect([hashed]);
    });

    it('that is known without its port', async () => {
      // ssh itself asks for the types that it knows with the port, so here the one that the server prefers.
      const type = client.by === 'ssh2' ? 'rsa' : 'ed25519';
      await expect(connect([`127.0.0.1 ${sshd.hostKeys[type]}`])).resolves.toBeUndefined();
    });

    it('that is known by an alias', async () => {
      const lines = [`bastion ${sshd.hostKeys['ed25519']}`];
      await expect(connect(lines, { hostKeyAlias: 'Bastion' })).resolves.toBeUndefined();
    });

    it('that is not known', async () => {
      await expect(connect([])).rejects.toMatchObject({
        failure: 'host-key-unknown',
        message: `the host key of 127.0.0.1 is not known: ${name} is not in ${file}; it offers ssh-ed25519 ${fingerprintOf('ed25519')}`,
        hint: expect.stringContaining(`ssh-keyscan -p ${sshd.port} 127.0.0.1 >> ${file}`),
      });
    });

    it('that only an authority vouches for is not known', async () => {
      await expect(connect([`@cert-authority * ${sshd.hostKeys['ed25519']}`])).rejects.toMatchObject({
        failure: 'host-key-unknown',
        message: expect.stringContaining(`${file}:1 names a certificate authority`),
      });
    });

    it('that is another one than before', async () => {
      const other = makeKey(join(sshd.folder, 'other'), 'ed25519');
      const lines = ['# comment', `${name} ${publicHalf(other)}`];
      const print = shell('ssh-keygen', ['-l', '-f', other]).split(' ')[1];
      await expect(connect(lines)).rejects.toMatchObject({
        failure: 'host-key-changed',
        message:
          `the host key of 127.0.0.1 is another one: it offers ssh-ed25519 ${fingerprintOf('ed25519')}, ` +
          `but ${file}:2 has ssh-ed25519 ${print}`,
        hint: expect.stringContaining(`ssh-keygen -f '${file}' -R '${name}'`),
      });
      await expect(connect(lines, { hostKeyChecking: 'accept-new' })).rejects.toMatchObject({
        failure: 'host-key-changed',
      });
    });

    it('that is revoked, although it is known too', async () => {
      const lines = [`${name} ${sshd.hostKeys['ed25519']}`, `@revoked * ${sshd.hostKeys['ed25519']}`];
      await expect(connect(lines)).rejects.toMatchObject({
        failure: 'host-key-revoked',
        message: expect.stringContaining(`${file}:2 revokes it`),
      });
    });

    it('that nobody checks', async () => {
      await connect([], { hostKeyChecking: 'off' });
      expect(existsSync(file)).toBe(false);
    });
  });

  describe('accept-new', () => {
    it('remembers a key, once, for the owner alone', async () => {
      await connect([], { hostKeyChecking: 'accept-new' });
      expect(readFileSync(file, 'utf8')).toBe(`${name} ${sshd.hostKeys['ed25519']}\n`);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const transport = createTransport();
      await transport.connect(sshTarget(sshd, { knownHostsFiles: [file] }));
      await transport.dispose();
    });

    it('keeps what is there, even without a newline at its end', async () => {
      rmSync(file, { force: true });
      writeFileSync(file, '# mine');
      const transport = createTransport();
      await transport.connect(sshTarget(sshd, { knownHostsFiles: [file], hostKeyChecking: 'accept-new' }));
      await transport.dispose();
      expect(readFileSync(file, 'utf8')).toBe(`# mine\n${name} ${sshd.hostKeys['ed25519']}\n`);
    });

    it('loses no line and writes none twice when many hosts are new at once, in several processes', async () => {
      rmSync(file, { force: true });
      const names = Array.from({ length: 10 }, (_, i) => HostName.parse(`ns${i}`));
      // Two transports share nothing, like two runs.
      const runs = [createTransport(), createTransport()];
      await Promise.all(
        runs.flatMap((transport) =>
          names.map((host) =>
            transport.connect(
              sshTarget(sshd, {
                host,
                hostKeyAlias: host,
                knownHostsFiles: [file],
                hostKeyChecking: 'accept-new',
              }),
            ),
          ),
        ),
      );
      await Promise.all(runs.map((transport) => transport.dispose()));
      const lines = readFileSync(file, 'utf8').trim().split('\n');
      expect(lines.toSorted()).toEqual(names.map((host) => `${host} ${sshd.hostKeys['ed25519']}`).toSorted());
      expect(existsSync(`${file}.lock`)).toBe(false);
    });

    it('does not go on when it cannot remember', async () => {
      // Its folder is a file.
      const unwritable = join(sshd.key, 'known_hosts');
      await expect(
        connect([], { hostKeyChecking: 'accept-new', knownHostsFiles: [unwritable] }),
      ).rejects.toMatchObject({
        failure: 'host-key-unknown',
        hint: expect.stringContaining('writable'),
      });
    });
  });
});
