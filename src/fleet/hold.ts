import { endTrip, type NewHold, type Request } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import { holdsProbe } from '../observe/attest-holds.ts';
import type { ModuleDefinition } from '../module-api.ts';
import type { InventoryHost } from '../playbook/hosts.ts';
import type { CompiledTask, HostTasks } from '../playbook/types.ts';
import type { Connection } from '../transport/transport.ts';
import { trip } from './apply.ts';
import { outcomeOfApplyError, outcomeOfError } from './failure.ts';
import { eachHost, end, untouched, type Fleet } from './run.ts';
import { notRoot, observe } from './survey.ts';
import type { Located, Reachable } from './targets.ts';

/** What makes a hold, as the one task of each host: planned, shown and applied as any other. */
export function holdTasks(
  hosts: readonly InventoryHost[],
  module: ModuleDefinition,
  name: string,
  params: unknown,
): readonly HostTasks[] {
  const at = { file: `confine ${module.name}`, line: 1, col: 1 };
  const task: CompiledTask = {
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
  return hosts.map((it) => ({ ...it, groups: [], tasks: [task], excluded: [] }));
}

/** Ends on every host its holds of a kind, the newest first. */
export async function endHolds(
  fleet: Fleet,
  hosts: readonly Located<Reachable>[],
  kind: NewHold['kind'],
  request: Request,
): Promise<readonly HostOutcome[]> {
  const baseline = kind === 'audit' ? 'waived' : request.baseline;
  const ended: HostOutcome[] = [];
  await eachHost(fleet, hosts, async ({ it: { host }, target }) => {
    if (fleet.stop.aborted) return void ended.push(end(fleet, host, untouched));
    let connection: Connection | undefined;
    let outcome: HostOutcome;
    try {
      connection = await fleet.transport.connect(target);
      const open = connection;
      const held = await heldOn(open, kind);
      outcome = 'is' in held ? held : { is: 'in-sync' };
      for (const id of 'is' in held ? [] : held.toReversed()) {
        const progress = (step: string, detail: string) =>
          fleet.emit({ event: 'host-progress', host, step, detail });
        outcome = await trip(open, endTrip(id, { ...request, baseline }), progress).catch(
          outcomeOfApplyError,
        );
        if (outcome.is !== 'committed') break;
      }
    } catch (error) {
      outcome = outcomeOfError(error);
    }
    await connection?.close();
    ended.push(end(fleet, host, outcome));
  });
  return ended;
}

/** The holds of a kind on a host, or why they can't be seen. */
async function heldOn(
  connection: Connection,
  kind: NewHold['kind'],
): Promise<readonly string[] | HostOutcome> {
  const { facts, observations } = await observe(connection, [holdsProbe]);
  const seen = observations.answer(holdsProbe);
  const blind = notRoot(facts);
  if (blind) return blind;
  if (seen.is === 'unknown') return { is: 'failed', reason: seen.reason, hint: undefined };
  return seen.is === 'value' ? seen.value.filter((it) => it.kind === kind).map((it) => it.id) : [];
}
