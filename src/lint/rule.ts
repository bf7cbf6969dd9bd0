import type { Placed, Unit } from './unit.ts';

/** A defect of a unit: where, and what is wrong there. */
export interface Defect {
  readonly at: Placed;
  /** The word of the value that the caret stands under; the key where there is none. */
  readonly word?: string;
  readonly what: string;
  /** The next step, where more is known than the rule's advice. */
  readonly advice?: string;
}

/** A rule about the units that people write. */
export interface UnitRule {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  readonly source: string;
  readonly proof: 'observed' | 'documented';
  readonly advice: string;
  /** `error` for what breaks named, or what systemd drops; `warning` for the rest. */
  readonly severity: 'error' | 'warning';
  readonly find: (unit: Unit) => readonly Defect[];
}
