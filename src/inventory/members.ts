import type { HostName } from '../brand.ts';
import type { Host, Inventory } from './types.ts';

/** The hosts of a group and of all groups inside it: its own first, then level by level, as Ansible has them. */
export function groupHosts(inventory: Inventory, name: string): readonly Host[] {
  const groups = new Set([name]);
  const hosts = new Set<HostName>();
  // A set grows while it is walked, so this reaches every group below once.
  for (const group of groups) {
    const found = inventory.groups.get(group);
    for (const host of found?.hosts ?? []) hosts.add(host);
    for (const child of found?.children ?? []) groups.add(child);
  }
  return [...hosts].flatMap((host) => inventory.hosts.get(host) ?? []);
}
