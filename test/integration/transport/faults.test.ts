import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { HostName } from '../../../src/brand.ts';
import { createTransport } from '../../../src/transport/index.ts';
import type { Transport, TransportOptions } from '../../../src/transport/index.ts';
import { startMute, startProxy } from '../../support/faults.ts';
import { failureOf } from '../../support/outcome.ts';
import { freePort, killServing, startSshd } from '../../support/sshd.ts';
import type { Sshd } from '../../support/sshd.ts';
import { clients, targetsBy } from '../../support/targets.ts';

let sshd: Sshd;
let transports: Transport[] = [];

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());
afterEach(async () => {
  await Promise.all(transports.map((transport) => transport.dispose()));
  transports = [];
});

function transport(options: TransportOptions = {}): Transport {
  const made = createTransport(options);
  transports.push(made);
  return made;
}

const quick: TransportOptions = { keepAlive: { interval: 100, count: 3 } };

describe.each(clients)('by $by', (client) => {
  const sshTarget = targetsBy(client);

  describe('a connection that dies', () => {
    it('by its sshd being killed in the middle of a script', async () => {
      const connection = await transport().connect(sshTarget(sshd));
      const trip = connection.run(`echo before; ${killServing(sshd)}; sleep 30`);
      await expect(trip).rejects.toMatchObject({ name: 'TransportError', failure: 'lost', host: 'ns1' });
      await expect(connection.run('true')).rejects.toMatchObject({ failure: 'lost' });
    });

    it('loses every trip on it', async () => {
      const connection = await transport().connect(sshTarget(sshd));
      const killer = connection.run(killServing(sshd));
      // More than run at once, so some are still waiting for a channel.
      const trips = Array.from({ length: 12 }, () => connection.run('sleep 30'));
      const ended = await Promise.allSettled([killer, ...trips]);
      expect(ended.map(failureOf)).toEqual(Array.from({ length: 13 }, () => 'lost'));
    });

    it('without a word, by a link that went dark', async () => {
      const proxy = await startProxy(sshd.port);
      const connection = await transport(quick).connect(
        sshTarget(sshd, { port: proxy.port, hostKeyAlias: `[127.0.0.1]:${sshd.port}` }),
      );
      const trip = connection.run('echo started; sleep 30', { onStdout: proxy.goDark });
      await expect(trip).rejects.toMatchObject({
        failure: 'lost',
        message: expect.stringContaining('nothing came for'),
      });
      await connection.close();
      await proxy.close();
    });

    // A login and a trip take some 3 kB from the server, so these fall into every part of both.
    it.each(['reset', 'end', 'dark'] as const)('anywhere, by a %s, ends in one error', async (how) => {
      const places = Array.from({ length: 40 }, (_, i) => i * 90);
      const shared = transport({ ...quick, pressure: { logins: 40, tries: 1 } });
      const failures = await Promise.all(
        places.map(async (bytes) => {
          const proxy = await startProxy(sshd.port, { cut: { from: 'server', bytes, how } });
          const target = sshTarget(sshd, {
            port: proxy.port,
            hostKeyAlias: `[127.0.0.1]:${sshd.port}`,
            connectTimeout: 5,
          });
          const work = async () => (await shared.connect(target)).run('printf %5000d 0; sleep 30');
          const [end] = await Promise.allSettled([work()]);
          await proxy.close();
          return failureOf(end);
        }),
      );
      expect(failures.filter((failure) => typeof failure !== 'string' || failure === 'fulfilled')).toEqual(
        [],
      );
      expect(new Set(failures)).toContain('lost');
      // What broke is never taken for a login that starts no shell.
      expect(failures).not.toContain('no-shell');
    });

    it('but not while a script is only silent', async () => {
      const connection = await transport(quick).connect(sshTarget(sshd));
      const result = await connection.run('sleep 1.2; echo done');
      expect(result.stdout.toString()).toBe('done\n');
    });

    it('can be closed twice, and then not used', async () => {
      const connection = await transport().connect(sshTarget(sshd));
      await Promise.all([connection.close(), connection.close()]);
      await connection.close();
      await expect(connection.run('true')).rejects.toMatchObject({ failure: 'lost' });
    });
  });

  describe('a script', () => {
    it('that leaves a process behind with its output is not waited for', async () => {
      const connection = await transport({ limits: { linger: 200 } }).connect(sshTarget(sshd));
      await expect(connection.run('sleep 3 & echo started')).rejects.toMatchObject({
        failure: 'timeout',
        hint: expect.stringContaining('</dev/null >/dev/null 2>&1'),
      });
    });

    it('whose host does not keep the timeout is given up here', async () => {
      const proxy = await startProxy(sshd.port);
      const slow: TransportOptions = { keepAlive: { interval: 60_000, count: 3 }, limits: { grace: -4900 } };
      const connection = await transport(slow).connect(
        sshTarget(sshd, { port: proxy.port, hostKeyAlias: `[127.0.0.1]:${sshd.port}` }),
      );
      const trip = connection.run('echo started; sleep 30', { timeout: 0.2, onStdout: proxy.goDark });
      await expect(trip).rejects.toMatchObject({ failure: 'timeout' });
      await connection.close();
      await proxy.close();
    });
  });

  describe('a host that cannot be reached', () => {
    it('refuses the connection', async () => {
      const port = await freePort();
      await expect(transport().connect(sshTarget(sshd, { port }))).rejects.toMatchObject({
        failure: 'unreachable',
        message: `127.0.0.1:${port} refused the connection`,
        hint: expect.stringContaining('ansible_port'),
      });
    });

    it('has no address', async () => {
      const address = 'no-such-host.invalid';
      await expect(transport().connect(sshTarget(sshd, { address }))).rejects.toMatchObject({
        failure: 'unreachable',
        message: expect.stringMatching(/no-such-host\.invalid (does not resolve|could not be looked up)/),
      });
    });

    it('takes the connection and never speaks', async () => {
      const mute = await startMute();
      const target = sshTarget(sshd, { port: mute.port, connectTimeout: 0.3 });
      await expect(transport().connect(target)).rejects.toMatchObject({
        failure: 'timeout',
        message: expect.stringContaining('takes connections, but the SSH login was not done'),
      });
      await mute.close();
    });

    it('has no algorithm in common', async () => {
      const old = await startSshd({ config: ['KexAlgorithms diffie-hellman-group14-sha1'] });
      await expect(transport().connect(sshTarget(old))).rejects.toMatchObject({
        failure: 'no-algorithm',
        message: expect.stringMatching(/no matching key exchange (algorithm|method)/),
        hint: expect.stringContaining(client.by === 'ssh2' ? 'curve25519' : 'update'),
      });
      await old.stop();
    });
  });

  describe('a server under pressure', () => {
    it('is tried again when it resets connections before the login', async () => {
      const proxy = await startProxy(sshd.port, { resetFirst: 2 });
      const target = sshTarget(sshd, { port: proxy.port, hostKeyAlias: `[127.0.0.1]:${sshd.port}` });
      const connection = await transport({ pressure: { backoff: 1 } }).connect(target);
      expect((await connection.run('echo here')).stdout.toString()).toBe('here\n');
      expect(proxy.taken()).toBe(3);
      await connection.close();
      await proxy.close();
    });

    it('is not tried for ever', async () => {
      const proxy = await startProxy(sshd.port, { resetFirst: 100 });
      const target = sshTarget(sshd, { port: proxy.port });
      await expect(transport({ pressure: { backoff: 1, tries: 4 } }).connect(target)).rejects.toMatchObject({
        failure: 'unreachable',
        hint: expect.stringContaining('MaxStartups'),
      });
      expect(proxy.taken()).toBe(4);
      await proxy.close();
    });

    it('is not tried again after a rejected login', async () => {
      const proxy = await startProxy(sshd.port);
      const target = sshTarget(sshd, {
        port: proxy.port,
        hostKeyAlias: `[127.0.0.1]:${sshd.port}`,
        identityFiles: ['/nonexistent/key'],
      });
      await expect(transport({ pressure: { backoff: 1 } }).connect(target)).rejects.toMatchObject({
        failure: 'auth',
      });
      expect(proxy.taken()).toBe(1);
      await proxy.close();
    });

    const names = Array.from({ length: 30 }, (_, i) => HostName.parse(`ns${i}`));

    it('sees its logins held back, so that 30 at once stay under the default MaxStartups', async () => {
      const strict = await startSshd({ config: ['MaxStartups 10:30:100'] });
      const shared = transport();
      const connections = await Promise.all(names.map((host) => shared.connect(sshTarget(strict, { host }))));
      expect(connections.map((connection) => connection.host)).toEqual(names);
      expect(strict.log()).not.toContain('MaxStartups');
      await shared.dispose();
      await strict.stop();
    });

    it('takes 30 connections in the end although it drops some', async () => {
      const strict = await startSshd({ config: ['MaxStartups 10'] });
      const shared = transport({ pressure: { logins: 30, tries: 20, backoff: 50 } });
      const connections = await Promise.all(names.map((host) => shared.connect(sshTarget(strict, { host }))));
      expect(connections.map((connection) => connection.host)).toEqual(names);
      expect(strict.log()).toContain('MaxStartups');
      await shared.dispose();
      await strict.stop();
    });

    it('that takes few sessions on a connection gets no more', async () => {
      const narrow = await startSshd({ config: ['MaxSessions 2'] });
      const connection = await transport().connect(sshTarget(narrow));
      const results = await Promise.all(Array.from({ length: 9 }, (_, i) => connection.run(`echo ${i}`)));
      expect(results.map((result) => result.stdout.toString().trim())).toEqual(
        Array.from({ length: 9 }, (_, i) => String(i)),
      );
      await narrow.stop();
    });

    it('that takes one session takes the next right behind it', async () => {
      const single = await startSshd({ config: ['MaxSessions 1'] });
      const connection = await transport().connect(sshTarget(single));
      for (let i = 0; i < 30; i += 1)
        expect((await connection.run(`echo ${i}`)).stdout.toString()).toBe(`${i}\n`);
      await single.stop();
    });

    it('that takes no session at all is told', async () => {
      const none = await startSshd({ config: ['MaxSessions 0'] });
      const connection = await transport().connect(sshTarget(none));
      await expect(connection.run('true')).rejects.toMatchObject({ failure: 'no-shell' });
      await none.stop();
    });
  });
});
