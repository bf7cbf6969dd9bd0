import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { confine, playbook } from '../support/confine.ts';
import { apply, label, labInventory, machine, on, plan, serial, surfaces } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const rules = ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'];
const zones = { apparmor_override: { profile: 'named', rules } };
const mode = (it: string) => playbook([zones, { apparmor_mode: { profile: 'named', mode: it } }]);
const labels: Readonly<Record<string, string>> = {
  enforce: 'named (enforce)',
  complain: 'named (complain)',
  disabled: 'unconfined',
};
const undo = () => confine(['undo', 'ns1', '-i', labInventory(), '--yes']);
const loaded = () => on(host, "sed -n 's/^named //p' /sys/kernel/security/apparmor/profiles");

it(
  'every mode after every other, and all of it back: kernel, process, links, and nothing left to plan',
  { timeout: 2_700_000 },
  async () => {
    const before = `${await surfaces(host)} ${await label(host)}`;
    // Each ordered pair of the three once.
    const walk = ['enforce', 'complain', 'enforce', 'disabled', 'complain', 'disabled', 'enforce'];
    for (const it of walk) {
      const book = mode(it);
      const { code, stdout } = await apply(book);
      expect(code).toBe(0);
      if (it === 'disabled') expect(stdout).toContain('named.service is unconfined from that moment on');
      expect(await label(host)).toBe(labels[it]);
      expect(await loaded()).toBe(it === 'disabled' ? '' : `(${it})`);
      expect(await plan(book)).toMatchObject({ code: 0 });
      expect(await serial(host)).not.toBe('');
    }
    expect(await undo()).toMatchObject({ code: 0 });
    expect(`${await surfaces(host)} ${await label(host)}`).toBe(before);
  },
);

const file = '/etc/apparmor.d/usr.sbin.named';
const flags = (it: string) =>
  `printf '%s\\n' '${rules.join("' '")}' >>/etc/apparmor.d/local/usr.sbin.named && rm -f /etc/apparmor.d/force-complain/usr.sbin.named && sed -i 's/flags=(attach_disconnected)/flags=(${it})/' ${file} && apparmor_parser -r ${file}`;

// The third is the mode that is undone from there: each from two of the states.
describe.each([
  ['aa-complain edited the file', flags('attach_disconnected, complain'), 'enforce'],
  ['aa-audit on a complaining profile', flags('attach_disconnected, audit, complain'), 'disabled'],
  ['aa-audit', flags('attach_disconnected, audit'), 'complain'],
  ['a link alone, still loaded', `ln -s ../usr.sbin.named /etc/apparmor.d/disable/`, 'enforce'],
  ['unloaded by hand', `apparmor_parser -R ${file}`, 'complain'],
  ['loaded behind the start', `apparmor_parser -R ${file} && apparmor_parser -r ${file}`, 'disabled'],
])('%s', (_, start, undone) => {
  it.each(['enforce', 'complain', 'disabled'])(
    '%s comes from there, with the bytes of the package',
    { timeout: 1_800_000 },
    async (it) => {
      const packaged = await on(host, `sha256sum ${file}`);
      await on(host, start);
      const before = await surfaces(host);
      const book = mode(it);
      expect(await apply(book)).toMatchObject({ code: 0 });
      expect(await label(host)).toBe(labels[it]);
      expect(await loaded()).toBe(it === 'disabled' ? '' : `(${it})`);
      expect(await on(host, `sha256sum ${file}`)).toBe(packaged);
      expect(await plan(book)).toMatchObject({ code: 0 });
      if (it !== undone) return;
      expect(await undo()).toMatchObject({ code: 0 });
      expect(await surfaces(host)).toBe(before);
    },
  );
});
