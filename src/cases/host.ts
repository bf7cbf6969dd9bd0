import type { HostName } from '../brand.ts';
import type { ModuleDefinition } from '../module-api.ts';
import type { Hold } from '../observe/attest-holds.ts';
import type { RunningNamed } from '../observe/host.ts';
import { value } from '../observe/observation.ts';
import { observeTrip } from '../observe/observe.ts';
import { planHost } from '../plan/plan.ts';
import type { HostPlan } from '../plan/types.ts';
import type { CompiledTask } from '../playbook/types.ts';

type Modules = ReadonlyMap<string, ModuleDefinition>;

/** A task as a playbook would give it, with parameters that its module has read. */
export function taskOf(module: string, params: unknown): CompiledTask {
  const at = { file: 'cases.yml', line: 1, col: 1 };
  return {
    index: 0,
    name: `a task of ${module}`,
    module,
    at,
    play: 'cases',
    params,
    positionOf: () => at,
    spotOf: () => ({ at, length: 1 }),
    tags: [],
    selected: true,
    when: { is: 'yes' },
    become: true,
  };
}

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
