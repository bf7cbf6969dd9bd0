import pLimit from 'p-limit';
import type { Request } from '../apply/session.ts';
import { InputError, type Diagnostic } from '../errors.ts';
import type { Emit, HostOutcome } from '../events.ts';
import type { ModuleDefinition } from '../module-api.ts';
import type { HostPlan } from '../plan/types.ts';
import type { HostTasks } from '../playbook/types.ts';
import type { Transport } from '../transport/index.ts';
import type { Targets } from '../transport/targets.ts';
import { TransportError, type Connection, type ConnectTarget } from '../transport/transport.ts';
import { applyHost } from './apply.ts';
import { outcomeOf, survey, untested } from './survey.ts';

/** What a run over a fleet needs besides its hosts. */
export interface Fleet {
  readonly transport: Transport;
  readonly targets: Targets;
  /** Folder of the inventory, for relative paths in it. */
  readonly folder: string;
  readonly modules: ReadonlyMap<string, ModuleDefinition>;
  /** Hosts at once. */
  readonly forks: number;
  readonly allowUntested: boolean;
  readonly emit: Emit;
}

/** A host that was looked at, with its connection still open. */
export interface Surveyed {
  readonly tasks: HostTasks;
  readonly connection: Connection;
  readonly plan: HostPlan;
}

/**
 * Says how to reach every host, before any is touched.
 * @throws {InputError} with every connection variable that can't be used
 */
export async function resolveTargets(
  fleet: Pick<Fleet, 'targets' | 'folder' | 'emit'>,
  hosts: readonly Pick<HostTasks, 'host' | 'vars' | 'become'>[],
): Promise<ReadonlyMap<string, ConnectTarget>> {
  const found = new Map<string, ConnectTarget>();
  const problems: Diagnostic[] = [];
  await Promise.all(
    hosts.map(async ({ host, vars, become }) => {
      const names = vars.names().filter((name) => /^(ansible|confine)_/.test(name));
      const given = Object.fromEntries(names.map((name) => [name, vars.get(name)]));
      const play = become === undefined ? {} : { become };
      const resolved = await fleet.targets.resolve(host, given, { folder: fleet.folder, play });
      if (resolved.is === 'rejected')
        for (const { variable, message, hint } of resolved.problems)
          problems.push({
            at: vars.at(variable) ?? { file: host, line: 1, col: 1 },
            message,
            ...(hint === undefined ? {} : { hint }),
          });
      else {
        for (const message of resolved.warnings) fleet.emit({ event: 'warning', host, message });
        found.set(host, resolved.target);
      }
    }),
  );
  if (problems.length > 0) throw new InputError(problems);
  return found;
}

/** What a failed connection means for its host; anything else is a bug and goes on up. */
export function outcomeOfError(error: unknown): HostOutcome {
  if (!(error instanceof TransportError)) throw error;
  return { is: 'unreachable', failure: error.failure, reason: error.message, hint: error.hint };
}

/** Looks at all hosts at once, one trip each. A host that can't be reached stops no other. */
export async function surveyFleet(
  fleet: Fleet,
  hosts: readonly HostTasks[],
): Promise<{ surveyed: readonly Surveyed[]; ended: ReadonlyMap<string, HostOutcome> }> {
  const targets = await resolveTargets(fleet, hosts);
  const limit = pLimit(fleet.forks);
  const surveyed: Surveyed[] = [];
  const ended = new Map<string, HostOutcome>();
  const end = (host: string, outcome: HostOutcome) => {
    ended.set(host, outcome);
    fleet.emit({ event: 'host-ended', host, outcome });
  };
  const one = async (tasks: HostTasks): Promise<void> => {
    const target = targets.get(tasks.host);
    if (!target) throw new Error(`no way to ${tasks.host}`);
    try {
      const connection = await fleet.transport.connect(target);
      const { plan, look } = await survey(connection, tasks, fleet.modules);
      const refusal = untested(look.facts, fleet.allowUntested);
      if (!refusal) fleet.emit({ event: 'host-planned', host: tasks.host, plan });
      if (!refusal && plan.state === 'changes') surveyed.push({ tasks, connection, plan });
      else {
        await connection.close();
        end(tasks.host, refusal ?? outcomeOf(plan));
      }
    } catch (error) {
      end(tasks.host, outcomeOfError(error));
    }
  };
  await Promise.all(hosts.map((it) => limit(() => one(it))));
  return { surveyed, ended };
}

/** Applies the plans of hosts that were looked at, and closes their connections. */
export async function applyFleet(
  fleet: Fleet,
  surveyed: readonly Surveyed[],
  request: Request,
): Promise<ReadonlyMap<string, HostOutcome>> {
  const limit = pLimit(fleet.forks);
  const ended = new Map<string, HostOutcome>();
  const one = async ({ tasks, connection, plan }: Surveyed): Promise<void> => {
    const { host } = tasks;
    let outcome: HostOutcome;
    try {
      outcome = await applyHost(connection, tasks, fleet.modules, plan, request, {
        planned: (again) => fleet.emit({ event: 'host-planned', host, plan: again }),
        progress: (step, detail) => fleet.emit({ event: 'host-progress', host, step, detail }),
      });
      await connection.close();
    } catch (error) {
      outcome = outcomeOfError(error);
    }
    ended.set(host, outcome);
    fleet.emit({ event: 'host-ended', host, outcome });
  };
  await Promise.all(surveyed.map((it) => limit(() => one(it))));
  return ended;
}
