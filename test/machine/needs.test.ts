import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { confine, playbook } from '../support/confine.ts';
import { fingerprint, labInventory, machine, on, plan } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const check = (...books: readonly string[]) =>
  confine(['check', '--host', 'ns1', '-i', labInventory(), '-b', ...books]);
const enforce = { apparmor_mode: { profile: 'named', mode: 'enforce' } };
const rules = (...them: readonly string[]) => ({ apparmor_override: { profile: 'named', rules: them } });
const needed =
  '/srv/bind/zones/db.example.test: zone example.test, named.conf.local:3; the rule /srv/bind/zones/db.example.test r, would allow it';

describe('check --host', () => {
  it('says what the profile would block, and blocks once the playbook has it enforced; nothing is left', async () => {
    const before = await fingerprint(host);
    const now = await check();
    expect(now.stderr).toContain(`warning: ns1: AppArmor would block ${needed}`);
    expect(now.code).toBe(0);

    const enforced = await check(playbook([enforce]));
    expect(enforced.stderr).toContain(`error: ns1: AppArmor blocks ${needed}`);
    expect(enforced.code).toBe(3);

    const allowed = await check(playbook([rules('/srv/bind/zones/** r,'), enforce]));
    expect(allowed.stderr).toContain('ns1: nothing that named.conf needs is blocked');
    expect(allowed.code).toBe(0);
    expect(await fingerprint(host)).toBe(before);
    expect(await on(host, 'ls -A /tmp | grep -c "^tmp\\." || true')).toBe('0');
  });

  it('finds every layer: deny in complain, the sandbox of a playbook, and owners', async () => {
    await on(
      host,
      `printf 'deny /etc/bind/db.good.test r,\\n' >>/etc/apparmor.d/local/usr.sbin.named && apparmor_parser -r /etc/apparmor.d/usr.sbin.named &&
      chmod 0600 /srv/bind/zones/db.example.test &&
      printf 'logging { channel q { file "/var/log/q.log"; }; category xfer-out { q; }; };\\n' >>/etc/bind/named.conf.local`,
    );
    const settings = { Service: { ProtectSystem: 'strict', ReadWritePaths: '-/var/cache/bind -/run/named' } };
    const ran = await check(
      playbook([{ systemd_dropin: { unit: 'named.service', name: '50-confine', settings } }]),
    );
    expect(ran.stderr).toContain(
      'error: ns1: AppArmor blocks /etc/bind/db.good.test: zone good.test, named.conf.local:7 (deny /etc/bind/db.good.test r)',
    );
    expect(ran.stderr).toMatch(
      /error: ns1: file permissions block \/srv\/bind\/zones\/db\.example\.test: .*bind may not read \/srv\/bind\/zones\/db\.example\.test, which is 0600 of 0:0/,
    );
    expect(ran.stderr).toContain(
      'error: ns1: the sandbox blocks /var/log/q.log: log channel q, named.conf.local:9 (ProtectSystem=strict); ReadWritePaths=-/var/log in a drop-in would allow it',
    );
    expect(ran.stderr).toContain(
      'file permissions block /var/log/q.log: log channel q, named.conf.local:9 (bind may not make files in /var/log',
    );
    expect(ran.code).toBe(3);
  });

  it('finds what the jail of Firejail has read-only, also by what its profile includes', async () => {
    await on(
      host,
      `mkdir -p /etc/firejail /etc/systemd/system/named.service.d && printf 'writable-var\ninclude more.inc\n' >/etc/firejail/x.profile && printf 'read-only /var/cache\n' >/etc/firejail/more.inc &&
      printf '[Service]\nExecStart=\nExecStart=/usr/bin/firejail --profile=/etc/firejail/x.profile /usr/sbin/named -f\n' >/etc/systemd/system/named.service.d/jail.conf && systemctl daemon-reload`,
    );
    const ran = await check();
    expect(ran.stderr).toContain(
      'error: ns1: Firejail blocks /var/cache/bind: working directory, named.conf.options:2 (read-only /var/cache)',
    );
    expect(ran.code).toBe(3);
  });

  it('is what a plan warns of, before anything restarts', async () => {
    const planned = await plan(playbook([enforce]));
    expect(planned.stderr).toContain(`warning: ns1: AppArmor blocks ${needed}`);
    expect(planned.code).toBe(10);
  });
});
