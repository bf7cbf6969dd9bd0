import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { apply, label, machine, on, plan, serial, surfaces, undoLast } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const zones = { profile: 'named', rules: ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'] };
const enforce = { profile: 'named', mode: 'enforce' };

describe('Firejail', () => {
  it('has named inside, under its own AppArmor profile; reload, stop, an empty plan and undo work', async () => {
    // Packages stay when the rest is undone.
    const packages = playbook([{ package: { names: ['firejail', 'firejail-profiles'] } }]);
    expect(await apply(packages)).toMatchObject({ code: 0 });
    const before = await surfaces(host);
    const book = playbook([{ firejail: {} }, { apparmor_override: zones }, { apparmor_mode: enforce }]);
    expect(await apply(book)).toMatchObject({ code: 0 });
    const [jail, inside] = (await on(host, 'firejail --list')).split('\n');
    expect(jail).toContain(':named:/usr/bin/firejail --profile=/etc/firejail/confine-named.profile');
    expect(inside).toBeUndefined();
    expect(await on(host, 'cat /proc/$(pgrep -x named)/attr/current')).toBe('named (enforce)');
    expect(await on(host, "sed -n 's/^Seccomp:.//p' /proc/$(pgrep -x named)/status")).toBe('2');
    await on(host, 'systemctl reload named');
    expect(await serial(host)).not.toBe('');
    await on(host, 'systemctl stop named');
    expect(await on(host, 'systemctl show -p Result --value named')).toBe('success');
    await on(host, 'systemctl start named');
    expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });

    expect(await undoLast(host)).toContain('undone');
    expect(await surfaces(host)).toBe(before);
    expect(await label(host)).toBe('named (complain)');
  });
});
