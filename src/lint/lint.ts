import type { Diagnostic } from '../errors.ts';
import { byPlace } from '../yaml/diagnose.ts';
import { findingAt } from '../yaml/spot.ts';
import type { Defect, UnitRule } from './rule.ts';
import { firejailRules } from './rules/firejail.ts';
import { namedRules } from './rules/named.ts';
import { privilegeRules } from './rules/privileges.ts';
import { syntaxRules } from './rules/syntax.ts';
import type { Unit } from './unit.ts';

/** All rules about units, in one place. */
export const unitRules: readonly UnitRule[] = [
  ...syntaxRules,
  ...namedRules,
  ...privilegeRules,
  ...firejailRules,
];

/** A defect, and the rule that it breaks. */
export interface Found {
  readonly rule: UnitRule;
  readonly defect: Defect;
}

/** Every defect of a unit that a person wrote; what the vendor wrote is not theirs to change. */
export function lintUnit(unit: Unit): Found[] {
  return unitRules.flatMap((rule) =>
    rule
      .find(unit)
      .filter((it) => it.at.own)
      .map((defect) => ({ rule, defect })),
  );
}

/** What people are told of units: errors reject, warnings are shown. */
export interface UnitFindings {
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** The findings of several units, in the order of their places. */
export function lintUnits(units: readonly Unit[]): UnitFindings {
  const found = units.flatMap(lintUnit);
  const of = (severity: UnitRule['severity']) =>
    found
      .filter((it) => it.rule.severity === severity)
      .map(diagnosticOf)
      .toSorted(byPlace);
  return { errors: of('error'), warnings: of('warning') };
}

function diagnosticOf({ rule, defect }: Found): Diagnostic {
  const advice = defect.advice ?? rule.advice;
  const finding = findingAt(
    defect.at.spot(defect.word),
    `${defect.what}: ${rule.reason}`,
    `${advice} (confine explain unit ${rule.id})`,
  );
  return { ...finding, rule: rule.id };
}
