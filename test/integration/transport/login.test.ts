import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createTransport } from '../../../src/transport/index.ts';
import { Secret } from '../../../src/secret.ts';
import type { SshTarget } from '../../../src/transport/transport.ts';
import { startAgent } from '../../support/agent.ts';
import { makeKey, startSshd } from '../../support/sshd.ts';
import type { KeyType, Sshd } from '../../support/sshd.ts';
import { clients, targetsBy } from '../../support/targets.ts';
import { createUser } from '../../support/users.ts';
import type { TestUser } from '../../support/users.ts';

let sshd: Sshd;
let user: TestUser;

beforeAll(async () => {
  sshd = await startSshd({ config: ['UsePAM yes', 'KbdInteractiveAuthentication no'] });
  user = createUser();
});
afterAll(async () => {
  user.remove();
  await sshd.stop();
});

describe.each(clients)('by $by', (client) => {
  const sshTarget = targetsBy(client);

  async function whoAmI(changes: Partial<SshTarget>, server = sshd): Promise<string> {
    const transport = createTransport();
    try {
      const connection = await transport.connect(sshTarget(server, { user: user.name, ...changes }));
      return (await connection.run('id -un')).stdout.toString().trim();
    } finally {
      await transport.dispose();
    }
  }

  /** A key that may log in. */
  function goodKey(name: string, type: KeyType, passphrase?: string): string {
    const key = makeKey(join(sshd.folder, name), type, passphrase);
    appendFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${key}.pub`));
    return key;
  }

  describe('a login', () => {
    it.each(['ed25519', 'ecdsa', 'rsa'] as const)('by an %s key', async (type) => {
      expect(await whoAmI({ identityFiles: [goodKey(`user_${type}`, type)] })).toBe(user.name);
    });

    it('by the second of two keys', async () => {
      const stranger = makeKey(join(sshd.folder, 'stranger'), 'ed25519');
      expect(await whoAmI({ identityFiles: [stranger, sshd.key] })).toBe(user.name);
    });

    it('by an agent', async () => {
      const agent = await startAgent(sshd.folder, [
        makeKey(join(sshd.folder, 'stranger'), 'ed25519'),
        sshd.key,
      ]);
      expect(await whoAmI({ identityFiles: [], agent: agent.socket })).toBe(user.name);
      await agent.stop();
    });

    it('by an agent that holds the encrypted key of a file', async () => {
      const key = goodKey('locked', 'ed25519', 'a passphrase');
      const agent = await startAgent(sshd.folder, [key], 'a passphrase');
      expect(await whoAmI({ identityFiles: [key], identitiesOnly: true, agent: agent.socket })).toBe(
        user.name,
      );
      await agent.stop();
    });

    it('by a file although the agent is dead', async () => {
      expect(await whoAmI({ agent: join(sshd.folder, 'no-agent') })).toBe(user.name);
    });

    it('by a password', async () => {
      expect(await whoAmI({ identityFiles: [], password: new Secret(user.password) })).toBe(user.name);
    });

    it('by a password that the server asks for', async () => {
      const asking = await startSshd({
        config: ['UsePAM yes', 'KbdInteractiveAuthentication yes', 'PasswordAuthentication no'],
      });
      expect(await whoAmI({ identityFiles: [], password: new Secret(user.password) }, asking)).toBe(
        user.name,
      );
      await asking.stop();
    });

    it('by a key and then a password, where the server wants both', async () => {
      const both = await startSshd({
        config: ['UsePAM yes', 'KbdInteractiveAuthentication no', 'AuthenticationMethods publickey,password'],
      });
      expect(await whoAmI({ password: new Secret(user.password) }, both)).toBe(user.name);
      await both.stop();
    });
  });

  describe('a rejected login', () => {
    it('names the user, what was tried and what could not be', async () => {
      const stranger = makeKey(join(sshd.folder, 'stranger'), 'ed25519');
      const locked = makeKey(join(sshd.folder, 'locked-too'), 'rsa', 'a passphrase');
      const agent = await startAgent(sshd.folder, [makeKey(join(sshd.folder, 'stranger2'), 'ecdsa')]);
      const gone = join(sshd.folder, 'gone');
      const login = whoAmI({
        identityFiles: [stranger, locked, gone, '/root/.ssh/id_ed25519_sk'],
        agent: agent.socket,
        password: new Secret('wrong'),
      });
      await expect(login).rejects.toMatchObject({
        failure: 'auth',
        message: {
          ssh2:
            `the login of ${user.name} was rejected: tried ${stranger}, a key of the agent, the password; ` +
            `not usable: ${locked}: encrypted, and no agent holds it, ${gone}: no such file`,
          // ssh offers an encrypted key all the same, and begins with what the agent has.
          openssh: expect.stringMatching(
            `rejected: tried .*\\(of the agent\\), ${stranger}, ${locked}, the password; not usable: ${gone}: no such file`,
          ),
        }[client.by],
        hint: expect.stringContaining('authorized_keys'),
      });
      await agent.stop();
    });

    it('says so when there was nothing to try', async () => {
      await expect(whoAmI({ identityFiles: [], agent: join(sshd.folder, 'no-agent') })).rejects.toMatchObject(
        {
          failure: 'auth',
          message: expect.stringContaining('nothing could be tried; not usable: the agent'),
        },
      );
    });

    it('tells of a key that could not be unlocked here', async () => {
      const locked = goodKey('locked-good', 'ed25519', 'a passphrase');
      await expect(whoAmI({ identityFiles: [locked] })).rejects.toMatchObject({
        failure: 'auth',
        message: expect.stringMatching(`${locked}: .*encrypted, and no agent holds it`),
      });
    });

    it('by too many keys is told as that', async () => {
      const keys = Array.from({ length: 8 }, (_, i) => makeKey(join(sshd.folder, `many_${i}`), 'ed25519'));
      await expect(whoAmI({ identityFiles: keys })).rejects.toMatchObject({
        failure: 'auth',
        message: expect.stringMatching(/Too many authentication failures/i),
      });
    });

    it('never shows a password', async () => {
      const error: unknown = await whoAmI({ identityFiles: [], password: new Secret('hunter2') }).catch(
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error)).not.toContain('hunter2');
      expect(JSON.stringify(error)).not.toContain('hunter2');
    });
  });
});
