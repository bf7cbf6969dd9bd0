import { endTrip, holdKinds, type NewHold, type Request } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import { holdsProbe } from '../observe/attest-holds.ts';
import type { ModuleDefinition } from '../module-api.ts';
import type { InventoryHost } from '../playbook/hosts.ts';
import type { CompiledTask, HostTasks } from '../playbook/types.ts';
import { oneByOne } from './one-by-one.ts';
import type { Fleet } from './fleet.ts';
import type { Located, Reachable } from './targets.ts';

/** What makes a hold, as the one task of each host: planned, shown and applied as any other. */
export function holdTasks(
  hosts: readonly InventoryHost[],
  module: ModuleDefinition,
  name: string,
  params: unknown,
): readonly HostTasks[] {
  const task = loneTask(module, name, params);
  return hosts.map((it) => ({ ...it, plays: [], groups: [], tasks: [task], excluded: [] }));
}

/** A task that stands in no playbook. */
export function loneTask(module: ModuleDefinition, name: string, params: unknown): CompiledTask {
  const at = { file: `confine ${module.name}`, line: 1, col: 1 };
  return {
    index: 0,
    name,
    module: module.name,
    at,
    play: at.file,
    params,
    positionOf: () => at,
    spotOf: () => ({ at, length: 1 }),
    tags: [],
    selected: true,
    when: { is: 'yes' },
    become: undefined,
  };
}

/** Ends on every host its holds of a kind, the newest first. */
export const endHolds = (
  fleet: Fleet,
  hosts: readonly Located<Reachable>[],
  kind: NewHold['kind'],
  request: Request,
): Promise<readonly HostOutcome[]> =>
  oneByOne(fleet, hosts, {
    probe: holdsProbe,
    chosen: (holds) =>
      holds
        .filter((it) => it.kind === kind)
        .map((it) => it.id)
        .toReversed(),
    script: (id) =>
      endTrip(id, { ...request, baseline: holdKinds[kind].proven ? request.baseline : 'waived' }),
    goesOnAfter: 'committed',
  });
