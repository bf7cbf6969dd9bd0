import { parseRules } from '../apparmor/policy.ts';
import type { HostName, ProfileName } from '../brand.ts';
import { differenceOf } from './from-profile.ts';
import { declared, placedEach, type Placed, type TasksOf } from './place.ts';
import type { Shipped } from './shipped.ts';

/** A profile's file on a host beside its package's. */
export interface RewrittenProfile {
  readonly host: HostName;
  readonly file: string;
  readonly shipped: Shipped;
}

/**
 * Proposes what somebody, or aa-logprof, has added to a packaged profile as overrides, for each place in the playbooks
 * apart, so that the packaged file can come back. What the overrides of a host give already is not proposed again.
 */
export function placeRewritten(
  profile: ProfileName,
  hosts: readonly RewrittenProfile[],
  tasksOf: TasksOf | undefined,
): readonly Placed[] {
  return placedEach(profile, hosts, tasksOf, (those) => proposalOf(profile, those, tasksOf));
}

function proposalOf(
  profile: ProfileName,
  hosts: readonly RewrittenProfile[],
  tasksOf: TasksOf | undefined,
): Placed['proposal'] {
  const rules = new Map<string, Set<HostName>>();
  const not = new Map<string, { what: string; why: string; hosts: Set<HostName> }>();
  let covered = 0;
  for (const { host, shipped } of hosts) {
    const found = differenceOf(profile, shipped.packaged, shipped.now);
    const given = new Set(declared(profile, tasksOf?.(host) ?? []).map((it) => JSON.stringify(it)));
    for (const text of found?.overrides ?? []) {
      if (parseRules(text).every((it) => given.has(JSON.stringify(it)))) covered += 1;
      else rules.set(text, (rules.get(text) ?? new Set()).add(host));
    }
    for (const { what, why } of found?.shown ?? []) {
      const known = not.get(`${what}\n${why}`) ?? { what, why, hosts: new Set() };
      known.hosts.add(host);
      not.set(`${what}\n${why}`, known);
    }
  }
  const file = hosts[0]?.file ?? '';
  const from = (those: ReadonlySet<HostName>) => ({ hosts: [...those].toSorted(), file });
  return {
    profile,
    rules: [...rules]
      .map(([text, those]) => ({ text, from: from(those) }))
      .toSorted((a, b) => (a.text < b.text ? -1 : 1)),
    not: [...not.values()].map(({ what, why, hosts: those }) => ({ what, why, from: from(those) })),
    covered,
  };
}
