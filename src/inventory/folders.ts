import { readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { InputError, type Diagnostic } from '../errors.ts';
import { findingAt } from '../yaml/spot.ts';
import { readYaml } from '../yaml/read.ts';
import { didYouMean } from '../yaml/suggest.ts';
import { describe, isMapping } from '../yaml/values.ts';
import { ageVars, isSops, sopsVars, withoutLine } from './encrypted.ts';
import { isFolder } from './sources.ts';
import type { Say, Variable, Vars, VarsFolders } from './types.ts';
import { setOver, variablesOf } from './variable.ts';

/** The groups and hosts that may have variables in folders. */
export interface Known {
  readonly groups: Iterable<string>;
  readonly hosts: Iterable<string>;
}

/** Reads group_vars/ and host_vars/ of one place. Files for names that nobody knows are warned about. */
export function loadVarsFolders(place: string, known: Known, say: Say): VarsFolders {
  return {
    groups: loadFolder(join(place, 'group_vars'), 'group', new Set(known.groups), say),
    hosts: loadFolder(join(place, 'host_vars'), 'host', new Set(known.hosts), say),
  };
}

/** What a name's file or folder may end with, the first that is there counts: find_vars_files of Ansible's loader. */
const endings = ['', '.yml', '.yaml', '.json'];

/** Those of files that are to be encrypted. One may lie beside a plain one of the same group or host. */
const sealedEndings = ['.sops.yml', '.sops.yaml', '.sops.json', '.yml.age', '.yaml.age', '.json.age'];

function loadFolder(
  folder: string,
  kind: 'group' | 'host',
  known: ReadonlySet<string>,
  say: Say,
): Map<string, Vars> {
  const found = new Map<string, Vars>();
  const names = new Set(listed(folder));
  if (names.size === 0) return found;
  const used = new Map<string, string>();
  for (const owner of known) {
    const vars = new Map<string, Variable>();
    // What is encrypted comes behind what is not, so that it wins.
    for (const kind of [endings, sealedEndings]) {
      const [first, ...others] = kind.map((it) => owner + it).filter((it) => names.has(it));
      if (first === undefined) continue;
      for (const name of [first, ...others]) used.set(name, first);
      const path = join(folder, first);
      for (const file of isFolder(path) === true ? filesBelow(path) : [path])
        for (const [key, value] of loadVars(file, say.error, say.warn)) setOver(vars, key, value);
      found.set(owner, vars);
    }
  }
  for (const name of [...names].toSorted()) {
    const at = { file: join(folder, name), line: 1, col: 1 };
    const taken = used.get(name);
    if (taken === name || (taken === undefined && !mayBeVars(name))) continue;
    const owner = withoutEnding(name);
    const near = didYouMean(owner, known);
    if (taken !== undefined)
      say.warn({
        at,
        message: `this is not read: ${join(folder, taken)} comes first`,
        hint: 'keep one of the two',
      });
    else
      say.warn({
        at,
        message: `there is no ${kind} "${owner}": this is not read`,
        ...(near === undefined ? {} : { hint: near }),
      });
  }
  return found;
}

/**
 * The variables of a file that is nothing but variables, encrypted or not. Empty files are allowed.
 * @param warn takes odd names, which are kept then; without it they are findings
 */
export function loadVars(path: string, report: (finding: Diagnostic) => void, warn?: Say['warn']): Vars {
  const tell = isSealed(path) ? (finding: Diagnostic) => report(withoutLine(finding)) : report;
  try {
    if (path.endsWith('.age')) return ageVars(path, tell);
    const doc = readYaml(path, 'ansible');
    if (isSops(doc)) return sopsVars(doc, tell);
    if (isSealed(path)) tell(findingAt(doc.spot([]), 'this is not encrypted', `sops -e -i ${path}`));
    else if (isMapping(doc.value))
      return variablesOf(doc, [], doc.value, warn ?? tell, warn === undefined ? 'leave' : 'keep');
    else if (doc.value !== null)
      tell(findingAt(doc.spot([]), `a file of variables is a mapping, but this is ${describe(doc.value)}`));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const finding of error.diagnostics) tell(finding);
  }
  return new Map();
}

function filesBelow(folder: string): string[] {
  return listed(folder).flatMap((name) => {
    if (/^\.|~$/.test(name)) return [];
    const path = join(folder, name);
    if (isFolder(path) === true) return extname(name) === '' ? filesBelow(path) : [];
    return endings.includes(extname(name)) || isSealed(name) ? [path] : [];
  });
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

/** Not what editors, people and package managers leave behind. */
function mayBeVars(name: string): boolean {
  return !/^\.|~$|\.(?:pyc|pyo|swp|bak|rpm|md|txt|rst|orig|cfg|ini|retry)$/.test(name);
}

function withoutEnding(name: string): string {
  return name.replace(/(\.sops)?\.(ya?ml|json)(\.age)?$/, '');
}

/** Whether a file is to be encrypted, by its name: of what it holds no line may be shown. */
const isSealed = (name: string): boolean => /\.age$|\.sops\.(ya?ml|json)$/.test(name);
