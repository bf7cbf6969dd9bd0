import { dirname, resolve } from 'node:path';
import { namedSpot } from '../yaml/spot.ts';
import { groupHosts } from './members.ts';
import type { Host, Inventory, Variable, Vars, VarsFolders } from './types.ts';
import { fixedVariable } from './variable.ts';

const noFolders: VarsFolders = { groups: new Map(), hosts: new Map() };

/**
 * A host's variables by Ansible's precedence; `beside` is group_vars/ and host_vars/ beside the playbook, and
 * `extra` wins over everything, as `-e` does.
 */
export function hostVars(inventory: Inventory, host: Host, beside = noFolders, extra?: Vars): Vars {
  return overlay([...hostLayers(inventory, host, beside), extra]);
}

/** The same, as layers from the weakest to the strongest, for those who only look up. */
export function hostLayers(inventory: Inventory, host: Host, beside = noFolders): readonly Vars[] {
  const layers = [
    groupVars(inventory, host.groups, beside),
    host.vars,
    inventory.files.hosts.get(host.name),
    beside.hosts.get(host.name),
  ];
  return layers.filter((layer) => layer !== undefined);
}

const merged = new WeakMap<Inventory, WeakMap<VarsFolders, Map<string, Vars>>>();

/** Merged once for all hosts that are in the same groups. */
function groupVars(inventory: Inventory, groups: readonly string[], beside: VarsFolders): Vars {
  let byFolders = merged.get(inventory);
  if (byFolders === undefined) merged.set(inventory, (byFolders = new WeakMap()));
  let byGroups = byFolders.get(beside);
  if (byGroups === undefined) byFolders.set(beside, (byGroups = new Map()));
  const key = groups.join(',');
  let vars = byGroups.get(key);
  if (vars === undefined) {
    vars = overlay([
      inventory.groups.get('all')?.vars,
      inventory.files.groups.get('all'),
      beside.groups.get('all'),
      ...groups.map((name) => inventory.groups.get(name)?.vars),
      ...groups.map((name) => inventory.files.groups.get(name)),
      ...groups.map((name) => beside.groups.get(name)),
    ]);
    byGroups.set(key, vars);
  }
  return vars;
}

/** Lays variables over each other: the last one that has a name wins, with its whole value. */
export function overlay(layers: readonly (Vars | undefined)[]): Vars {
  const all = new Map<string, Variable>();
  for (const layer of layers) if (layer !== undefined) for (const [k, v] of layer) all.set(k, v);
  return all;
}

const groupLists = new WeakMap<Inventory, Readonly<Record<string, readonly string[]>>>();

/** The variables that confine sets by itself for a host; nobody can overwrite them. */
export function magicVars(inventory: Inventory, host: Host, playbookFolder?: string): Vars {
  const spot = namedSpot('(set by confine)');
  let groups = groupLists.get(inventory);
  if (groups === undefined) {
    groups = Object.fromEntries(
      [...inventory.groups.keys()].map((g) => [g, groupHosts(inventory, g).map((h) => h.name)]),
    );
    groupLists.set(inventory, groups);
  }
  const values: Readonly<Record<string, unknown>> = {
    inventory_hostname_short: host.name.split('.')[0],
    inventory_file: host.at.file,
    inventory_dir: dirname(resolve(host.at.file)),
    group_names: host.groups.toSorted(),
    groups,
    ...(playbookFolder === undefined ? {} : { playbook_dir: playbookFolder }),
  };
  return new Map([
    // It is the inventory that says which host this is, so here its place is kept.
    ['inventory_hostname', fixedVariable({ at: host.at, length: 1 }, host.name)],
    ...Object.entries(values).map(([name, value]): [string, Variable] => [name, fixedVariable(spot, value)]),
  ]);
}
