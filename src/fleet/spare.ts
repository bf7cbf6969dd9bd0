import { servedProbe } from '../bind/served.ts';
import type { HostName, UnitName } from '../brand.ts';
import type { HostOutcome } from '../events.ts';
import { namedUnit, type NamedUnit } from '../observe/named-unit.ts';
import { value } from '../observe/observation.ts';
import type { HostPlan } from '../plan/types.ts';
import { budget, servedZones, untold, type ZoneHost } from '../rollout/servers.ts';
import type { RolloutSight } from '../rollout/types.ts';
import type { Work } from './approval.ts';
import type { Question } from './survey.ts';

/** What a host tells of its zones. */
export type Serves = Pick<RolloutSight, 'zones' | 'addresses'>;

/** Which hosts of a run may be away at once, so that no zone is without the servers that it needs. */
export interface Spare {
  /** Why a host can't be away now; undefined where it can. */
  readonly against: (host: HostName) => string | undefined;
  readonly leave: (host: HostName) => void;
  /** A host is done, and answers again if this is how. */
  readonly back: (host: HostName, outcome: HostOutcome) => void;
}

/**
 * The hosts of a run, as the servers of their zones. A server that no host of the run is, is taken to be available:
 * who is left out by `--limit` does not restart now.
 * @param ended hosts that were looked at and have nothing to be done, and how they ended
 */
export function spareOf(
  hosts: readonly { readonly it: Work; readonly serves: Serves | undefined }[],
  ended: ReadonlyMap<HostName, HostOutcome>,
): Spare {
  const servers = hosts.flatMap(({ it, serves }): ZoneHost[] =>
    it.availability
      ? [
          {
            ...it.availability,
            host: it.host,
            sight: serves ? { is: 'seen', sight: serves } : { is: 'unreachable' },
          },
        ]
      : [],
  );
  const zones = servedZones({ maxUnavailable: undefined }, servers).map((zone) => ({
    ...zone,
    servers: zone.servers.filter(({ is }) => is.is !== 'unmatched'),
  }));
  const kept = budget(
    zones,
    [...ended].flatMap(([host, outcome]) => (answers(outcome) ? [] : [host])),
  );
  return {
    against: (host) => kept.against(host),
    leave: (host) => kept.take(host),
    back: (host, outcome) => {
      if (answers(outcome)) kept.free(host);
    },
  };
}

/** Whether a host can be relied on that ended so: a locked one is being changed by another run. */
const answers = ({ is }: HostOutcome): boolean =>
  is !== 'unhealthy' && is !== 'unknown' && is !== 'unreachable' && is !== 'locked' && is !== 'crashed';

/** What becomes of a host whose zones can't spare it, with nobody left to wait for; undefined where nothing is against it. */
export const missed = (why: string | undefined): HostOutcome | undefined =>
  why === undefined
    ? undefined
    : {
        is: 'refused',
        reason: `a restart would take it from its zones: ${why}`,
        hint: 'see to those first; max_unavailable in the inventory says how many servers a zone can spare, and --limit leaves the others out of the count',
      };

/** The unit by which named is away for a while; what comes behind packages may restart it, too. Who is to stop it, means it. */
function restarted(
  { changes, tasks, watch }: HostPlan,
  declared: readonly UnitName[],
): UnitName | NamedUnit | undefined {
  const [own] = changes.flatMap((it) =>
    it.change === 'restart' && watch.includes(it.unit) ? [it.unit] : [],
  );
  if (own) return own;
  return tasks.some(({ result }) => result.is === 'deferred') ? namedUnit(declared) : undefined;
}

/**
 * The zones of a host that is going to restart named; undefined for one that is not.
 * @param declared units that the host's tasks are about
 */
export function zonesQuestion(declared: readonly UnitName[], plan: HostPlan): Question<Serves> | undefined {
  const unit = restarted(plan, declared);
  if (unit === undefined) return undefined;
  const probe = servedProbe(unit);
  return {
    probes: [probe],
    read: (answer) => {
      const seen = answer(probe);
      if (seen.is !== 'value') return { zones: seen, addresses: [] };
      return { zones: value(seen.value.zones), addresses: seen.value.addresses };
    },
  };
}

/** What is told of a host whose zones can't be told: it waits for nobody on their account. */
export const zonesUnknown = (serves: Serves): string | undefined => {
  if (serves.zones.is === 'absent') return undefined;
  const why = untold(serves);
  return why && `${why}, so it does not wait for other servers of its zones`;
};
