import type { Diagnostic } from '../errors.ts';
import type { SourceFile } from '../yaml/load.ts';
import { findingAt, type Spot } from '../yaml/spot.ts';
import type { Variable } from './types.ts';

/** Names that confine gives a meaning of its own. */
const reservedNames: ReadonlySet<string> = new Set([
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
function yamlVariable(doc: SourceFile, path: readonly PropertyKey[], value: unknown): Variable {
  return {
    value,
    get at() {
      return doc.spot(path, 'key').at;
    },
    spot: (inner = [], find) => doc.spot([...path, ...inner], 'value', find),
  };
}

/** Sets a variable, which keeps what it takes the place of. */
export function setOver(vars: Map<string, Variable>, name: string, variable: Variable): void {
  const beat = vars.get(name);
  if (beat === undefined) vars.set(name, variable);
  else
    vars.set(name, {
      value: variable.value,
      get at() {
        return variable.at;
      },
      spot: (path, find) => variable.spot(path, find),
      beat,
    });
}

/** A variable that no file holds. */
export function fixedVariable(spot: Spot, value: unknown): Variable {
  return { value, at: spot.at, spot: () => spot };
}

/**
 * The variables of a mapping in a file, with a finding for each name that cannot be one.
 * @param odd `keep` for inventories that Ansible has, where such a variable is of no use, but no harm
 */
export function variablesOf(
  doc: SourceFile,
  path: readonly PropertyKey[],
  mapping: Readonly<Record<string, unknown>>,
  report: (finding: Diagnostic) => void,
  odd: 'keep' | 'leave' = 'leave',
): Map<string, Variable> {
  const vars = new Map<string, Variable>();
  for (const [name, value] of Object.entries(mapping)) {
    const at = [...path, name];
    const wrong = nameTrouble(name);
    if (wrong !== undefined) report(findingAt(doc.spot(at, 'key'), wrong.message, wrong.hint));
    if (wrong === undefined || odd === 'keep') vars.set(name, yamlVariable(doc, at, value));
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
