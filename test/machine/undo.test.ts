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

it('undo rehearses a profile that it would give back, and refuses one under which a zone is lost', async () => {
  await host.reset();
  // Enforced behind the start: named still has its zone, and would lose it at the next one.
  const link = '/etc/apparmor.d/force-complain/usr.sbin.named';
  await on(host, `rm ${link} && apparmor_parser -r /etc/apparmor.d/usr.sbin.named`);
  const before = await surfaces(host);
  const book = playbook([{ apparmor_mode: { profile: 'named', mode: 'complain' } }]);
  expect(await apply(book)).toMatchObject({ code: 0 });
  const applied = await surfaces(host);

  const refused = await undo('--yes');
  expect(refused.stderr).toContain(
    'ns1: refused: named would not work under profile named (enforce): zone example.test (/etc/bind/named.conf.local:3) is denied /srv/bind/zones/db.example.test, which the rule /srv/bind/zones/db.example.test r, would allow',
  );
  expect(refused.code).toBe(2);
  expect(await surfaces(host)).toBe(applied);
  expect(await label(host)).toBe('named (complain)');
  expect(await on(host, 'grep -c confine-rehearsal /sys/kernel/security/apparmor/profiles || true')).toBe(
    '0',
  );
  expect(await plan(book)).toMatchObject({ code: 0 });

  const conf = '/etc/bind/named.conf.local';
  await on(
    host,
    `cp -a ${conf} /root/ && cp /srv/bind/zones/db.example.test /etc/bind/ && sed -i s,/srv/bind/zones/db,/etc/bind/db, ${conf} && rndc reconfig`,
  );
  expect(await undo('--yes')).toMatchObject({ code: 0 });
  expect(await label(host)).toBe('named (enforce)');
  expect(await serial(host)).not.toBe('');
  await on(host, `rm /etc/bind/db.example.test && cp -a /root/named.conf.local ${conf}`);
  expect(await surfaces(host)).toBe(before);
});

it('undo asks first, and without a terminal does nothing', async () => {
  expect(await undo()).toMatchObject({ code: 5, stdout: '' });
});
