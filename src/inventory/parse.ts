import type { YamlFile } from '../yaml/load.ts';
import { findingAt, type Spot } from '../yaml/spot.ts';
import { didYouMean } from '../yaml/suggest.ts';
import { describe, isMapping } from '../yaml/values.ts';
import { draftGroup, draftHost, setGroupVar, setHostVar, type Draft } from './draft.ts';
import { isSops } from './encrypted.ts';
import { groupNameTrouble, namesOf } from './names.ts';
import type { Say } from './types.ts';
import { fixedVariable, variablesOf } from './variable.ts';

type Path = readonly PropertyKey[];
/** A file that is being read, and what it adds to. */
interface Given {
  readonly draft: Draft;
  readonly doc: YamlFile;
  readonly report: Say['error'];
  readonly warn: Say['warn'];
}

const groupKeys = ['hosts', 'children', 'vars'];

/** Adds what an inventory file says to the draft. */
export function addInventoryFile(draft: Draft, doc: YamlFile, say: Say): void {
  const { error: report, warn } = say;
  const given = { draft, doc, report, warn };
  if (doc.empty) {
    report(findingAt(doc.spot([]), 'the inventory is empty', 'start with "all:" and "hosts:" below it'));
    return;
  }
  if (!isMapping(doc.value)) {
    report(
      findingAt(
        doc.spot([]),
        `an inventory is a mapping of groups, but this is ${describe(doc.value)}`,
        'start with "all:" and "hosts:" below it',
      ),
    );
    return;
  }
  if (isSops(doc)) {
    report(
      findingAt(
        doc.spot(['sops'], 'key'),
        'an inventory itself cannot be encrypted by sops, only files of variables',
        'keep hosts and groups open, and encrypt group_vars/GROUP.sops.yml beside them',
      ),
    );
    return;
  }
  for (const [name, body] of Object.entries(doc.value)) {
    const spot = doc.spot([name], 'key');
    if (groupKeys.includes(name))
      report(findingAt(spot, `"${name}" belongs inside a group`, 'put "all:" above it, and indent it'));
    else if (name === 'plugin')
      report(findingAt(spot, 'inventory plugins are not supported', 'write the hosts into a YAML inventory'));
    else addGroup(given, [name], name, body);
  }
}

function addGroup(given: Given, path: Path, name: string, body: unknown): void {
  const { draft, doc, report } = given;
  const wrong = groupNameTrouble(name);
  if (wrong !== undefined) {
    report(findingAt(doc.spot(path, 'key'), wrong));
    return;
  }
  draftGroup(draft, name);
  if (body === null) return;
  if (!isMapping(body)) {
    report(
      findingAt(
        doc.spot(path),
        `the group "${name}" must be a mapping with hosts, children or vars, but is ${describe(body)}`,
      ),
    );
    return;
  }
  for (const [key, value] of Object.entries(body)) {
    const at = [...path, key];
    if (key === 'hosts') addHosts(given, at, name, value);
    else if (key === 'children') addChildren(given, at, name, value);
    else if (key === 'vars') addGroupVars(given, at, name, value);
    else {
      const near = didYouMean(key, groupKeys);
      const hint = near ?? 'a group holds hosts, children and vars; put a group inside it under "children:"';
      report(findingAt(doc.spot(at, 'key'), `unknown key "${key}" in the group "${name}"`, hint));
    }
  }
}

function addChildren(given: Given, path: Path, parent: string, children: unknown): void {
  const { draft, doc, report } = given;
  if (children === null) return;
  if (!isMapping(children)) {
    report(
      findingAt(
        doc.spot(path),
        `"children" must be a mapping of groups, but is ${describe(children)}`,
        'write each group as a key: "nameservers:"',
      ),
    );
    return;
  }
  for (const [name, body] of Object.entries(children)) {
    const at = [...path, name];
    if (groupNameTrouble(name) === undefined && !(parent === 'all' && name === 'ungrouped'))
      draftGroup(draft, parent).children.set(name, doc.spot(at, 'key'));
    addGroup(given, at, name, body);
  }
}

function addGroupVars(given: Given, path: Path, group: string, vars: unknown): void {
  const { draft, doc, report, warn } = given;
  if (vars === null) return;
  if (!isMapping(vars)) {
    report(findingAt(doc.spot(path), `"vars" must be a mapping, but is ${describe(vars)}`));
    return;
  }
  for (const [name, variable] of variablesOf(doc, path, vars, warn, 'keep'))
    setGroupVar(draft, group, name, variable, report);
}

function addHosts(given: Given, path: Path, group: string, hosts: unknown): void {
  const { doc, report } = given;
  if (hosts === null) return;
  // Ansible takes a single name without a mapping, too.
  const entries = typeof hosts === 'string' ? [[hosts, null] as const] : mappingEntries(hosts);
  if (entries === undefined) {
    report(
      findingAt(
        doc.spot(path),
        `"hosts" must be a mapping of hosts, but is ${describe(hosts)}`,
        'write each host as a key: "ns1.example.org:"',
      ),
    );
    return;
  }
  for (const [pattern, vars] of entries) {
    const at = typeof hosts === 'string' ? path : [...path, pattern];
    addHostPattern(given, at, group, pattern, vars);
  }
}

function addHostPattern(given: Given, path: Path, group: string, pattern: string, vars: unknown): void {
  const { draft, doc, report, warn } = given;
  if (vars !== null && !isMapping(vars)) {
    report(
      findingAt(doc.spot(path), `the variables of "${pattern}" must be a mapping, but are ${describe(vars)}`),
    );
    return;
  }
  const named = namesOf(pattern);
  if (named.is === 'bad') {
    report(findingAt(doc.spot(path, 'key'), named.reason));
    return;
  }
  const variables = vars === null ? undefined : variablesOf(doc, path, vars, warn, 'keep');
  const { port } = named;
  for (const name of named.names) {
    const key = (): Spot => doc.spot(path, 'key');
    draftHost(
      draft,
      name,
      group,
      () => key().at,
      () => (port === undefined ? undefined : fixedVariable(key(), port)),
    );
    for (const [key, variable] of variables ?? []) setHostVar(draft, name, key, variable, report);
  }
}

function mappingEntries(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  return isMapping(value) ? Object.entries(value) : undefined;
}
