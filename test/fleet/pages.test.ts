import { beforeEach, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { writeFiles } from '../golden/files.ts';
import { inventoryOf } from '../support/inventory.ts';
import { containers, on } from '../support/lab.ts';
import { follow } from '../support/page.ts';
import { shell } from '../support/shell.ts';

let host: ContainerHandle;
beforeEach(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
});

it('the page on modules of your own writes one, tries its cases, and plans it', async () => {
  const prepare = (folder: string) => writeFiles(folder, { 'inventory.yml': inventoryOf(host) });
  expect(await follow('docs/own-modules.md', { prepare })).toEqual([]);
});

it('the page on saved plans saves one, and applies it as it was read', async () => {
  const task =
    'systemd_dropin: { unit: named.service, name: 50-page, settings: { Service: { TasksMax: 512 } } }';
  const prepare = (folder: string): void => {
    writeFiles(folder, {
      'inventory/hosts.yml': inventoryOf(host),
      'playbooks/site.yml': `- hosts: nameservers\n  become: true\n  tasks:\n    - ${task}\n`,
    });
    shell('git', ['init', '--quiet', folder]);
  };
  expect(await follow('docs/plans.md', { prepare })).toEqual([]);
  expect(await on(host, 'systemctl show -p TasksMax --value named')).toBe('512');
});

it('the page for who comes from Ansible adopts what stands on a host', async () => {
  await on(
    host,
    'mkdir -p /etc/systemd/system/named.service.d && printf "[Service]\\nTasksMax=512\\n" >/etc/systemd/system/named.service.d/50-limits.conf && systemctl daemon-reload && systemctl restart named',
  );
  const prepare = (folder: string) => writeFiles(folder, { 'hosts.yml': inventoryOf(host) });
  expect(await follow('docs/from-ansible.md', { prepare })).toEqual([]);
});
