import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { apply, machine, on, plan, serial, surfaces, undoLast } from '../support/lab.ts';
import { installOwn } from '../support/own-bind.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(async () => {
  await host.reset();
  await on(host, installOwn);
});

const exec = {
  apparmor_exec: {
    unit: 'bind-opt.service',
    profile: 'named',
    libraries: ['/opt/bind/lib'],
    config: ['/opt/bind/etc', '/opt/bind/zones'],
    data: ['/opt/bind/var'],
  },
};
const enforce = { apparmor_mode: { profile: 'named', mode: 'enforce' } };

const pid = '$(systemctl show -p MainPID --value bind-opt)';
const label = () => on(host, `cat /proc/${pid}/attr/current`);
const privateLibraries = () =>
  on(host, `grep -c '/opt/bind/lib/libdns.* r-xp\\|/opt/bind/lib/libdns' /proc/${pid}/maps`);

describe('a BIND in /opt', () => {
  it('runs under the profile with its own libraries; reload, stop, a reboot, an empty plan and undo work', async () => {
    expect(await label()).toBe('unconfined');
    const before = await surfaces(host);
    const book = playbook([exec, enforce]);
    expect(await apply(book)).toMatchObject({ code: 0 });
    expect(await label()).toBe('named (enforce)');
    expect(Number(await privateLibraries())).toBeGreaterThan(0);
    await on(host, 'systemctl reload bind-opt');
    expect(await serial(host)).not.toBe('');
    await on(host, 'systemctl stop bind-opt');
    expect(await on(host, 'systemctl show -p Result --value bind-opt')).toBe('success');
    await on(host, 'systemctl start bind-opt');
    expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });

    await host.reboot();
    expect(await label()).toBe('named (enforce)');
    expect(await serial(host)).not.toBe('');
    expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });

    expect(await undoLast(host)).toContain('undone');
    expect(await surfaces(host)).toBe(before);
    expect(await label()).toBe('unconfined');
  });

  it('that lacks the rule for its libraries is undone: the denial is seen', async () => {
    const before = await surfaces(host);
    const { code, stderr } = await apply(
      playbook([{ apparmor_exec: { ...exec.apparmor_exec, libraries: [] } }, enforce]),
    );
    expect(code).toBe(7);
    expect(stderr).toContain('/opt/bind/lib/');
    expect(await surfaces(host)).toBe(before);
    expect(await label()).toBe('unconfined');
  });

  it('may take AppArmorProfile= only where it starts as bind', async () => {
    const book = playbook([enforce, { apparmor_exec: { ...exec.apparmor_exec, via: 'AppArmorProfile' } }]);
    const before = await surfaces(host);
    const refused = await apply(book);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('no User=, so it starts as root');
    expect(await surfaces(host)).toBe(before);

    await on(
      host,
      `sed -i 's/^Type=notify/&\\nUser=bind\\nAmbientCapabilities=CAP_NET_BIND_SERVICE/; s/ -u bind//' /etc/systemd/system/bind-opt.service && mkdir -p /run/named && chown bind:bind /run/named && systemctl daemon-reload && systemctl restart bind-opt`,
    );
    expect(await apply(book)).toMatchObject({ code: 0 });
    expect(await label()).toBe('named (enforce)');
    await on(host, 'systemctl reload bind-opt');
    expect(await serial(host)).not.toBe('');
    expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });
  });
});
