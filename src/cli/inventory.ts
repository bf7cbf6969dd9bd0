import { Exit, UsageError } from '../errors.ts';
import { hostVarsJson, inventoryGraph, inventoryList } from '../inventory/list.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import type { CommonOptions } from './options.ts';
import { besideOf, hostOf, inventoryOf } from './given-inventory.ts';

/** `confine inventory`: the hosts of an inventory, or all of it as ansible-inventory prints it. */
export async function inventory(options: CommonOptions): Promise<number> {
  if (options.limit !== undefined && (options.list || options.graph || options.host !== undefined))
    throw new UsageError(
      '--limit goes with the plain list of hosts only',
      'leave it out beside --list, --graph and --host',
    );
  const ways = [options.list, options.graph, options.host !== undefined].filter(Boolean);
  if (ways.length > 1)
    throw new UsageError('--list, --graph and --host are three ways to show it', 'use one of them');
  const found = inventoryOf(options);
  const json = (it: unknown) => process.stdout.write(`${JSON.stringify(it, undefined, 4)}\n`);
  if (options.list) json(inventoryList(found, besideOf(found, options)));
  else if (options.host !== undefined)
    json(hostVarsJson(found, hostOf(found, options.host), besideOf(found, options)));
  else if (options.graph) process.stdout.write(`${inventoryGraph(found).trimEnd()}\n`);
  else
    for (const { host } of await inventoryHosts(found, options.limit, options.extraVars ?? []))
      process.stdout.write(`${host}\n`);
  return Exit.ok;
}
