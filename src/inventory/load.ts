import { resolve } from 'node:path';
import { InputError, type Diagnostic } from '../errors.ts';
import { byPlace } from '../yaml/diagnose.ts';
import { namedSpot, findingAt } from '../yaml/spot.ts';
import { draftHost, emptyDraft, settle, type Draft } from './draft.ts';
import { loadVarsFolders } from './folders.ts';
import { addInventoryFile, namesOf } from './parse.ts';
import { readInventoryFile, resolveSource } from './sources.ts';
import type { Host, Inventory, Vars } from './types.ts';
import { fixedVariable } from './variable.ts';

/** Reads all inventories given with `-i`. Throws InputError with every finding of all of them. */
export function loadInventory(sources: readonly string[]): Inventory {
  const findings: Diagnostic[] = [];
  const warnings: Diagnostic[] = [];
  const report = (finding: Diagnostic): void => void findings.push(finding);
  const draft = emptyDraft();
  const folders: string[] = [];
  for (const given of sources) {
    const source = collect(report, () => resolveSource(given));
    if (source === undefined) continue;
    if (source.is === 'names') addNames(draft, source.names, report);
    else {
      folders.push(source.folder);
      for (const file of source.files)
        collect(report, () => addInventoryFile(draft, readInventoryFile(file), report));
    }
  }
  const { groups, hosts } = settle(draft, report);
  const byName: ReadonlyMap<string, Host> = hosts;
  for (const name of groups.keys()) {
    const host = byName.get(name);
    if (host !== undefined)
      warnings.push({
        at: host.at,
        message: `"${name}" is a host and a group`,
        hint: 'patterns take it as the group; rename one',
      });
  }

  const known = { groups: groups.keys(), hosts: hosts.keys() };
  const groupFiles = new Map<string, Vars>();
  const hostFiles = new Map<string, Vars>();
  const places = new Map(folders.map((folder) => [resolve(folder), folder]));
  const names = { groups: [...known.groups], hosts: [...known.hosts] };
  for (const folder of places.values()) {
    const found = loadVarsFolders(folder, names, report, (warning) => void warnings.push(warning));
    for (const [name, vars] of found.groups) mergeInto(groupFiles, name, vars);
    for (const [name, vars] of found.hosts) mergeInto(hostFiles, name, vars);
  }
  if (findings.length > 0) throw new InputError(findings.toSorted(byPlace));
  return { sources, hosts, groups, files: { groups: groupFiles, hosts: hostFiles }, warnings };
}

/** The inventory of `-i ns1,ns2,`. */
function addNames(draft: Draft, names: readonly string[], report: (finding: Diagnostic) => void): void {
  const spot = namedSpot('-i');
  for (const text of names) {
    const named = namesOf(text);
    if (named.is === 'bad') {
      report(findingAt(spot, named.reason));
      continue;
    }
    for (const { name, port } of named.hosts) {
      const host = draftHost(draft, name, 'all', () => spot.at);
      if (port !== undefined) host.vars.set('ansible_port', fixedVariable(spot, port));
    }
  }
}

function mergeInto(target: Map<string, Vars>, name: string, vars: Vars): void {
  target.set(name, new Map([...(target.get(name) ?? []), ...vars]));
}

/** Runs a step and keeps its findings, so that one bad file does not hide those of the next. */
function collect<T>(report: (finding: Diagnostic) => void, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const finding of error.diagnostics) report(finding);
    return undefined;
  }
}
