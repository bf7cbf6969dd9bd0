import { InputError, type Diagnostic } from '../errors.ts';
import type { ModuleDefinition } from '../module-api.ts';
import type { CompiledTask, HostTasks } from '../playbook/types.ts';
import { conflictsWithin } from './conflicts.ts';

/**
 * Conflicts between the tasks of each host, for every branch of `when` that is possible: a task whose
 * condition only the host can decide counts as one that may run.
 * @throws {InputError} naming both tasks with file:line:col
 */
export function rejectConflicts(
  hosts: readonly Pick<HostTasks, 'tasks'>[],
  modules: ReadonlyMap<string, ModuleDefinition>,
): void {
  const found = new Map<string, Diagnostic>();
  const seen = new Set<readonly CompiledTask[]>();
  for (const { tasks } of hosts) {
    if (seen.has(tasks)) continue;
    seen.add(tasks);
    const claims = tasks.flatMap((task) =>
      (modules.get(task.module)?.claims?.(task.params) ?? []).map((claim) => ({ claim, by: task })),
    );
    for (const { rule, a, b } of conflictsWithin(claims)) {
      const [first, second] = a.by.index <= b.by.index ? [a.by, b.by] : [b.by, a.by];
      const other = `${first.at.file}:${first.at.line}:${first.at.col}`;
      found.set(`${rule.id} ${other} ${second.at.line}`, {
        ...second.spotOf([], 'key'),
        at: second.at,
        message: `conflict: ${rule.title}: this task and "${first.name}" (${other}); ${rule.reason}`,
        hint: rule.advice,
      });
    }
  }
  if (found.size > 0) throw new InputError([...found.values()]);
}
