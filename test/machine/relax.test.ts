import { beforeAll, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { confine } from '../support/confine.ts';
import { apply, label, labInventory, machine, plan, serial, surfaces } from '../support/lab.ts';
import { confined, putBack, relax } from '../support/relax.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});

it('a mechanism is out for a time, held, and the host puts it back by itself', async () => {
  expect(await apply(confined)).toMatchObject({ code: 0 });
  const before = await surfaces(host);

  const relaxed = await relax('--mechanism', 'apparmor', '--for', '60s', '--why', 'axfr fails');
  expect(relaxed).toMatchObject({ code: 0 });
  expect(await label(host)).toBe('named (complain)');
  expect((await confine(['status', '-i', labInventory(), '-l', 'ns1'])).stdout).toMatch(
    /held \(relax apparmor\) by \S+ since .*, until .*: axfr fails/,
  );
  const held = await plan(confined);
  expect(held.code).toBe(0);
  expect(held.stdout).toMatch(/held: relaxed \(apparmor\) by \S+ until .*: axfr fails/);
  expect(await apply(confined)).toMatchObject({ code: 0 });
  expect(await label(host)).toBe('named (complain)');

  await putBack(host);
  expect(await label(host)).toBe('named (enforce)');
  expect(await surfaces(host)).toBe(before);
  expect(await plan(confined)).toMatchObject({ code: 0, stdout: '' });
  expect(await serial(host)).not.toBe('');
  expect(await confine(['undo', 'ns1', '-i', labInventory(), '--yes'])).toMatchObject({ code: 0 });
});
