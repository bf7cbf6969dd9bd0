import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { workout } from '../../src/bind/workout.ts';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { apply, machine, on } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const rules = ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'];
const exposure = () =>
  on(host, "systemd-analyze security --no-pager named | sed -n 's/.*named.service: \\([0-9.]*\\) .*/\\1/p'");

describe('the work-out under enforce and a tier, with what a violation leads to', () => {
  it.each([
    ['baseline', 'errno', '3.0'],
    ['baseline', 'kill', '3.0'],
    ['strict', 'errno', '2.3'],
    ['strict', 'kill', '2.3'],
    ['maximum', 'errno', '1.5'],
    ['maximum', 'kill', '1.6'],
  ])('%s, %s: everything works, nothing is denied, exposure %s', async (tier, on_violation, figure) => {
    const book = playbook([
      { apparmor_override: { profile: 'named', rules } },
      { apparmor_mode: { profile: 'named', mode: 'enforce' } },
      { systemd_sandbox: { tier, on_violation } },
    ]);
    expect(await apply(book)).toMatchObject({ code: 0 });
    const results = await workout((script) => host.run('sh', script));
    expect(results.filter((it) => !it.passed)).toEqual([]);
    expect(await exposure()).toBe(figure);
  });

  // aa-exec adds nothing for /usr/sbin/named, which makes it the BIND that the work-out can be asked about.
  it.each(['baseline', 'strict', 'maximum'])('%s, with named started by aa-exec', async (tier) => {
    const book = playbook([
      { apparmor_override: { profile: 'named', rules } },
      { apparmor_exec: { profile: 'named' } },
      { apparmor_mode: { profile: 'named', mode: 'enforce' } },
      { systemd_sandbox: { tier } },
    ]);
    expect(await apply(book)).toMatchObject({ code: 0 });
    expect(await on(host, 'systemctl cat named | grep -c ^ExecStart=/usr/bin/aa-exec')).toBe('1');
    const results = await workout((script) => host.run('sh', script));
    expect(results.filter((it) => !it.passed)).toEqual([]);
  });

  it('maximum, with named under AppArmorProfile=', async () => {
    const book = playbook([
      { apparmor_override: { profile: 'named', rules } },
      { apparmor_mode: { profile: 'named', mode: 'enforce' } },
      { systemd_sandbox: { tier: 'maximum' } },
      { apparmor_exec: { profile: 'named', via: 'AppArmorProfile' } },
    ]);
    expect(await apply(book)).toMatchObject({ code: 0 });
    const results = await workout((script) => host.run('sh', script));
    expect(results.filter((it) => !it.passed)).toEqual([]);
  });
});
