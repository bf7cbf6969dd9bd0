import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { apply, fingerprint, label, machine, on, plan, serial, surfaces, undoLast } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const zones = {
  apparmor_override: { profile: 'named', rules: ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'] },
};
const enforce = { apparmor_mode: { profile: 'named', mode: 'enforce' } };
const dropIn = (Service: Readonly<Record<string, unknown>>) => ({
  systemd_dropin: { unit: 'named.service', name: '50-confine', settings: { Service } },
});

describe('a transaction that goes through', () => {
  it('leaves nothing to plan, survives a reboot, and is taken back to the same bytes', async () => {
    const before = await surfaces(host);
    const book = playbook([
      zones,
      enforce,
      dropIn({ NoNewPrivileges: true, ProtectHome: 'read-only' }),
      { service: { unit: 'bind9.service', enabled: true, state: 'running' } },
    ]);
    const applied = await apply(book);
    expect(applied.stderr).toContain('ns1: changed, DNS answers');
    expect(applied.code).toBe(0);
    expect(await label(host)).toBe('named (enforce)');
    expect(await serial(host)).not.toBe('');
    await on(host, 'systemctl reload named');
    const settled = await fingerprint(host);
    expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });
    expect(await fingerprint(host)).toBe(settled);

    await host.reboot();
    expect(await label(host)).toBe('named (enforce)');
    expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });

    // The fault that the comparison is there for: someone's hand in the managed block, and in the mode.
    await on(
      host,
      "sed -i 's#/srv/bind/zones/\\*\\* r,#/srv/bind/zones/** rw,#' /etc/apparmor.d/local/usr.sbin.named",
    );
    const drifted = await plan(book);
    expect(drifted.code).toBe(10);
    expect(drifted.stdout).toContain('-  /srv/bind/zones/** rw,');
    await on(
      host,
      "sed -i 's#/srv/bind/zones/\\*\\* rw,#/srv/bind/zones/** r,#' /etc/apparmor.d/local/usr.sbin.named",
    );

    expect(await undoLast(host)).toContain('undone');
    expect(await surfaces(host)).toBe(before);
    expect(await serial(host)).not.toBe('');
    await on(host, 'systemctl reload named');
  });

  it('takes enforce back to complain without touching the package’s file, and a hand-made aa-complain too', async () => {
    await on(
      host,
      'rm /etc/apparmor.d/force-complain/usr.sbin.named && sed -i "s/flags=(attach_disconnected)/flags=(attach_disconnected, complain)/" /etc/apparmor.d/usr.sbin.named && apparmor_parser -r /etc/apparmor.d/usr.sbin.named',
    );
    const book = playbook([{ apparmor_mode: { profile: '/usr/sbin/named', mode: 'complain' } }]);
    expect((await apply(book)).code).toBe(0);
    expect(await on(host, 'dpkg -V bind9 | grep apparmor || true')).toBe('');
    expect(await on(host, 'readlink /etc/apparmor.d/force-complain/usr.sbin.named')).toBe(
      '../usr.sbin.named',
    );
    expect(await label(host)).toBe('named (complain)');
    expect((await plan(book)).code).toBe(0);
  });

  it('confines a named that has run unconfined since its profile was disabled', async () => {
    await on(
      host,
      'apparmor_parser -R /etc/apparmor.d/usr.sbin.named && rm /etc/apparmor.d/force-complain/usr.sbin.named && ln -s ../usr.sbin.named /etc/apparmor.d/disable/',
    );
    expect(await label(host)).toBe('unconfined');
    const book = playbook([zones, enforce]);
    expect((await plan(book)).stdout).toContain('it runs unconfined');
    expect((await apply(book)).code).toBe(0);
    expect(await label(host)).toBe('named (enforce)');
  });
});

describe('a transaction that must not go through', () => {
  it.each([
    [
      'a rule that does not parse',
      [{ apparmor_override: { profile: 'named', rules: ['/srv/bind/zones/ rqz,'] } }],
      2,
      /does not parse: AppArmor parser error for \/etc\/apparmor\.d\/usr\.sbin\.named/,
    ],
    [
      'a profile that does not exist',
      [{ apparmor_mode: { profile: 'namde', mode: 'enforce' } }],
      2,
      /no file in \/etc\/apparmor\.d defines a profile namde[^]*did you mean "named"/,
    ],
    [
      'a value that systemd does not take',
      [dropIn({ LimitNOFILE: 'maybe' })],
      2,
      /systemd does not take the drop-in: .*50-confine\.conf:3/,
    ],
  ])('%s is refused, and nothing is changed', async (_, tasks, code, message) => {
    const before = await fingerprint(host);
    const ran = await apply(playbook(tasks));
    expect(ran.stderr + ran.stdout).toMatch(message);
    expect(ran.code).toBe(code);
    expect(await fingerprint(host)).toBe(before);
  });

  it.each([
    [
      'a drop-in that keeps named from starting',
      [dropIn({ ExecStartPre: '/bin/false' })],
      /systemctl restart named\.service/,
    ],
    [
      'a drop-in with which named is active and serves nothing',
      [dropIn({ ExecStart: ['', '/usr/sbin/named -f -u bind -p 5353'] })],
      /no longer listens on/,
    ],
    [
      'a drop-in that hides a zone',
      [dropIn({ InaccessiblePaths: '/srv/bind/zones' })],
      /zone example\.test no longer answers/,
    ],
  ])('%s is undone, and DNS answers', async (_, tasks, message) => {
    const before = await surfaces(host);
    const book = playbook(tasks);
    const ran = await apply(book);
    expect(ran.stderr).toMatch(message);
    expect(ran.code).toBe(7);
    expect(await surfaces(host)).toBe(before);
    expect(await serial(host)).not.toBe('');
    await on(host, 'systemctl reload named');
    expect((await plan(book)).code).toBe(10);
  });

  it('a zone that the rehearsal can’t see, since rndc added it, is lost by the restart, undone, and answers', async () => {
    await on(
      host,
      `printf 'options { directory "/var/cache/bind"; allow-new-zones yes; };\n' >/etc/bind/named.conf.options && systemctl restart named &&
      mkdir -p /srv/added && sed 's/example\\.test/added.test/g' /srv/bind/zones/db.example.test >/srv/added/db && rndc addzone 'added.test { type primary; file "/srv/added/db"; };'`,
    );
    const before = await surfaces(host);
    const ran = await apply(playbook([zones, enforce]));
    expect(ran.stderr).toContain('rehearsal of profile named (enforce)');
    expect(ran.stderr).toMatch(/denies what it did not deny before: named open "\/srv\/added\/db"/);
    expect(ran.code).toBe(7);
    expect(await surfaces(host)).toBe(before);
    expect(await serial(host, 'added.test')).not.toBe('');
  });

  it('a full /var is refused, and nothing is changed', async () => {
    const before = await fingerprint(host);
    await on(host, 'mkdir -p /mnt/full && mount -t tmpfs -o size=64k tmpfs /var/lib && true');
    const ran = await apply(playbook([zones]));
    await on(host, 'umount /var/lib');
    expect(ran.code).not.toBe(0);
    expect(ran.code).not.toBe(7);
    expect(ran.stderr).toMatch(/ns1: (refused|failed)/);
    await on(host, 'rmdir /mnt/full');
    expect(await fingerprint(host)).toBe(before);
  });

  it('a conflict with what the host has is refused before anything is touched', async () => {
    await on(
      host,
      "mkdir -p /etc/systemd/system/named.service.d && printf '[Service]\\nExecStart=\\nExecStart=/usr/sbin/named -f -u bind -4\\n' > /etc/systemd/system/named.service.d/10-vendor.conf && systemctl daemon-reload",
    );
    const before = await fingerprint(host);
    const ran = await apply(playbook([dropIn({ ExecStart: ['', '/usr/sbin/named -f -u bind'] })]));
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('10-vendor.conf:3');
    expect(await fingerprint(host)).toBe(before);
  });
});
