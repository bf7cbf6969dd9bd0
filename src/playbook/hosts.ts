import { InputError } from '../errors.ts';
import type { HostName } from '../brand.ts';
import { limitTerms, matchHosts } from '../inventory/patterns.ts';
import type { Inventory } from '../inventory/types.ts';
import { hostLayers, magicVars } from '../inventory/vars.ts';
import { readText } from '../yaml/read.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';
import { extraVars } from './extra-vars.ts';
import { createFindings } from './findings.ts';
import { createScope } from './scope.ts';
import { anyHoldsTemplate } from './prepare.ts';
import { loadTemplates } from './template.ts';
import type { ResolvedVars } from './types.ts';

/** A host that is reached without a playbook: what a connection needs, and no tasks. */
export interface InventoryHost {
  readonly host: HostName;
  readonly vars: ResolvedVars;
  readonly become: undefined;
}

/**
 * The hosts of an inventory that `--limit` leaves, for commands that take no playbook.
 * @param by what the pattern was given with, for messages
 * @throws {InputError} for a pattern that matches nothing, and for `-e` that can't be read
 */
export async function inventoryHosts(
  inventory: Inventory,
  limit: string | undefined,
  extra: readonly string[],
  by = '--limit',
): Promise<readonly InventoryHost[]> {
  const findings = createFindings();
  const given = extraVars(extra, findings.report);
  findings.reject(0);
  const terms = limit === undefined ? ['all'] : limitTerms(limit, readText, by);
  const { hosts, problems } = matchHosts(inventory, terms);
  if (problems.length > 0)
    throw new InputError(problems.map((it) => findingAt(namedSpot(by), it.message, it.hint)));
  const layers = hosts.map((host) => [...hostLayers(inventory, host), given]);
  // Hosts share most layers. What confine sets by itself holds none, and all groups with all hosts are in it.
  const templates = anyHoldsTemplate(new Set(layers.flat())) ? await loadTemplates() : undefined;
  return hosts.map((host, i) => ({
    host: host.name,
    vars: createScope([...(layers[i] ?? []), magicVars(inventory, host)], templates, 'closed'),
    become: undefined,
  }));
}
