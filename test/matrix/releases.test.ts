import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { labDown } from '../../src/lab/lab.ts';
import { confine, playbook } from '../support/confine.ts';
import { apply, label, labInventory, machine, on, plan, serial } from '../support/lab.ts';

const shipped = 'playbooks/harden-bind.yml';

describe.each(['bullseye', 'trixie'] as const)('Debian %s', (release) => {
  let host: MachineHandle;
  let only: readonly string[];
  beforeAll(async () => {
    host = await machine(release);
    only = ['-l', host.name];
  });
  // Its memory and its share of the processor are for the next one.
  afterAll(() => labDown([host.name], () => {}));

  it('takes the shipped playbook, and a reboot; systemd has nothing to say about what confine brings', async () => {
    const applied = await apply(shipped, ...only);
    expect(applied.stderr).toContain(`${host.name}: changed, DNS answers`);
    expect(applied.code).toBe(0);
    expect(await on(host, 'journalctl -q -b -p warning -o cat | grep confine || true')).toBe('');
    expect(await label(host)).toBe('named (enforce)');
    expect(await plan(shipped, ...only)).toMatchObject({ code: 0, stdout: '' });
    await on(host, 'systemctl reload named');
    expect(await serial(host)).not.toBe('');

    await host.reboot();
    expect(await label(host)).toBe('named (enforce)');
    expect(await serial(host)).not.toBe('');
    expect(await plan(shipped, ...only)).toMatchObject({ code: 0, stdout: '' });
    const status = await confine(['status', '-i', labInventory(), ...only]);
    expect(status.stdout).toMatch(/named \(enforce\) +yes +filter +3\.0 +active/);
  });

  it('sees that the kernel runs other rules than the files hold', async () => {
    await host.reset();
    const book = playbook([{ apparmor_mode: { profile: 'named', mode: 'complain' } }]);
    expect(await plan(book, ...only)).toMatchObject({ code: 0, stdout: '' });
    await on(
      host,
      "sed 's#^}#  /srv/other r,\\n}#' /etc/apparmor.d/usr.sbin.named | apparmor_parser -r -C 2>/dev/null",
    );
    const drifted = await plan(book, ...only);
    expect(drifted.stdout).toContain('the kernel runs other rules than the files hold');
    expect(drifted.code).toBe(10);
  });
});
