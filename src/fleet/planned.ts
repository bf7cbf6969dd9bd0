import type { HostName } from '../brand.ts';
import { InputError } from '../errors.ts';
import type { Inventory } from '../inventory/types.ts';
import type { PlannedHost, SavedPlan } from '../plan/saved.ts';
import { availabilityOf } from '../playbook/availability.ts';
import { resolveConfirm, type Confirm } from '../playbook/confirm.ts';
import { createFindings } from '../playbook/findings.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import type { ResolvedVars } from '../playbook/types.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';
import type { Work } from './approval.ts';

/**
 * The hosts of a saved plan that `--limit` leaves. How they are reached is not in the plan.
 * @throws {InputError} for hosts that the inventory no longer has
 */
export async function workOf(
  saved: SavedPlan,
  inventory: Inventory,
  limit: string | undefined,
): Promise<readonly Work[]> {
  const chosen = new Map((await inventoryHosts(inventory, limit, [])).map((it) => [it.host, it.vars]));
  const lost = saved.hosts.filter(({ host }) => !inventory.hosts.has(host));
  if (lost.length > 0 && limit === undefined)
    throw new InputError(
      lost.map((it) =>
        findingAt(
          saved.spotOf(it),
          `"${it.host}" is not in the inventory any more, and a plan does not say how to reach it`,
          'give the inventory that the plan was made with, or plan again',
        ),
      ),
    );
  const confirms = await confirmsOf(saved, inventory);
  const findings = createFindings();
  const work = saved.hosts.flatMap((it): Work[] => {
    const vars = chosen.get(it.host);
    if (vars === undefined) return [];
    const availability = availabilityOf(it.host, vars, findings);
    return [{ ...it, vars, availability, groups: [], excluded: [], confirm: confirms.get(it) }];
  });
  findings.reject(0);
  if (work.length === 0)
    throw new InputError([
      findingAt(
        namedSpot('--limit'),
        `"${limit ?? ''}" leaves no host of this plan`,
        `it has ${saved.hosts.map((it) => it.host).join(', ')}`,
      ),
    ]);
  return work;
}

/** Who confirms each host from outside, as far as the plan wants that. */
async function confirmsOf(
  saved: SavedPlan,
  inventory: Inventory,
): Promise<ReadonlyMap<PlannedHost, Confirm | undefined>> {
  const findings = createFindings();
  const peers = saved.hosts.some(({ confirm }) => confirm?.from !== undefined)
    ? await inventoryHosts(inventory, undefined, [])
    : [];
  const vars = new Map(peers.map((it) => [it.host, it.vars]));
  const confirms = new Map<PlannedHost, Confirm | undefined>();
  for (const it of saved.hosts) {
    if (it.confirm === undefined) continue;
    const { within, from } = it.confirm;
    const loaded = { within, from, spot: saved.spotOf(it) };
    const varsOf = (host: HostName): ResolvedVars => vars.get(host) as ResolvedVars;
    confirms.set(it, resolveConfirm(loaded, it.host, inventory, varsOf, findings));
  }
  findings.reject(0);
  return confirms;
}
