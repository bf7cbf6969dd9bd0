import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { apply, label, machine, on, plan, surfaces } from '../support/lab.ts';
import { confined, putBack, relax } from '../support/relax.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const seccomp = () =>
  on(host, "awk '/^Seccomp:/ { print $2 }' /proc/$(systemctl show -p MainPID --value named)/status");

it('an end that came while the host was down comes behind the boot', async () => {
  expect(await apply(confined)).toMatchObject({ code: 0 });
  const before = await surfaces(host);
  expect(await relax('--all', '--for', '5s')).toMatchObject({ code: 0 });
  await host.reboot();
  await putBack(host);
  expect(await label(host)).toBe('named (enforce)');
  expect(await seccomp()).toBe('2');
  expect(await surfaces(host)).toBe(before);
  expect(await plan(confined)).toMatchObject({ code: 0 });
});

it('without a time it lasts until somebody ends it, or has apply break it', async () => {
  expect(await apply(confined)).toMatchObject({ code: 0 });
  const before = await surfaces(host);
  expect(await relax('--mechanism', 'seccomp')).toMatchObject({ code: 0 });
  expect([await seccomp(), await label(host)]).toEqual(['0', 'named (enforce)']);
  expect(await relax('--end')).toMatchObject({ code: 0 });
  expect(await seccomp()).toBe('2');
  expect(await surfaces(host)).toBe(before);

  expect(await relax('--mechanism', 'seccomp')).toMatchObject({ code: 0 });
  expect(await apply(confined, '--break-hold')).toMatchObject({ code: 0 });
  expect(await seccomp()).toBe('2');
  expect(await surfaces(host)).toBe(before);
  expect(await plan(confined)).toMatchObject({ code: 0, stdout: '' });
  expect((await relax('--mechanism', 'firejail')).stderr).toContain('nothing in place here of firejail');
});
