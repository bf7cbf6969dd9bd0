import { copyFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { apply, labInventory, machine, on } from '../support/lab.ts';
import { installOwn } from '../support/own-bind.ts';
import { follow } from '../support/page.ts';
import { exercise, watches } from '../support/rollout.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const withInventory = (folder: string): void => {
  for (const name of ['inventory.yml', 'known_hosts'])
    copyFileSync(join(dirname(labInventory()), name), join(folder, name));
};
const slow = { timeout: 1_800_000 };

it('stages a rollout', slow, async () => {
  const faults = await follow('docs/how-to/stage-a-rollout.md', {
    prepare: withInventory,
    edit: (text) => text.replace('soak: 3d', 'soak: 5s').replace('watch: 1h', 'watch: 5s'),
    before: async (command, number) => {
      if (command.includes('advance') && number === 3) await exercise(host);
      if (command.includes('advance') && number > 3)
        await expect.poll(() => watches(host), { timeout: 300_000, interval: 2000 }).toBe('inactive');
    },
  });
  expect(faults).toEqual([]);
});

it('fixes a denial', slow, async () => {
  await on(host, 'systemctl restart named');
  expect(await follow('docs/how-to/fix-a-denial.md', { prepare: withInventory })).toEqual([]);
});

it('backs out', slow, async () => {
  const rules = ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'];
  const first = playbook([{ apparmor_override: { profile: 'named', rules } }, { seccomp: {} }]);
  expect(await apply(first)).toMatchObject({ code: 0 });
  expect(await apply(playbook([{ apparmor_mode: { profile: 'named', mode: 'enforce' } }]))).toMatchObject({
    code: 0,
  });
  expect(await follow('docs/how-to/back-out.md', { prepare: withInventory })).toEqual([]);
});

it('confines a BIND of another package', slow, async () => {
  await on(host, installOwn);
  expect(await follow('docs/how-to/another-bind.md', { prepare: withInventory })).toEqual([]);
});
