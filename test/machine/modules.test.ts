import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { expectContract, type Effect } from '../support/contract.ts';
import { apply, fingerprint, machine, on } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const rules = ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'];
const zones = { apparmor_override: { profile: 'named', rules } };
const noZones = { apparmor_override: { profile: 'named', state: 'absent' } };
const mode = (it: string, more = {}) => ({ apparmor_mode: { profile: 'named', mode: it, ...more } });

const local = '/etc/apparmor.d/local/usr.sbin.named';
const loaded = 'grep ^named /sys/kernel/security/apparmor/profiles';
const running = 'cat /proc/$(systemctl show -p MainPID --value named)/attr/current';

// Every mode after every other: test/matrix/modes.test.ts.
const effects: Readonly<Record<string, Effect>> = {
  'apparmor_override, present': { first: [], tasks: [zones], look: `grep -c zones ${local}`, seen: '2' },
  'apparmor_override, absent': {
    first: [zones],
    tasks: [noZones],
    look: `grep -c zones ${local} || true`,
    seen: '0',
  },
  'apparmor_override, by two tasks': {
    first: [],
    tasks: [
      { apparmor_override: { profile: 'named', rules: rules.slice(0, 1) } },
      { apparmor_override: { profile: '/usr/sbin/named', rules: rules.slice(1) } },
    ],
    look: `grep -c BEGIN ${local}; grep -c zones ${local}`,
    seen: '1\n2',
  },
  'apparmor_mode, enforce': {
    first: [zones],
    tasks: [mode('enforce')],
    look: loaded,
    seen: 'named (enforce)',
  },
  'apparmor_mode, enforce proven by a reload': {
    first: [zones],
    tasks: [mode('enforce', { prove: 'reload' })],
    look: loaded,
    seen: 'named (enforce)',
  },
  'apparmor_mode, complain': {
    first: [zones, mode('enforce')],
    tasks: [mode('complain')],
    look: loaded,
    seen: 'named (complain)',
  },
  'apparmor_mode, disabled': {
    first: [zones],
    tasks: [mode('disabled')],
    look: `${running}; readlink /etc/apparmor.d/disable/usr.sbin.named`,
    seen: 'unconfined\n../usr.sbin.named',
  },
};

describe('a module of AppArmor on a real host', () => {
  it.each(Object.entries(effects))('%s', (_, effect) => expectContract(host, effect));

  it('apparmor_override: a profile that does not include its local file is refused', async () => {
    await on(host, "sed -i '/local\\/usr.sbin.named/d' /etc/apparmor.d/usr.sbin.named");
    const before = await fingerprint(host);
    const ran = await apply(playbook([zones]));
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(`does not include ${local}`);
    expect(await fingerprint(host)).toBe(before);
  });
});
