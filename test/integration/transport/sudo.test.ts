import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { HostName } from '../../../src/brand.ts';
import { createTransport } from '../../../src/transport/index.ts';
import type { Become } from '../../../src/transport/transport.ts';
import { startProxy } from '../../support/faults.ts';
import { failureOf } from '../../support/outcome.ts';
import { startSshd } from '../../support/sshd.ts';
import type { Sshd } from '../../support/sshd.ts';
import { clients, sudo, targetsBy } from '../../support/targets.ts';
import { createUser } from '../../support/users.ts';
import type { TestUser, UserOptions } from '../../support/users.ts';

let sshd: Sshd;
let users: TestUser[] = [];

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());
afterEach(() => {
  for (const user of users) user.remove();
  users = [];
});

const mayAll = 'ALL=(ALL:ALL) ALL';

function makeUser(options: UserOptions): TestUser {
  const user = createUser(options);
  users.push(user);
  return user;
}

/** What sudo itself has written about its runs: one entry for each. */
function sudoLog(): { readonly path: string; readonly entries: () => string[] } {
  const path = join(sshd.folder, 'sudo.log');
  rmSync(path, { force: true });
  return {
    path,
    entries: () =>
      (existsSync(path) ? readFileSync(path, 'utf8') : '').split(/\n(?=\S)/).filter((e) => e !== ''),
  };
}

/** sudo writes when it ends, which is after the connection gave up on it. */
async function rejections(log: ReturnType<typeof sudoLog>, runs: number): Promise<number> {
  await expect.poll(() => log.entries().length, { timeout: 10_000, interval: 20 }).toBe(runs);
  return log.entries().filter((entry) => /incorrect password attempt/.test(entry)).length;
}

describe.each(clients)('by $by', (client) => {
  const sshTarget = targetsBy(client);

  async function runAs(user: TestUser, become: Become, script = 'id -u', timeout?: number): Promise<string> {
    const transport = createTransport();
    try {
      const connection = await transport.connect(sshTarget(sshd, { user: user.name, become }));
      const result = await connection.run(script, timeout === undefined ? {} : { timeout });
      return result.stdout.toString() + result.stderr.toString();
    } finally {
      await transport.dispose();
    }
  }

  describe('a password that sudo wants', () => {
    it('is asked for when it is missing', async () => {
      const user = makeUser({ sudo: mayAll });
      await expect(runAs(user, sudo())).rejects.toMatchObject({
        failure: 'become-password-missing',
        message: 'sudo wants a password for becoming root, and none was given',
        hint: expect.stringContaining('-K'),
      });
    });

    it('is tried once when it is wrong', async () => {
      const log = sudoLog();
      const user = makeUser({ sudo: mayAll, defaults: [`logfile=${log.path}`] });
      await expect(runAs(user, sudo('wrong'))).rejects.toMatchObject({ failure: 'become-password-rejected' });
      expect(await rejections(log, 1)).toBe(1);
      expect(log.entries()[0]).toContain('1 incorrect password attempt');
    });

    it('is tried once when it is wrong and sudo asks only once', async () => {
      const user = makeUser({ sudo: mayAll, defaults: ['passwd_tries=1'] });
      await expect(runAs(user, sudo('wrong'))).rejects.toMatchObject({ failure: 'become-password-rejected' });
    });

    it('stays out of arguments, environments and output', async () => {
      const user = makeUser({ sudo: mayAll });
      const seen = await runAs(
        user,
        sudo(user.password),
        'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; env; set',
      );
      expect(seen).toContain('confine-password-');
      expect(seen).not.toContain(user.password);
    });

    it('is not shown the lecture, nor its prompt', async () => {
      const user = makeUser({ sudo: mayAll, defaults: ['lecture=always'] });
      expect(await runAs(user, sudo(user.password))).toBe('0\n');
    });

    it('works where sudo makes a terminal for the command', async () => {
      const user = makeUser({ sudo: mayAll, defaults: ['use_pty', `logfile=${sudoLog().path}`] });
      const long = ': padding padding padding padding padding padding\n'.repeat(40_000);
      expect(await runAs(user, sudo(user.password), `${long}id -u; cat; printf 'a\\nb\\n'`, 60)).toBe(
        '0\na\nb\n',
      );
      await expect(runAs(user, sudo(user.password), 'sleep 30', 0.3)).rejects.toMatchObject({
        failure: 'timeout',
      });
    });
  });

  describe('a fleet', () => {
    const names = Array.from({ length: 12 }, (_, i) => HostName.parse(`ns${i}`));

    it('is stopped by the first rejected password', async () => {
      const log = sudoLog();
      const user = makeUser({ sudo: mayAll, defaults: [`logfile=${log.path}`] });
      const transport = createTransport();
      const become = sudo('wrong');
      const results = await Promise.allSettled(
        names.map(async (host) =>
          (await transport.connect(sshTarget(sshd, { host, user: user.name, become }))).run('id -u'),
        ),
      );
      await transport.dispose();
      expect(new Set(results.map(failureOf))).toEqual(new Set(['become-password-rejected']));
      expect(await rejections(log, names.length)).toBe(1);
      const elsewhere = results.filter(
        (r) => r.status === 'rejected' && /was wrong on ns\d+/.test(String(r.reason)),
      );
      expect(elsewhere).toHaveLength(names.length - 1);
    });

    it('goes on together once the password was right', async () => {
      const user = makeUser({ sudo: mayAll });
      const transport = createTransport();
      const become = sudo(user.password);
      const results = await Promise.all(
        names.map(async (host) =>
          (await transport.connect(sshTarget(sshd, { host, user: user.name, become }))).run('id -u'),
        ),
      );
      await transport.dispose();
      expect(results.map((r) => r.stdout.toString())).toEqual(names.map(() => '0\n'));
    });

    it('does not wait for hosts that want no password', async () => {
      const free = makeUser({ sudo: 'ALL=(ALL:ALL) NOPASSWD: ALL' });
      const asked = makeUser({ sudo: mayAll });
      const transport = createTransport();
      const become = sudo(asked.password);
      const run = async (user: string) =>
        (await transport.connect(sshTarget(sshd, { user, become }))).run('id -u');
      const results = await Promise.all([run(free.name), run(asked.name), run(free.name), run(asked.name)]);
      await transport.dispose();
      expect(results.map((r) => r.stdout.toString())).toEqual(['0\n', '0\n', '0\n', '0\n']);
    });
  });

  describe('sudo that refuses', () => {
    it('a user who is in no sudoers file', async () => {
      const user = makeUser({});
      await expect(runAs(user, sudo(user.password))).rejects.toMatchObject({
        failure: 'become-refused',
        message: expect.stringContaining('is not in the sudoers file'),
      });
    });

    it('a user who may run only some commands', async () => {
      const user = makeUser({ sudo: 'ALL=(ALL:ALL) NOPASSWD: /bin/ls' });
      await expect(runAs(user, sudo('any'))).rejects.toMatchObject({ failure: 'become-password-rejected' });
      await expect(runAs(user, sudo(user.password))).rejects.toMatchObject({
        failure: 'become-refused',
        message: expect.stringContaining('is not allowed to execute'),
      });
    });

    it('whoever has no terminal', async () => {
      const user = makeUser({ sudo: 'ALL=(ALL:ALL) NOPASSWD: ALL', defaults: ['requiretty'] });
      for (const become of [sudo(), sudo(user.password)]) {
        await expect(runAs(user, become)).rejects.toMatchObject({
          failure: 'become-refused',
          message: expect.stringContaining('you must have a tty'),
          hint: expect.stringContaining('!requiretty'),
        });
      }
    });
  });

  /** A login shell of one's own. */
  function loginShell(text: string): string {
    const path = join(sshd.folder, `shell-${text.length}`);
    writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return path;
  }

  describe('a login', () => {
    it('that talks is not heard', async () => {
      const user = makeUser({
        sudo: mayAll,
        loginShell: loginShell(
          'echo Welcome; echo "beware of the dog" >&2; printf no-newline; exec /bin/sh "$@"',
        ),
      });
      expect(await runAs(user, { is: 'no' }, 'echo out; echo err >&2')).toBe('out\nerr\n');
      expect(await runAs(user, sudo(user.password), 'echo out; echo err >&2')).toBe('out\nerr\n');
    });

    it('without a shell is told', async () => {
      const user = makeUser({ loginShell: '/usr/sbin/nologin' });
      await expect(runAs(user, { is: 'no' })).rejects.toMatchObject({
        failure: 'no-shell',
        message: expect.stringContaining('This account is currently not available'),
      });
    });

    it('without a shell is told, too, where all of it comes in one piece', async () => {
      const user = makeUser({ loginShell: '/usr/sbin/nologin' });
      const proxy = await startProxy(sshd.port, { gather: 200 });
      const transport = createTransport();
      const there = { user: user.name, port: proxy.port, hostKeyAlias: `[127.0.0.1]:${sshd.port}` };
      const connection = await transport.connect(sshTarget(sshd, there));
      await expect(connection.run('true')).rejects.toMatchObject({ failure: 'no-shell' });
      await transport.dispose();
      await proxy.close();
    });

    it('that says nothing under sudo is given up', async () => {
      const user = makeUser({ sudo: mayAll, loginShell: loginShell('exec sleep 60') });
      const transport = createTransport({ limits: { become: 200 } });
      const connection = await transport.connect(
        sshTarget(sshd, { user: user.name, become: sudo(user.password) }),
      );
      await expect(connection.run('id')).rejects.toMatchObject({ failure: 'become-refused' });
      await transport.dispose();
    });
  });
});
