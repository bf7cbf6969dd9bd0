import { beforeAll, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { confine, playbook } from '../support/confine.ts';
import { apply, label, labInventory, machine, on, plan, serial, surfaces } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});

const undo = (...more: readonly string[]) => confine(['undo', 'ns1', '-i', labInventory(), ...more]);

it('undo takes back all transactions, the newest first, and loses nothing that others wrote since', async () => {
  const before = await surfaces(host);
  const rules = ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'];
  const first = playbook([{ apparmor_override: { profile: 'named', rules } }]);
  const second = playbook([{ apparmor_mode: { profile: 'named', mode: 'enforce' } }, { seccomp: {} }]);
  expect(await apply(first)).toMatchObject({ code: 0 });
  const between = await surfaces(host);
  expect(await apply(second)).toMatchObject({ code: 0 });
  const after = await surfaces(host);

  const drop = '/etc/systemd/system/named.service.d/50-confine-seccomp.conf';
  await on(host, `cp -a ${drop} /root/kept && echo '# by hand' >>${drop}`);
  const byHand = await surfaces(host);
  const refused = await undo('--yes');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/ns1: refused: .*50-confine-seccomp\.conf is no longer as transaction/);
  expect(await surfaces(host)).toBe(byHand);
  await on(host, `cp -a /root/kept ${drop}`);
  expect(await surfaces(host)).toBe(after);

  expect(await undo('--yes', '--last')).toMatchObject({ code: 0 });
  expect(await surfaces(host)).toBe(between);
  expect(await plan(first)).toMatchObject({ code: 0 });

  const taken = await undo('--yes');
  expect(taken.stderr).toContain('ns1: as it was before confine, DNS answers');
  expect(taken.code).toBe(0);
  expect(await surfaces(host)).toBe(before);
  expect(await label(host)).toBe('named (complain)');
  expect(await serial(host)).not.toBe('');
  expect(await undo('--yes')).toMatchObject({ code: 0 });
});

it('undo asks first, and without a terminal does nothing', async () => {
  expect(await undo()).toMatchObject({ code: 5, stdout: '' });
});
