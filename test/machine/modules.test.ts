import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { apply, fingerprint, label, machine, on, plan, serial, surfaces, undoLast } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const rules = ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'];
const zones = { apparmor_override: { profile: 'named', rules } };
const noZones = { apparmor_override: { profile: 'named', state: 'absent' } };
const dropIn = {
  systemd_dropin: { unit: 'bind9.service', name: '50-confine', settings: { Service: { UMask: '0027' } } },
};
const noDropIn = { systemd_dropin: { unit: 'named.service', name: '50-confine', state: 'absent' } };
const mode = (it: string, more = {}) => ({ apparmor_mode: { profile: 'named', mode: it, ...more } });
const service = (more: object) => ({ service: { unit: 'bind9.service', ...more } });

const umask = "grep '^Umask' /proc/$(systemctl show -p MainPID --value named)/status";

describe('a module on a real host: its state comes, a second plan is empty, and undo gives back every byte', () => {
  it.each([
    ['apparmor_override, present', [], [zones], 'grep -c zones /etc/apparmor.d/local/usr.sbin.named', '2'],
    [
      'apparmor_override, absent',
      [zones],
      [noZones],
      'grep -c zones /etc/apparmor.d/local/usr.sbin.named || true',
      '0',
    ],
    [
      'apparmor_override, by two tasks',
      [],
      [
        { apparmor_override: { profile: 'named', rules: rules.slice(0, 1) } },
        { apparmor_override: { profile: '/usr/sbin/named', rules: rules.slice(1) } },
      ],
      'grep -c BEGIN /etc/apparmor.d/local/usr.sbin.named; grep -c zones /etc/apparmor.d/local/usr.sbin.named',
      '1\n2',
    ],
    [
      'apparmor_mode, enforce',
      [zones],
      [mode('enforce')],
      'grep ^named /sys/kernel/security/apparmor/profiles',
      'named (enforce)',
    ],
    [
      'apparmor_mode, enforce proven by a reload',
      [zones],
      [mode('enforce', { prove: 'reload' })],
      'grep ^named /sys/kernel/security/apparmor/profiles',
      'named (enforce)',
    ],
    [
      'apparmor_mode, complain',
      [zones, mode('enforce')],
      [mode('complain')],
      'grep ^named /sys/kernel/security/apparmor/profiles',
      'named (complain)',
    ],
    [
      'apparmor_mode, disabled',
      [zones],
      [mode('disabled')],
      'cat /proc/$(systemctl show -p MainPID --value named)/attr/current; readlink /etc/apparmor.d/disable/usr.sbin.named',
      'unconfined\n../usr.sbin.named',
    ],
    [
      'apparmor_mode, enforce behind disabled',
      [zones, mode('disabled')],
      [mode('enforce')],
      'cat /proc/$(systemctl show -p MainPID --value named)/attr/current',
      'named (enforce)',
    ],
    ['systemd_dropin, present', [], [dropIn], umask, 'Umask:\t0027'],
    ['systemd_dropin, absent', [dropIn], [noDropIn], umask, 'Umask:\t0022'],
    [
      'service, disabled',
      [],
      [service({ enabled: false })],
      'systemctl is-enabled named || true',
      'disabled',
    ],
  ])('%s', async (_, first, tasks, look, seen) => {
    if (first.length > 0) expect((await apply(playbook(first))).code).toBe(0);
    const [before, ran] = [await surfaces(host), await label(host)];
    const book = playbook(tasks);

    expect(await apply(book)).toMatchObject({ code: 0 });
    expect(await on(host, look)).toBe(seen);
    await on(host, 'systemctl reload named');
    const settled = await fingerprint(host);
    expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });
    expect(await fingerprint(host)).toBe(settled);

    expect(await undoLast(host)).toContain('undone');
    expect(await surfaces(host)).toBe(before);
    expect(await label(host)).toBe(ran);
    expect(await serial(host)).not.toBe('');
    await on(host, 'systemctl reload named');
  });

  it('service, stopped: DNS is not asked of a server that is to be silent', async () => {
    const book = playbook([service({ state: 'stopped' })]);
    const before = await surfaces(host);
    expect(await apply(book)).toMatchObject({ code: 0 });
    expect(await on(host, 'systemctl is-active named || true')).toBe('inactive');
    expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });
    expect(await undoLast(host)).toContain('undone');
    expect(await surfaces(host)).toBe(before);
    expect(await serial(host)).not.toBe('');
  });

  it('systemd_dropin: a later file that overrides ours is a conflict, and nothing is changed', async () => {
    const folder = '/etc/systemd/system/named.service.d';
    await on(
      host,
      `mkdir -p ${folder} && printf '[Service]\\nUMask=0077\\n' >${folder}/90-mine.conf && systemctl daemon-reload`,
    );
    const before = await fingerprint(host);
    const ran = await apply(playbook([dropIn]));
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('90-mine.conf:2 is read after');
    expect(await fingerprint(host)).toBe(before);
  });

  it('apparmor_override: a profile that does not include its local file is refused', async () => {
    await on(host, "sed -i '/local\\/usr.sbin.named/d' /etc/apparmor.d/usr.sbin.named");
    const before = await fingerprint(host);
    const ran = await apply(playbook([zones]));
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('does not include /etc/apparmor.d/local/usr.sbin.named');
    expect(await fingerprint(host)).toBe(before);
  });
});
