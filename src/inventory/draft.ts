import type { HostName } from '../brand.ts';
import type { Diagnostic, Position } from '../errors.ts';
import { findingAt, type Spot } from '../yaml/spot.ts';
import type { Group, Host, Variable } from './types.ts';
import { setOver } from './variable.ts';

/** Groups and hosts while files are still adding to them. */
export interface Draft {
  readonly groups: Map<string, DraftGroup>;
  readonly hosts: Map<HostName, DraftHost>;
}

interface DraftGroup {
  priority: number;
  readonly hosts: Set<HostName>;
  /** The children with the place that makes them so. */
  readonly children: Map<string, Spot>;
  readonly vars: Map<string, Variable>;
}

interface DraftHost {
  readonly at: Position;
  readonly groups: Set<string>;
  readonly vars: Map<string, Variable>;
}

export function emptyDraft(): Draft {
  const draft: Draft = { groups: new Map(), hosts: new Map() };
  draftGroup(draft, 'all');
  draftGroup(draft, 'ungrouped');
  return draft;
}

export function draftGroup(draft: Draft, name: string): DraftGroup {
  let group = draft.groups.get(name);
  if (group === undefined) {
    group = { priority: 1, hosts: new Set(), children: new Map(), vars: new Map() };
    draft.groups.set(name, group);
  }
  return group;
}

/** Puts a host into a group. What is told of it by functions is asked for at its first mention only. */
export function draftHost(
  draft: Draft,
  name: HostName,
  group: string,
  position: () => Position,
  port?: () => Variable | undefined,
): void {
  let host = draft.hosts.get(name);
  if (host === undefined) {
    host = { at: position(), groups: new Set(), vars: new Map() };
    draft.hosts.set(name, host);
    const given = port?.();
    if (given !== undefined) host.vars.set('ansible_port', given);
  }
  if (group !== 'all') host.groups.add(group);
  draftGroup(draft, group).hosts.add(name);
}

/** Sets a variable of a group; `ansible_group_priority` is no variable, but the group's rank. */
export function setGroupVar(
  draft: Draft,
  group: string,
  name: string,
  variable: Variable,
  report: (finding: Diagnostic) => void,
): void {
  const target = draftGroup(draft, group);
  if (name !== 'ansible_group_priority') {
    setOver(target.vars, name, variable);
    return;
  }
  const priority = /^[-+]?\d+$/.test(String(variable.value).trim()) ? Number(variable.value) : undefined;
  if (priority !== undefined) target.priority = priority;
  else report(findingAt(variable.spot(), '"ansible_group_priority" must be a whole number'));
}

/** Sets a variable of a host; of the group where a name stands for both, as Ansible's set_variable has it. */
export function setHostVar(
  draft: Draft,
  name: HostName,
  key: string,
  variable: Variable,
  report: (finding: Diagnostic) => void,
): void {
  if (draft.groups.has(name)) setGroupVar(draft, name, key, variable, report);
  else {
    const host = draft.hosts.get(name);
    if (host !== undefined) setOver(host.vars, key, variable);
  }
}

/** Settles depths, memberships and merge orders. Reports groups that contain themselves. */
export function settle(
  draft: Draft,
  report: (finding: Diagnostic) => void,
): { groups: Map<string, Group>; hosts: Map<HostName, Host> } {
  const ungrouped = draftGroup(draft, 'ungrouped');
  for (const [name, host] of draft.hosts) {
    if (host.groups.size > 1 && host.groups.delete('ungrouped')) ungrouped.hosts.delete(name);
    if (host.groups.size > 0) continue;
    host.groups.add('ungrouped');
    ungrouped.hosts.add(name);
  }

  const parents = parentsOf(draft);
  const loops = findLoops(draft);
  for (const loop of loops) report(loop);
  const depths = loops.length > 0 ? new Map<string, number>() : depthsOf(draft, parents);
  const groups = new Map<string, Group>();
  for (const [name, group] of draft.groups) {
    const [first, orphans] = name === 'all' ? [['ungrouped'], orphansOf(draft, parents)] : [[], []];
    groups.set(name, {
      name,
      depth: depths.get(name) ?? 0,
      priority: group.priority,
      hosts: [...group.hosts],
      children: [...new Set([...first, ...group.children.keys(), ...orphans])],
      vars: group.vars,
    });
  }

  const inOrder = mergeOrder(groups, parents);
  const hosts = new Map<HostName, Host>();
  for (const [name, host] of draft.hosts)
    hosts.set(name, { name, at: host.at, groups: inOrder(host.groups), vars: host.vars });
  return { groups, hosts };
}

function parentsOf(draft: Draft): ReadonlyMap<string, readonly string[]> {
  const parents = new Map<string, string[]>();
  for (const [name, group] of draft.groups) {
    for (const child of group.children.keys()) {
      const known = parents.get(child);
      if (known === undefined) parents.set(child, [name]);
      else known.push(name);
    }
  }
  return parents;
}

/** Groups that nobody lists as a child belong to `all`. */
function orphansOf(draft: Draft, parents: ReadonlyMap<string, readonly string[]>): string[] {
  return [...draft.groups.keys()].filter((g) => g !== 'all' && g !== 'ungrouped' && !parents.has(g));
}

function findLoops(draft: Draft): Diagnostic[] {
  const found: Diagnostic[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (name: string): void => {
    if (done.has(name)) return;
    trail.push(name);
    for (const [child, spot] of draft.groups.get(name)?.children ?? []) {
      const start = trail.indexOf(child);
      if (start < 0) visit(child);
      else {
        const way = [...trail.slice(start), child].join(' → ');
        found.push(findingAt(spot, `the group "${child}" contains itself: ${way}`));
      }
    }
    trail.pop();
    done.add(name);
  };
  for (const name of draft.groups.keys()) visit(name);
  return found;
}

function depthsOf(draft: Draft, parents: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const depths = new Map<string, number>([['all', 0]]);
  const depth = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const found = 1 + Math.max(0, ...(parents.get(name) ?? []).map(depth));
    depths.set(name, found);
    return found;
  };
  for (const name of draft.groups.keys()) depth(name);
  return depths;
}

/** All groups around some groups, in the order in which their variables are merged. */
function mergeOrder(
  groups: ReadonlyMap<string, Group>,
  parents: ReadonlyMap<string, readonly string[]>,
): (direct: ReadonlySet<string>) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (direct) => {
    const key = [...direct].join(',');
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const all = new Set(direct);
    // A set grows while it is walked, so this reaches every ancestor once.
    for (const name of all) for (const parent of parents.get(name) ?? []) all.add(parent);
    all.delete('all');
    const ordered = [...all]
      .flatMap((name) => groups.get(name) ?? [])
      .toSorted((a, b) => a.depth - b.depth || a.priority - b.priority || (a.name < b.name ? -1 : 1))
      .map((group) => group.name);
    known.set(key, ordered);
    return ordered;
  };
}
