import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { workout } from '../../src/bind/workout.ts';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { apply, machine, on, surfaces, tree } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const zones = {
  apparmor_override: { profile: 'named', rules: ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'] },
};
const enforce = (prove: string) => ({ apparmor_mode: { profile: 'named', mode: 'enforce', prove } });

const workOut = () => workout((script) => host.run('sh', script));

/** All that the work-out touches, and promises to give back. */
const bytes = async () =>
  `${await surfaces(host)}\n${await on(host, tree('/var/lib/bind /var/cache/bind /var/log/named /srv'))}`;

const failed = (results: Awaited<ReturnType<typeof workout>>) =>
  results.filter((it) => !it.passed).map((it) => it.check);

describe('the work-out on a real named', () => {
  it('passes under the enforced profile with its override, and gives back every byte', async () => {
    expect((await apply(playbook([zones, enforce('restart')]))).code).toBe(0);
    const before = await bytes();
    expect((await workOut()).filter((it) => !it.passed)).toEqual([]);
    expect(await bytes()).toBe(before);
    expect(await on(host, 'dig +short @127.0.0.1 example.test SOA')).not.toBe('');
  });

  it('sees a named that is active and has lost its sockets', async () => {
    await on(
      host,
      'mkdir -p /etc/systemd/system/named.service.d && printf "[Service]\\nRestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\\n" >/etc/systemd/system/named.service.d/50-fault.conf && systemctl daemon-reload',
    );
    const before = await bytes();
    const results = await workOut();
    expect(results[0]).toMatchObject({ check: 'start', passed: true });
    expect(failed(results)).toEqual(
      expect.arrayContaining(['udp', 'tcp', 'zones', 'queries', 'start-again']),
    );
    expect(await bytes()).toBe(before);
  });

  it('sees one path that AppArmor denies, and names it', async () => {
    await on(
      host,
      'rm /etc/apparmor.d/force-complain/usr.sbin.named && apparmor_parser -r /etc/apparmor.d/usr.sbin.named',
    );
    const results = await workOut();
    expect(failed(results)).toEqual(['zones', 'denials']);
    expect(results.find((it) => it.check === 'zones')?.detail).toBe('silent: example.test');
    expect(results.at(-1)?.detail).toContain('/srv/bind/zones/db.example.test');
  });

  it('refuses a host that is not of the lab, and writes nothing there', async () => {
    await on(host, 'mv /etc/lab-identity /etc/lab-identity.away');
    const before = await bytes();
    await expect(workOut()).rejects.toThrow('this is no host of the lab');
    expect(await bytes()).toBe(before);
  });
});
