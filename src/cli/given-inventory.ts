import { statSync } from 'node:fs';
import { InputError, UsageError, type Diagnostic } from '../errors.ts';
import { loadVarsFolders } from '../inventory/folders.ts';
import type { Beside } from '../inventory/list.ts';
import { loadInventory } from '../inventory/load.ts';
import type { Host, Inventory } from '../inventory/types.ts';
import { extraVars } from '../playbook/extra-vars.ts';
import { didYouMean } from '../yaml/suggest.ts';
import type { CommonOptions } from './options.ts';
import { sayWarnings } from './say.ts';

/** Reads the inventory that `-i` names, and says what is odd about it. */
export function inventoryOf(options: CommonOptions): Inventory {
  const sources = options.inventory ?? [];
  if (sources.length === 0)
    throw new UsageError(
      'no inventory: say which hosts',
      'add -i inventory/lab.yml, or -i "ns1.example.org,"',
    );
  const inventory = loadInventory(sources);
  sayWarnings(inventory.warnings, options);
  return inventory;
}

/** The host of an inventory that has this name. */
export function hostOf(inventory: Inventory, name: string): Host {
  const hosts: ReadonlyMap<string, Host> = inventory.hosts;
  const host = hosts.get(name);
  if (host !== undefined) return host;
  const near = didYouMean(name, hosts.keys());
  throw new UsageError(
    `the inventory has no host "${name}"`,
    near ?? 'confine inventory --graph shows what it has',
  );
}

/** What bears on variables beside the inventory: `--playbook-dir`, and `-e`. */
export function besideOf(inventory: Inventory, options: CommonOptions): Beside {
  const found: Diagnostic[] = [];
  const say = { error: (it: Diagnostic) => void found.push(it), warn: () => undefined };
  const known = { groups: inventory.groups.keys(), hosts: inventory.hosts.keys() };
  const { playbookDir } = options;
  if (playbookDir !== undefined && !statSync(playbookDir, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(
      `--playbook-dir ${playbookDir}: there is no such folder`,
      'name the folder of the playbooks',
    );
  const folders = playbookDir === undefined ? undefined : loadVarsFolders(playbookDir, known, say);
  const extra = extraVars(options.extraVars ?? [], say.error);
  if (found.length > 0) throw new InputError(found);
  return { folders, extra };
}
