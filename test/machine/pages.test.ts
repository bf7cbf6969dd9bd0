import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { writeFiles } from '../golden/files.ts';
import { inventoryOf } from '../support/inventory.ts';
import { label, machine, on } from '../support/lab.ts';
import { follow } from '../support/page.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const slow = { timeout: 600_000 };
const profile = '/etc/apparmor.d/usr.sbin.named';
const enforcing = `- hosts: nameservers
  become: true
  tasks:
    - apparmor_mode: { profile: named, mode: enforce }
`;

/** What a reader has: an inventory, the playbook that ships, and what else the page speaks of. */
const having =
  (more: Readonly<Record<string, string>> = {}) =>
  (folder: string): void => {
    cpSync('playbooks', join(folder, 'playbooks'), { recursive: true });
    writeFiles(folder, { 'inventory.yml': inventoryOf(host), ...more });
  };

it('README.md confines a host, and the page on relax backs that out and ends it', slow, async () => {
  const shadow = 'aa-exec -p named -- cat /etc/shadow || true';
  const before = async (_: string, number: number) => (number === 4 ? on(host, shadow) : '');
  expect(await follow('README.md', { prepare: having(), before })).toEqual([]);
  expect(await label(host)).toBe('named (enforce)');
  expect(await follow('docs/relax.md', { prepare: having() })).toEqual([]);
  expect(await label(host)).toBe('named (enforce)');
});

it('the page on AppArmor audits a host, and ends that', slow, async () => {
  expect(await follow('docs/apparmor.md', { prepare: having() })).toEqual([]);
});

it('the page on reports has them written', slow, async () => {
  const edit = (text: string) => text.replace('/var/lib/node_exporter/', '');
  expect(await follow('docs/reports.md', { prepare: having(), edit })).toEqual([]);
});

it('the page on denials shows those of hosts, and reads logs', slow, async () => {
  await on(host, 'systemctl restart named');
  const log = await on(host, 'cat /var/log/audit/audit.log');
  expect(await follow('docs/denials.md', { prepare: having({ 'audit.log': log }) })).toEqual([]);
});

it('the page on what named needs finds it blocked where the profile is enforced', slow, async () => {
  await on(host, `rm /etc/apparmor.d/force-complain/usr.sbin.named && apparmor_parser -r ${profile}`);
  expect(await follow('docs/needs.md', { prepare: having() })).toEqual([]);
});

it('the page on proposals makes overrides of what somebody added to the profile', slow, async () => {
  // Where there is a copy of the package's file, nothing is fetched; the lab has no network.
  await on(
    host,
    `cp -p ${profile} ${profile}.dpkg-dist && sed -i '/^profile named/a /srv/bind/zones/** r,' ${profile}`,
  );
  expect(await follow('docs/proposals.md', { prepare: having({ 'rollout.yml': enforcing }) })).toEqual([]);
});

it('the page on rollouts starts one, and looks at it before it is due', slow, async () => {
  expect(await follow('docs/rollouts.md', { prepare: having() })).toEqual([]);
});
