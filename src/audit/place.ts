import type { HostName, ProfileName } from '../brand.ts';
import { parseRules } from '../apparmor/policy.ts';
import type { Position } from '../errors.ts';
import type { CompiledTask } from '../playbook/types.ts';
import { isMapping } from '../yaml/values.ts';
import { propose, type HostDenials, type Proposal } from './propose.ts';

/** Where the rules of some hosts belong. */
export type Place =
  /** Behind the rules of this task. */
  | { readonly is: 'append'; readonly module: 'apparmor_override'; readonly at: Position }
  /** Into a task of its own before this one. */
  | { readonly is: 'insert'; readonly module: 'apparmor_mode'; readonly at: Position }
  | { readonly is: 'nowhere'; readonly why: string };

/** A proposal for the hosts that share a place. */
export interface Placed {
  readonly place: Place;
  readonly hosts: readonly HostName[];
  readonly proposal: Proposal;
}

/** What the playbooks say of a host; undefined where none names it. */
export type TasksOf = (host: HostName) => readonly CompiledTask[] | undefined;

/**
 * Proposes for each place in the playbooks apart: the last override of the profile that applies to a host, else before
 * the first task that sets the profile's mode. What the host's overrides give already is not proposed again.
 */
export function placeProposals(
  profile: ProfileName,
  hosts: readonly HostDenials[],
  tasksOf: TasksOf | undefined,
): readonly Placed[] {
  const known = hosts.map((it) => ({
    ...it,
    rules: [...it.rules, ...declared(profile, tasksOf?.(it.host) ?? [])],
  }));
  return placedEach(profile, known, tasksOf, (those) => propose(profile, those));
}

/**
 * A proposal for each place that hosts share.
 * @param tasksOf undefined where no playbook is given
 */
export function placedEach<T extends { readonly host: HostName }>(
  profile: ProfileName,
  hosts: readonly T[],
  tasksOf: TasksOf | undefined,
  proposalOf: (hosts: readonly T[]) => Proposal,
): readonly Placed[] {
  const groups = new Map<string, { place: Place; hosts: T[] }>();
  for (const it of hosts) {
    const place = tasksOf ? placeFor(profile, tasksOf(it.host)) : unplaced;
    const key = place.is === 'nowhere' ? place.why : `${place.at.file}:${place.at.line}:${place.at.col}`;
    const group = groups.get(key) ?? { place, hosts: [] };
    groups.set(key, group);
    group.hosts.push(it);
  }
  return [...groups.values()].map(({ place, hosts: those }) => ({
    place,
    hosts: those.map(({ host }) => host).toSorted(),
    proposal: proposalOf(those),
  }));
}

const unplaced: Place = { is: 'nowhere', why: 'no playbook is given' };

function placeFor(profile: ProfileName, tasks: readonly CompiledTask[] | undefined): Place {
  if (tasks === undefined) return { is: 'nowhere', why: 'no play of these playbooks names this host' };
  const about = tasks.filter((it) => isAbout(it, profile));
  const override = about.findLast((it) => it.module === 'apparmor_override' && !isAbsent(it));
  if (override !== undefined) return { is: 'append', module: 'apparmor_override', at: override.at };
  const mode = about.find((it) => it.module === 'apparmor_mode');
  if (mode !== undefined) return { is: 'insert', module: 'apparmor_mode', at: mode.at };
  return {
    is: 'nowhere',
    why: `no task of its plays is about the profile ${profile}: add one with apparmor_override`,
  };
}

/** A task names a profile as the kernel does, or by the binary that it attaches to. */
function isAbout({ params }: CompiledTask, profile: ProfileName): boolean {
  const named = isMapping(params) ? params['profile'] : undefined;
  return typeof named === 'string' && (named === profile || named.endsWith(`/${profile}`));
}

const isAbsent = ({ params }: CompiledTask) => isMapping(params) && params['state'] === 'absent';

/** The rules that the tasks of a host declare for a profile. */
export function declared(profile: ProfileName, tasks: readonly CompiledTask[]) {
  const overrides = tasks.filter(
    (it) => it.module === 'apparmor_override' && isAbout(it, profile) && !isAbsent(it),
  );
  return overrides.flatMap(({ params }) => {
    const rules = isMapping(params) && Array.isArray(params['rules']) ? params['rules'] : [];
    return parseRules(rules.map(String).join('\n'));
  });
}
