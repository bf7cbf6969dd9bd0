import type { Defect } from '../rule.ts';
import { startOf, type Start } from '../start.ts';
import type { Setting, Unit } from '../unit.ts';

/** The defects of a unit that starts named. */
export const whereNamed =
  (find: (unit: Unit, start: Start) => readonly Defect[]) =>
  (unit: Unit): readonly Defect[] => {
    const start = startOf(unit);
    return start === undefined ? [] : find(unit, start);
  };

/** A defect of a setting that is there; none otherwise. */
export const defect = (at: Setting | undefined, what: string, word?: string): readonly Defect[] =>
  at === undefined ? [] : [{ at, what, ...(word === undefined ? {} : { word }) }];

/** A setting as it stands in the file. */
export const assignment = (it: Setting | undefined): string =>
  it === undefined ? '' : `${it.key}=${it.value}`;
