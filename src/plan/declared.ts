import { UnitName } from '../brand.ts';
import type { CompiledTask } from '../playbook/types.ts';

/** The units that tasks are about, each once, in the order of the tasks. */
export const declaredUnits = (tasks: readonly Pick<CompiledTask, 'params'>[]): readonly UnitName[] => [
  ...new Set(
    tasks.flatMap(({ params }) => {
      const unit = typeof params === 'object' && params !== null && 'unit' in params ? params.unit : '';
      const name = UnitName.safeParse(unit);
      return name.success ? [name.data] : [];
    }),
  ),
];
