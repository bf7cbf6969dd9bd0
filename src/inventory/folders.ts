import { join } from 'node:path';
import { InputError, type Diagnostic } from '../errors.ts';
import { findingAt } from '../yaml/spot.ts';
import { readYaml } from '../yaml/read.ts';
import { didYouMean } from '../yaml/suggest.ts';
import { describe, isMapping } from '../yaml/values.ts';
import { listFolder } from './sources.ts';
import type { Variable, Vars, VarsFolders } from './types.ts';
import { variablesOf } from './variable.ts';

/** The groups and hosts that may have variables in folders. */
export interface Known {
  readonly groups: Iterable<string>;
  readonly hosts: Iterable<string>;
}

/** Reads group_vars/ and host_vars/ of one place. Files for names that nobody knows are warned about. */
export function loadVarsFolders(
  place: string,
  known: Known,
  report: (finding: Diagnostic) => void,
  warn: (warning: Diagnostic) => void,
): VarsFolders {
  return {
    groups: loadFolder(join(place, 'group_vars'), 'group', new Set(known.groups), report, warn),
    hosts: loadFolder(join(place, 'host_vars'), 'host', new Set(known.hosts), report, warn),
  };
}

function loadFolder(
  folder: string,
  kind: 'group' | 'host',
  known: ReadonlySet<string>,
  report: (finding: Diagnostic) => void,
  warn: (warning: Diagnostic) => void,
): Map<string, Vars> {
  const found = new Map<string, Vars>();
  const files = new Map<string, string>();
  for (const entry of listFolder(folder)) {
    const name = entry.folder || known.has(entry.name) ? entry.name : withoutEnding(entry.name);
    const at = { file: entry.path, line: 1, col: 1 };
    if (!known.has(name)) {
      const near = didYouMean(name, known);
      const message = `there is no ${kind} "${name}": this is not read`;
      warn({ at, message, ...(near === undefined ? {} : { hint: near }) });
      continue;
    }
    const other = files.get(name);
    if (other !== undefined) {
      report({ at, message: `"${name}" has variables in ${other}, too`, hint: 'keep one of the two' });
      continue;
    }
    files.set(name, entry.path);
    const vars = new Map<string, Variable>();
    const paths = entry.folder ? filesBelow(entry.path) : [entry.path];
    for (const path of paths) for (const [key, value] of loadVars(path, report)) vars.set(key, value);
    found.set(name, vars);
  }
  return found;
}

/** The variables of a file that is nothing but variables. Empty files are allowed. */
export function loadVars(path: string, report: (finding: Diagnostic) => void): Vars {
  try {
    const doc = readYaml(path);
    if (doc.value === null) return new Map();
    if (isMapping(doc.value)) return variablesOf(doc, [], doc.value, report);
    report(findingAt(doc.spot([]), `a file of variables is a mapping, but this is ${describe(doc.value)}`));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const finding of error.diagnostics) report(finding);
  }
  return new Map();
}

function filesBelow(folder: string): string[] {
  return listFolder(folder).flatMap((entry) => {
    if (entry.folder) return filesBelow(entry.path);
    return withoutEnding(entry.name) !== entry.name || !entry.name.includes('.') ? [entry.path] : [];
  });
}

function withoutEnding(name: string): string {
  return name.replace(/\.(ya?ml|json)$/, '');
}
