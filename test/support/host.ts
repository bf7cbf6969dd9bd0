import { modules } from '../../modules/index.ts';
import type { HostName } from '../../src/brand.ts';
import type { Hold } from '../../src/observe/attest-holds.ts';
import type { RunningNamed } from '../../src/observe/host.ts';
import { value } from '../../src/observe/observation.ts';
import { observeTrip } from '../../src/observe/observe.ts';
import { planHost } from '../../src/plan/plan.ts';
import type { HostPlan } from '../../src/plan/types.ts';
import type { CompiledTask } from '../../src/playbook/types.ts';

/** A task as a playbook would give it, from `{ module: parameters }`. */
export function task(
  spec: Readonly<Record<string, unknown>>,
  more: Partial<CompiledTask> = {},
): CompiledTask {
  const [name = '', params] = Object.entries(spec)[0] ?? [];
  const at = { file: 'playbooks/test.yml', line: 1, col: 1 };
  return {
    index: 0,
    name: `a task of ${name}`,
    module: name,
    at,
    play: 'test',
    params: modules.get(name)?.params.parse(params),
    positionOf: () => at,
    spotOf: () => ({ at, length: 1 }),
    tags: [],
    selected: true,
    when: { is: 'yes' },
    become: true,
    ...more,
  };
}

/** What a host has besides the answers to probes. */
interface Standing {
  readonly lsm: readonly string[];
  readonly named: readonly RunningNamed[];
  readonly holds: readonly Hold[];
  readonly breakHolds: boolean;
}

/** The plan for tasks on a host that answers with these frames (see src/observe/frame.sh). */
export function planFor(
  tasks: readonly CompiledTask[],
  frames: Readonly<Record<string, string>>,
  { lsm = [], named = [], holds = [], breakHolds = false }: Partial<Standing> = {},
): HostPlan {
  const probes = tasks.flatMap((it) => Object.values(modules.get(it.module)?.observe(it.params) ?? {}));
  const trip = observeTrip(probes, 'n');
  const seen = trip.read(answer(frames));
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
