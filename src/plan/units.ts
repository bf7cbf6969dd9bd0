import { lintUnits, type UnitFindings } from '../lint/lint.ts';
import { canonical, unitOf, type Setting, type Unit, type UnitSource } from '../lint/unit.ts';
import type { Diagnostic } from '../errors.ts';
import type { DropIn, ModuleDefinition } from '../module-api.ts';
import type { CompiledTask, HostTasks } from '../playbook/types.ts';
import { parseUnitFile, renderUnitFile } from '../resources/unit-file.ts';

type Modules = ReadonlyMap<string, ModuleDefinition>;

const dropInOf = (task: CompiledTask, modules: Modules): DropIn | undefined =>
  modules.get(task.module)?.dropIn?.(task.params);

/**
 * What the rules about units find in the drop-ins that tasks write, over all hosts. The drop-ins of one unit are
 * judged together, for every branch of `when` that is possible.
 */
export function lintTasks(hosts: readonly Pick<HostTasks, 'tasks'>[], modules: Modules): UnitFindings {
  const judged = new Set<string>();
  const numbers = new Map<unknown, number>();
  const numberOf = (it: unknown): number => {
    const number = numbers.get(it) ?? numbers.size;
    numbers.set(it, number);
    return number;
  };
  const units = hosts.flatMap(({ tasks }) =>
    [...byUnit(tasks, modules)].flatMap(([unit, writers]): Unit[] => {
      // Hosts whose parameters are equal share them, and need to be judged once.
      const key = writers.map((it) => numberOf(it.params)).join();
      if (judged.has(key)) return [];
      judged.add(key);
      const sources = writers.flatMap((it) => sourceOf(it, modules));
      return [unitOf(unit, sources)];
    }),
  );
  const { errors, warnings } = lintUnits(units);
  return { errors: once(errors), warnings: once(warnings) };
}

/** The tasks that write drop-ins, by their unit. */
function byUnit(tasks: readonly CompiledTask[], modules: Modules): ReadonlyMap<string, CompiledTask[]> {
  const units = new Map<string, CompiledTask[]>();
  for (const task of tasks) {
    const dropIn = dropInOf(task, modules);
    if (dropIn === undefined) continue;
    const name = canonical(dropIn.unit);
    units.set(name, [...(units.get(name) ?? []), task]);
  }
  return units;
}

function sourceOf(task: CompiledTask, modules: Modules): UnitSource[] {
  const dropIn = dropInOf(task, modules);
  if (dropIn === undefined) return [];
  const settings = parseUnitFile(renderUnitFile(dropIn.settings)).map(({ section, key, value }): Setting => ({
    section,
    key,
    value,
    own: dropIn.by === 'person',
    spot: () => task.spotOf(['settings', section, key], 'key'),
  }));
  return [{ whole: false, path: `${dropIn.name}.conf`, settings, others: [] }];
}

/** One of each: what several hosts share is said once. */
const once = (all: readonly Diagnostic[]): Diagnostic[] => [
  ...new Map(all.map((it) => [JSON.stringify([it.at, it.message]), it])).values(),
];
