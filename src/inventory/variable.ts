import type { Diagnostic } from '../errors.ts';
import type { SourceFile } from '../yaml/load.ts';
import { findingAt, type Spot } from '../yaml/spot.ts';
import type { Variable } from './types.ts';

/** Names that confine gives a meaning of its own. */
export const reservedNames: ReadonlySet<string> = new Set([
  'host',
  'inventory_hostname',
  'inventory_hostname_short',
  'inventory_file',
  'inventory_dir',
  'playbook_dir',
  'group_names',
  'groups',
]);

/** The variable whose value stands at a path of a file. */
export function yamlVariable(doc: SourceFile, path: readonly PropertyKey[], value: unknown): Variable {
  return {
    value,
    get at() {
      return doc.spot(path, 'key').at;
    },
    spot: (inner = [], find) => doc.spot([...path, ...inner], 'value', find),
  };
}

/** A variable that no file holds. */
export function fixedVariable(spot: Spot, value: unknown): Variable {
  return { value, at: spot.at, spot: () => spot };
}

/** The variables of a mapping in a file, with a finding for each name that cannot be one. */
export function variablesOf(
  doc: SourceFile,
  path: readonly PropertyKey[],
  mapping: Readonly<Record<string, unknown>>,
  report: (finding: Diagnostic) => void,
): Map<string, Variable> {
  const vars = new Map<string, Variable>();
  for (const [name, value] of Object.entries(mapping)) {
    const at = [...path, name];
    const wrong = nameTrouble(name);
    if (wrong === undefined) vars.set(name, yamlVariable(doc, at, value));
    else report(findingAt(doc.spot(at, 'key'), wrong.message, wrong.hint));
  }
  return vars;
}

/** Why a variable cannot have this name. */
export function nameTrouble(name: string): { message: string; hint: string } | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return {
      message: `"${name}" cannot be the name of a variable`,
      hint: 'use letters, digits and "_", starting with a letter',
    };
  if (reservedNames.has(name))
    return { message: `the variable name "${name}" is taken by confine`, hint: 'choose another name' };
  return undefined;
}
