import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { confine, playbook } from '../support/confine.ts';
import { fingerprint, label, labInventory, machine, on } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const as = (user: string, command: string, book: string, more: readonly string[] = [], input = '') =>
  confine(
    [command, book, '-i', labInventory(), '-l', 'ns1', '-e', `ansible_user=${user}`, '--become', ...more],
    input,
  );

const tools = playbook([{ package: { names: ['apparmor-utils'] } }]);
const enforce = playbook([
  { apparmor_override: { profile: 'named', rules: ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'] } },
  { apparmor_mode: { profile: '/usr/sbin/named', mode: 'enforce' } },
]);

/** Somebody else's apt, which holds dpkg's lock for some seconds and notes when it lets go. */
const otherApt = `python3 -c '
import fcntl, os, time
lock = open("/var/lib/dpkg/lock-frontend", "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
if os.fork():
    os._exit(0)
fcntl.lockf(lock, fcntl.LOCK_EX)
time.sleep(8)
open("/tmp/let-go", "w").write(str(time.time()))
' >/dev/null 2>&1 </dev/null`;

it('a package waits for dpkg’s lock, and named is not touched for it', async () => {
  await on(host, otherApt);
  const started = await on(host, 'systemctl show -p InvocationID --value named');
  const applied = await as('admin', 'apply', tools, ['--yes']);
  expect(applied.stderr).toContain('ns1: packages: apparmor-utils');
  expect(applied.code).toBe(0);
  expect(
    await on(
      host,
      '[ "$(stat -c %Y /var/lib/dpkg/info/apparmor-utils.list)" -ge "$(cut -d. -f1 /tmp/let-go)" ] && echo after',
    ),
  ).toBe('after');
  expect(await on(host, 'systemctl show -p InvocationID --value named')).toBe(started);
  expect(await as('admin', 'plan', tools, ['--detailed-exitcode'])).toMatchObject({ code: 0, stdout: '' });
});

it('a person whose sudo wants a password gives it once, and it is left nowhere', async () => {
  const applied = await as('ops', 'apply', enforce, ['--yes', '-K'], 'correct horse\n');
  expect(applied.stderr).toContain('ns1: changed, DNS answers');
  expect(applied.code).toBe(0);
  expect(await label(host)).toBe('named (enforce)');
  expect(applied.stdout + applied.stderr).not.toContain('correct horse');
  expect(await on(host, "grep -rl 'correct horse' /var/lib/confine /var/log || true")).toBe('');
  const settled = await fingerprint(host);
  expect(await as('ops', 'plan', enforce, ['--detailed-exitcode', '-K'], 'correct horse\n')).toMatchObject({
    code: 0,
    stdout: '',
  });
  expect(await fingerprint(host)).toBe(settled);
});

it('a wrong password changes nothing', async () => {
  const before = await fingerprint(host);
  const applied = await as('ops', 'apply', enforce, ['--yes', '-K'], 'wrong\n');
  expect(applied.code).toBe(4);
  expect(applied.stderr).toContain('password');
  expect(await fingerprint(host)).toBe(before);
});
