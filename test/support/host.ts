import { modules } from '../../modules/index.ts';
import { planFrom, taskOf, type Standing } from '../../src/cases/host.ts';
import type { HostPlan } from '../../src/plan/types.ts';
import type { CompiledTask } from '../../src/playbook/types.ts';

export { answer } from '../../src/cases/host.ts';

/** A task as a playbook would give it, from `{ module: parameters }`. */
export function task(
  spec: Readonly<Record<string, unknown>>,
  more: Partial<CompiledTask> = {},
): CompiledTask {
  const [name = '', params] = Object.entries(spec)[0] ?? [];
  const at = { file: 'playbooks/test.yml', line: 1, col: 1 };
  const place = { at, play: 'test', positionOf: () => at, spotOf: () => ({ at, length: 1 }) };
  return { ...taskOf(name, modules.get(name)?.params.parse(params)), ...place, ...more };
}

/** The plan for tasks of modules that ship, on a host that answers with these frames. */
export const planFor = (
  tasks: readonly CompiledTask[],
  frames: Readonly<Record<string, string>>,
  standing?: Partial<Standing>,
): HostPlan => planFrom(tasks, modules, frames, standing);
