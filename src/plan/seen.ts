import type { Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import type { Located } from '../resources/file.ts';
import type { Unit } from '../resources/unit.ts';

/** Units that probes saw, by their real names, and the paths of drop-ins that tasks ask for. */
export interface SeenUnits {
  readonly units: ReadonlyMap<string, Unit>;
  /** A drop-in that a task asks for is its own, whatever stands there. */
  readonly owned: ReadonlySet<string>;
}

/** The units among the answers to probes; a probe's kind is the beginning of its key. */
export function seenUnits(
  probes: readonly Probe<unknown>[],
  answer: <T>(probe: Probe<T>) => Observation<T>,
): SeenUnits {
  const units = new Map<string, Unit>();
  const owned = new Set<string>();
  for (const probe of probes) {
    const seen = answer(probe);
    if (seen.is !== 'value') continue;
    if (probe.key.startsWith('unit:')) units.set((seen.value as Unit).name, seen.value as Unit);
    if (probe.key.startsWith('dropin:')) owned.add((seen.value as Located).path);
  }
  return { units, owned };
}
