import { shownVariable } from '../secret.ts';
import type { Host, Inventory } from './types.ts';
import { hostVars } from './vars.ts';

type Json = Readonly<Record<string, unknown>>;

/** A host's variables as written, templates included, and of secrets that they are. */
export function hostVarsJson(inventory: Inventory, host: Host): Json {
  const vars = [...hostVars(inventory, host)].map(
    ([name, { value }]) => [name, shownVariable(name, value)] as const,
  );
  return Object.fromEntries(vars.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The inventory as `ansible-inventory --list` prints it. */
export function inventoryList(inventory: Inventory): Json {
  const hostvars: Record<string, Json> = {};
  for (const host of inventory.hosts.values()) {
    const vars = hostVarsJson(inventory, host);
    if (Object.keys(vars).length > 0) hostvars[host.name] = vars;
  }
  const listed: Record<string, Json> = {};
  for (const { name, hosts, children } of inventory.groups.values()) {
    const shown = children.filter((child) => child !== 'ungrouped' || !isEmpty(inventory, child));
    const group = {
      ...(shown.length === 0 ? {} : { children: shown }),
      ...(name === 'all' || hosts.length === 0 ? {} : { hosts }),
    };
    if (Object.keys(group).length > 0) listed[name] = group;
  }
  const sorted = Object.entries(listed).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { _meta: { hostvars }, ...Object.fromEntries(sorted) };
}

function isEmpty(inventory: Inventory, name: string): boolean {
  return inventory.groups.get(name)?.hosts.length === 0;
}

/** The tree of groups and hosts as `ansible-inventory --graph` prints it. */
export function inventoryGraph(inventory: Inventory, top = 'all'): string {
  return graphGroup(inventory, top, 0).join('\n');
}

function graphGroup(inventory: Inventory, name: string, depth: number): string[] {
  const group = inventory.groups.get(name);
  return [
    branch(`@${name}:`, depth),
    ...(group?.children ?? []).flatMap((child) => graphGroup(inventory, child, depth + 1)),
    ...(name === 'all' ? [] : (group?.hosts ?? [])).map((host) => branch(host, depth + 1)),
  ];
}

function branch(name: string, depth: number): string {
  return depth === 0 ? name : `${'  |'.repeat(depth)}--${name}`;
}
