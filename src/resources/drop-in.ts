import { absent, value } from '../observe/observation.ts';
import { Refusal, type FileDesire, type Located } from './file.ts';
import { effectiveSettings, renderUnitFile, type UnitSettings } from './unit-file.ts';
import type { Unit } from './unit.ts';

/**
 * A drop-in of a unit with these settings, or its absence.
 * @throws {Refusal} where a later file undoes one of them, so that it would have no effect
 */
export function dropInDesire(unit: Unit, seen: Located, settings: UnitSettings | undefined): FileDesire {
  const base = { resource: 'file', path: seen.path, seen: seen.node } as const;
  if (settings === undefined) return { ...base, want: absent };
  const [override] = effectiveSettings(unit.parts, { path: seen.path, settings });
  if (override)
    throw new Refusal(
      'conflict',
      `${override.path}:${override.line} is read after ${seen.path} and sets ${override.key}=${override.value}, so this task’s ${override.key} would have no effect`,
      `remove that line, or give this drop-in a name that sorts behind it`,
    );
  const content = Buffer.from(renderUnitFile(settings));
  return { ...base, want: value({ is: 'file', content, mode: '0644', owner: 'root', group: 'root' }) };
}
