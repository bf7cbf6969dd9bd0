import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { confine, playbook } from '../support/confine.ts';
import { apply, label, labInventory, machine, on, plan, serial, surfaces } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

// Several transactions each, on an emulated machine.
const slow = { timeout: 900_000 };
const rules = ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'];
const book = playbook([
  { apparmor_override: { profile: 'named', rules } },
  { apparmor_mode: { profile: 'named', mode: 'enforce' } },
  { seccomp: {} },
]);
const relax = (...more: readonly string[]) =>
  confine(['relax', 'ns1', '-i', labInventory(), '--yes', ...more]);
const status = () => confine(['status', '-i', labInventory(), '-l', 'ns1']);
const seccomp = () =>
  on(host, "awk '/^Seccomp:/ { print $2 }' /proc/$(systemctl show -p MainPID --value named)/status");
/** Waits until the host has put back what was relaxed, by its own timer. */
const putBack = () =>
  on(
    host,
    'until [ ! -e /var/lib/confine/holds ]; do [ "$(cut -d. -f1 /proc/uptime)" -lt 3000 ] && [ $((n = n + 1)) -lt 120 ] || exit 1; sleep 1; done',
  );

it('a mechanism is out for a time, held, and the host puts it back by itself', slow, async () => {
  expect(await apply(book)).toMatchObject({ code: 0 });
  const before = await surfaces(host);

  const relaxed = await relax('--mechanism', 'apparmor', '--for', '90s', '--why', 'axfr fails');
  expect(relaxed).toMatchObject({ code: 0 });
  expect(await label(host)).toBe('named (complain)');
  expect((await status()).stdout).toMatch(/held \(relax apparmor\) by \S+ since .*, until .*: axfr fails/);
  const held = await plan(book);
  expect(held.code).toBe(0);
  expect(held.stdout).toMatch(/held: relaxed \(apparmor\) by \S+ until .*: axfr fails/);
  expect(await apply(book)).toMatchObject({ code: 0 });
  expect(await label(host)).toBe('named (complain)');

  await putBack();
  expect(await label(host)).toBe('named (enforce)');
  expect(await surfaces(host)).toBe(before);
  expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });
  expect(await serial(host)).not.toBe('');
  expect(await confine(['undo', 'ns1', '-i', labInventory(), '--yes'])).toMatchObject({ code: 0 });
});

it('an end that came while the host was down comes behind the boot', slow, async () => {
  expect(await apply(book)).toMatchObject({ code: 0 });
  const before = await surfaces(host);
  expect(await relax('--all', '--for', '5s')).toMatchObject({ code: 0 });
  await host.reboot();
  await putBack();
  expect(await label(host)).toBe('named (enforce)');
  expect(await seccomp()).toBe('2');
  expect(await surfaces(host)).toBe(before);
  expect(await plan(book)).toMatchObject({ code: 0 });
});

it('without a time it lasts until somebody ends it, or has apply break it', slow, async () => {
  expect(await apply(book)).toMatchObject({ code: 0 });
  const before = await surfaces(host);
  expect(await relax('--mechanism', 'seccomp')).toMatchObject({ code: 0 });
  expect([await seccomp(), await label(host)]).toEqual(['0', 'named (enforce)']);
  expect(await relax('--end')).toMatchObject({ code: 0 });
  expect(await seccomp()).toBe('2');
  expect(await surfaces(host)).toBe(before);

  expect(await relax('--mechanism', 'seccomp')).toMatchObject({ code: 0 });
  expect(await apply(book, '--break-hold')).toMatchObject({ code: 0 });
  expect(await seccomp()).toBe('2');
  expect(await surfaces(host)).toBe(before);
  expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });
  expect((await relax('--mechanism', 'firejail')).stderr).toContain('nothing in place here of firejail');
});
