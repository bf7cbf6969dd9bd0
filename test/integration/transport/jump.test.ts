import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { HostName } from '../../../src/brand.ts';
import { createTransport } from '../../../src/transport/index.ts';
import { freePort, killServing, makeKey, startSshd } from '../../support/sshd.ts';
import type { Sshd } from '../../support/sshd.ts';
import { clients, targetsBy } from '../../support/targets.ts';

let bastion: Sshd;
let inner: Sshd;

beforeAll(async () => {
  bastion = await startSshd({ config: ['MaxStartups 10:30:100'] });
  inner = await startSshd();
});
afterAll(async () => {
  await bastion.stop();
  await inner.stop();
});

function logins(sshd: Sshd): number {
  return sshd.log().match(/^Accepted /gm)?.length ?? 0;
}

describe.each(clients)('by $by', (client) => {
  const sshTarget = targetsBy(client);

  describe('behind a jump host', () => {
    it('30 hosts share one connection to it', async () => {
      const before = logins(bastion);
      const jump = sshTarget(bastion);
      const transport = createTransport({ pressure: { logins: 30 } });
      const names = Array.from({ length: 30 }, (_, i) => HostName.parse(`ns${i}`));
      const results = await Promise.all(
        names.map(async (host) => {
          const connection = await transport.connect(sshTarget(inner, { host, jump }));
          return connection.run(`echo ${host}`);
        }),
      );
      expect(results.map((result) => result.stdout.toString())).toEqual(names.map((host) => `${host}\n`));
      expect(logins(bastion) - before).toBe(1);
      await transport.dispose();
    });

    it('a second jump host is reached by the first', async () => {
      const far = await startSshd();
      const transport = createTransport();
      const jump = sshTarget(inner, { jump: sshTarget(bastion) });
      const connection = await transport.connect(sshTarget(far, { jump }));
      expect((await connection.run('echo far')).stdout.toString()).toBe('far\n');
      await transport.dispose();
      await far.stop();
    });

    it('a host that is down is told, with the way to it', async () => {
      const transport = createTransport();
      const port = await freePort();
      await expect(
        transport.connect(sshTarget(inner, { port, jump: sshTarget(bastion) })),
      ).rejects.toMatchObject({
        failure: 'unreachable',
        host: 'ns1',
        message: expect.stringMatching(`by the jump host 127.0.0.1:${bastion.port}: .*Connection refused`),
      });
      await transport.dispose();
    });

    it('every host is told when the jump host rejects the login, which is tried once', async () => {
      const transport = createTransport();
      const rejected = () => bastion.log().match(/authenticating user root .*\[preauth\]/g)?.length ?? 0;
      const before = rejected();
      const jump = sshTarget(bastion, {
        identityFiles: [makeKey(join(bastion.folder, 'stranger'), 'ed25519')],
      });
      const names = ['ns1', 'ns2', 'ns3'].map((name) => HostName.parse(name));
      const ended = await Promise.allSettled(
        names.map((host) => transport.connect(sshTarget(inner, { host, jump }))),
      );
      for (const [i, end] of ended.entries()) {
        expect(end).toMatchObject({
          reason: { host: names[i], failure: 'auth', message: expect.stringContaining('by the jump host') },
        });
      }
      await expect.poll(rejected, { timeout: 10_000, interval: 20 }).toBe(before + 1);
      await transport.dispose();
    });

    it('a jump host that does not forward is told', async () => {
      const closed = await startSshd({ config: ['AllowTcpForwarding no'] });
      const transport = createTransport();
      await expect(transport.connect(sshTarget(inner, { jump: sshTarget(closed) }))).rejects.toMatchObject({
        failure: 'unreachable',
        hint: expect.stringContaining('AllowTcpForwarding'),
      });
      await transport.dispose();
      await closed.stop();
    });

    it('a jump host that goes just when it is used is connected anew', async () => {
      const transport = createTransport();
      const jump = sshTarget(bastion);
      await transport.connect(sshTarget(inner, { jump }));
      // Nothing of this has been heard here when the next host goes the same way.
      execFileSync('sh', ['-c', killServing(bastion)]);
      const again = await transport.connect(sshTarget(inner, { host: HostName.parse('ns2'), jump }));
      expect((await again.run('echo back')).stdout.toString()).toBe('back\n');
      await transport.dispose();
    });

    it('a host is lost with its jump host, which is connected anew for the next', async () => {
      const transport = createTransport();
      const jump = sshTarget(bastion);
      const connection = await transport.connect(sshTarget(inner, { jump }));
      const direct = await transport.connect(sshTarget(bastion));
      const trip = connection.run('sleep 30');
      // The asking one too.
      await expect(direct.run(killServing(bastion))).rejects.toMatchObject({ failure: 'lost' });
      await expect(trip).rejects.toMatchObject({ failure: 'lost' });
      const again = await transport.connect(sshTarget(inner, { jump }));
      expect((await again.run('echo back')).stdout.toString()).toBe('back\n');
      await transport.dispose();
    });
  });
});
