import type { HostName } from '../brand.ts';
import type { ModuleDefinition } from '../module-api.ts';
import type { Hold } from '../observe/attest-holds.ts';
import type { RunningNamed } from '../observe/host.ts';
import { value } from '../observe/observation.ts';
import { observeTrip } from '../observe/observe.ts';
import { planHost } from '../plan/plan.ts';
import type { HostPlan } from '../plan/types.ts';
import { taskAt } from '../playbook/task-at.ts';
import type { CompiledTask } from '../playbook/types.ts';
import { namedSpot } from '../yaml/spot.ts';

type Modules = ReadonlyMap<string, ModuleDefinition>;

/** A task as a playbook would give it, with parameters that its module has read. */
export const taskOf = (module: string, params: unknown): CompiledTask =>
  taskAt(namedSpot('cases.yml'), {
    name: `a task of ${module}`,
    module,
    play: 'cases',
    params,
    become: true,
  });

/** What a host has besides the answers to probes. */
export interface Standing {
  readonly lsm: readonly string[];
  readonly named: readonly RunningNamed[];
  readonly holds: readonly Hold[];
  readonly breakHolds: boolean;
}

/** The plan for tasks on a host that answers with these frames. No host is asked. */
export function planFrom(
  tasks: readonly CompiledTask[],
  modules: Modules,
  frames: Readonly<Record<string, string>>,
  { lsm = [], named = [], holds = [], breakHolds = false }: Partial<Standing> = {},
): HostPlan {
  const probes = tasks.flatMap((it) => Object.values(modules.get(it.module)?.observe(it.params) ?? {}));
  const seen = observeTrip(probes, 'n').read(answer(frames));
  return planHost({
    host: 'ns1' as HostName,
    tasks,
    modules,
    facts: {},
    lsm,
    named,
    answer: seen.answer,
    holds: value(holds),
    breakHolds,
  });
}

/** What a host would send for these frames. */
export const answer = (frames: Readonly<Record<string, string>>): Buffer =>
  Buffer.from(
    Object.entries({ ...frames, end: '' })
      .map(([key, text]) => `\n@n ${key}\n${text}`)
      .join(''),
  );
