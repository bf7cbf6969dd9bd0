import { resolve } from 'node:path';
import { InputError, type Diagnostic } from '../errors.ts';
import { byPlace } from '../yaml/diagnose.ts';
import { namedSpot, findingAt } from '../yaml/spot.ts';
import { draftHost, emptyDraft, settle, type Draft } from './draft.ts';
import { loadVarsFolders } from './folders.ts';
import { namesOf } from './names.ts';
import { addFile, resolveSource } from './sources.ts';
import type { Host, Inventory, Say } from './types.ts';
import { fixedVariable } from './variable.ts';

/** Reads all inventories given with `-i`. Throws InputError with every finding of all of them. */
export function loadInventory(sources: readonly string[]): Inventory {
  const findings: Diagnostic[] = [];
  const warnings: Diagnostic[] = [];
  const say: Say = { error: (it) => void findings.push(it), warn: (it) => void warnings.push(it) };
  const draft = emptyDraft();
  const folders: string[] = [];
  for (const given of sources) {
    const source = collect(say, () => resolveSource(given));
    if (source === undefined) continue;
    if (source.is === 'names') addNames(draft, source.names, say);
    else {
      folders.push(source.folder);
      for (const file of source.files) collect(say, () => addFile(draft, file, say));
    }
  }
  const { groups, hosts } = settle(draft, say.error);
  const byName: ReadonlyMap<string, Host> = hosts;
  for (const name of groups.keys()) {
    const host = byName.get(name);
    if (host !== undefined)
      warnings.push({
        at: host.at,
        message: `"${name}" is a host and a group`,
        hint: 'a pattern takes it as the host, but behind "&" and "!" as the group; rename one',
      });
  }

  // Of a folder that is given twice, the last time counts.
  const last = new Map(folders.map((folder, i) => [resolve(folder), i]));
  const names = { groups: [...groups.keys()], hosts: [...hosts.keys()] };
  const files = folders
    .filter((folder, i) => last.get(resolve(folder)) === i)
    .map((folder) => loadVarsFolders(folder, names, say));
  if (findings.length > 0) throw new InputError(findings.toSorted(byPlace));
  return { sources, hosts, groups, files, warnings };
}

/** The inventory of `-i ns1,ns2,`. */
function addNames(draft: Draft, names: readonly string[], say: Say): void {
  const spot = namedSpot('-i');
  for (const text of names) {
    const named = namesOf(text);
    if (named.is === 'bad') {
      say.error(findingAt(spot, named.reason));
      continue;
    }
    const { port } = named;
    for (const name of named.names)
      if (!draft.hosts.has(name))
        draftHost(
          draft,
          name,
          'ungrouped',
          () => spot.at,
          () => (port === undefined ? undefined : fixedVariable(spot, port)),
        );
  }
}

/** Runs a step and keeps its findings, so that one bad file does not hide those of the next. */
function collect<T>(say: Say, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const finding of error.diagnostics) say.error(finding);
    return undefined;
  }
}
