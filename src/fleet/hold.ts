import { endTrip, holdKinds, type NewHold, type Request } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import { holdsProbe } from '../observe/attest-holds.ts';
import type { ModuleDefinition } from '../module-api.ts';
import type { InventoryHost } from '../playbook/hosts.ts';
import { taskAt } from '../playbook/task-at.ts';
import type { CompiledTask, HostTasks } from '../playbook/types.ts';
import { namedSpot } from '../yaml/spot.ts';
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
export function loneTask({ name: module }: ModuleDefinition, name: string, params: unknown): CompiledTask {
  const command = `confine ${module}`;
  return taskAt(namedSpot(command), { name, module, play: command, params });
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
