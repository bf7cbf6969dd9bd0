import { join } from 'node:path';
import { InputError, type Diagnostic } from '../errors.ts';
import { findingAt } from '../yaml/spot.ts';
import { readYaml } from '../yaml/read.ts';
import { didYouMean } from '../yaml/suggest.ts';
import { describe, isMapping } from '../yaml/values.ts';
import { ageVars, isSops, sopsVars, withoutLine } from './encrypted.ts';
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
  // What is encrypted comes behind what is not, so that it wins.
  const entries = listFolder(folder).toSorted((a, b) => Number(isSealed(a.name)) - Number(isSealed(b.name)));
  for (const entry of entries) {
    const name = entry.folder || known.has(entry.name) ? entry.name : withoutEnding(entry.name);
    const at = { file: entry.path, line: 1, col: 1 };
    if (!known.has(name)) {
      const near = didYouMean(name, known);
      const message = `there is no ${kind} "${name}": this is not read`;
      warn({ at, message, ...(near === undefined ? {} : { hint: near }) });
      continue;
    }
    const key = isSealed(entry.name) ? `sealed ${name}` : name;
    const other = files.get(key);
    if (other !== undefined) {
      report({ at, message: `"${name}" has variables in ${other}, too`, hint: 'keep one of the two' });
      continue;
    }
    files.set(key, entry.path);
    const vars = new Map<string, Variable>(found.get(name));
    const paths = entry.folder ? filesBelow(entry.path) : [entry.path];
    for (const path of paths) for (const [key, value] of loadVars(path, report)) vars.set(key, value);
    found.set(name, vars);
  }
  return found;
}

/** The variables of a file that is nothing but variables, encrypted or not. Empty files are allowed. */
export function loadVars(path: string, report: (finding: Diagnostic) => void): Vars {
  const tell = isSealed(path) ? (finding: Diagnostic) => report(withoutLine(finding)) : report;
  try {
    if (path.endsWith('.age')) return ageVars(path, tell);
    const doc = readYaml(path);
    if (isSops(doc)) return sopsVars(doc, tell);
    if (isSealed(path)) tell(findingAt(doc.spot([]), 'this is not encrypted', `sops -e -i ${path}`));
    else if (isMapping(doc.value)) return variablesOf(doc, [], doc.value, tell);
    else if (doc.value !== null)
      tell(findingAt(doc.spot([]), `a file of variables is a mapping, but this is ${describe(doc.value)}`));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const finding of error.diagnostics) tell(finding);
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
  return name.replace(/(\.sops)?\.(ya?ml|json)(\.age)?$/, '');
}

/** Whether it is to be encrypted, by its name. It may lie beside a plain one of the same group or host. */
const isSealed = (name: string): boolean => /\.age$|\.sops\.(ya?ml|json)$/.test(name);
