import { shownVariable } from '../secret.ts';
import type { Host, Inventory, Vars, VarsFolders } from './types.ts';
import { hostVars } from './vars.ts';

type Json = Readonly<Record<string, unknown>>;

/** What else bears on a host's variables: folders beside a playbook, and `-e`. */
export interface Beside {
  readonly folders?: VarsFolders | undefined;
  readonly extra?: Vars | undefined;
}

/** Variables that Ansible sets by itself; ansible-inventory leaves them out (INTERNAL_VARS of cli/inventory.py). */
const internal: ReadonlySet<string> = new Set([
  'ansible_config_file',
  'ansible_diff_mode',
  'ansible_facts',
  'ansible_forks',
  'ansible_inventory_sources',
  'ansible_limit',
  'ansible_playbook_python',
  'ansible_run_tags',
  'ansible_skip_tags',
  'ansible_verbosity',
  'ansible_version',
  'group_names',
  'groups',
  'inventory_dir',
  'inventory_file',
  'inventory_hostname',
  'inventory_hostname_short',
  'omit',
  'playbook_dir',
]);

/** A host's variables as written, templates included, and of secrets that they are. */
export function hostVarsJson(inventory: Inventory, host: Host, { folders, extra }: Beside = {}): Json {
  const vars = [...hostVars(inventory, host, folders, extra)].flatMap(([name, { value }]) =>
    internal.has(name) ? [] : [[name, shownVariable(name, value)] as const],
  );
  return Object.fromEntries(vars.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The inventory as `ansible-inventory --list` prints it. */
export function inventoryList(inventory: Inventory, beside: Beside = {}): Json {
  const hostvars: Record<string, Json> = {};
  for (const host of inventory.hosts.values()) {
    const vars = hostVarsJson(inventory, host, beside);
    if (Object.keys(vars).length > 0) hostvars[host.name] = vars;
  }
  const listed: Record<string, Json> = {};
  for (const { name, hosts, children } of inventory.groups.values()) {
    const group = {
      ...(children.length === 0 ? {} : { children }),
      ...(name === 'all' || hosts.length === 0 ? {} : { hosts }),
    };
    if (Object.keys(group).length > 0) listed[name] = group;
  }
  const sorted = Object.entries(listed).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { _meta: { hostvars }, ...Object.fromEntries(sorted) };
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
