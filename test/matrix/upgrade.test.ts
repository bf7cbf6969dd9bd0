import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { playbook } from '../support/confine.ts';
import { apply, label, machine, on, plan, serial } from '../support/lab.ts';

const rules = ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'];

it('a bind9 with another profile comes as an upgrade: mode and rules of confine hold, and plan tells the truth', async () => {
  const host = await machine();
  const book = playbook([
    { apparmor_override: { profile: 'named', rules } },
    { apparmor_mode: { profile: 'named', mode: 'enforce' } },
    { systemd_sandbox: { tier: 'baseline' } },
  ]);
  expect(await apply(book)).toMatchObject({ code: 0 });
  const was = await on(host, 'systemctl show -p InvocationID --value named');

  const built = await host.run('sh', readFileSync('test/matrix/newer-bind9.sh', 'utf8'));
  expect(built).toMatchObject({ code: 0, stderr: '' });
  await on(host, 'DEBIAN_FRONTEND=noninteractive dpkg -i /root/bind9-newer.deb </dev/null');
  expect(await on(host, "dpkg-query -W -f '${Version}' bind9")).toMatch(/\+confine1$/);
  expect(await on(host, 'dpkg -V bind9')).toBe('');
  expect(await on(host, 'grep -c "/srv/newer" /etc/apparmor.d/usr.sbin.named')).toBe('1');
  expect(await on(host, 'ls /etc/apparmor.d/force-complain')).toBe('');

  // The package restarts named itself.
  expect(await on(host, 'systemctl show -p InvocationID --value named')).not.toBe(was);
  expect(await label(host)).toBe('named (enforce)');
  expect(await serial(host)).not.toBe('');
  expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });

  // Where it can't load the profile, the kernel goes on with the old rules, and plan says so.
  await on(
    host,
    "sed '/srv\\/newer/d' /etc/apparmor.d/usr.sbin.named | apparmor_parser -r 2>/dev/null && systemctl restart named",
  );
  const stale = await plan(book);
  expect(stale.stdout).toContain('the kernel runs other rules than the files hold');
  expect(stale.code).toBe(10);
  expect(await apply(book)).toMatchObject({ code: 0 });
  expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });
  expect(await label(host)).toBe('named (enforce)');
});
