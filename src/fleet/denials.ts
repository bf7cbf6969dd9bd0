import { accessProbe } from '../bind/access-probe.ts';
import { profileCalled } from '../bind/profile-probe.ts';
import { auditTrailProbe, type From } from '../audit/trail.ts';
import type { AuditTrail } from '../audit/record.ts';
import type { HostDenials } from '../audit/propose.ts';
import type { HostName, ProfileName } from '../brand.ts';
import type { HostOutcome } from '../events.ts';
import { namedUnit } from '../observe/named-unit.ts';
import type { Observation } from '../observe/observation.ts';
import type { Connection } from '../transport/transport.ts';
import type { Fleet } from './fleet.ts';
import { byHost, ended, lookEach, type Ended } from './look-each.ts';
import { observe, refusal } from './survey.ts';
import type { Located, Reachable } from './targets.ts';

/** A host's audit trail with what its named needs and its profile allows, or how the look at it ended. */
export type DenialsSeen =
  | {
      readonly is: 'seen';
      readonly host: HostName;
      readonly trail: AuditTrail;
      readonly needs: HostDenials['needs'];
      readonly rules: HostDenials['rules'];
    }
  | Ended;

/** Reads the audit trail of all hosts, one trip each, and changes nothing. */
export async function denialsFleet(
  fleet: Fleet,
  hosts: readonly Located<Reachable>[],
  profile: ProfileName,
  from: From,
): Promise<readonly DenialsSeen[]> {
  const trail = auditTrailProbe(from);
  const access = accessProbe(namedUnit(), profileCalled(profile));
  const look = async (connection: Connection, located: Located<Reachable>): Promise<DenialsSeen> => {
    const { facts, observations } = await observe(connection, [trail, access]);
    const refused = refusal(facts, fleet.allowUntested);
    if (refused) return ended(located, refused);
    const found = observations.answer(trail);
    if (found.is !== 'value') return ended(located, unreadable(found));
    const allowed = observations.answer(access);
    if (allowed.is === 'unknown')
      fleet.emit({
        event: 'warning',
        host: located.it.host,
        message: `which statement needed what was denied is not known: ${allowed.reason}`,
      });
    const policy =
      allowed.is === 'value' ? allowed.value.policy.find((it) => it.header.name === profile) : undefined;
    return {
      host: located.it.host,
      is: 'seen',
      trail: found.value,
      needs: allowed.is === 'value' ? allowed.value.needs : [],
      rules: policy?.rules ?? [],
    };
  };
  return (await lookEach(fleet, hosts, ended, look)).toSorted(byHost);
}

/** A log that can't be read is unknown, and not empty. */
const unreadable = (seen: Exclude<Observation<unknown>, { is: 'value' }>): HostOutcome => ({
  is: 'refused',
  reason: seen.is === 'unknown' ? seen.reason : 'it keeps no audit trail',
  hint: 'what was denied there is not known: the module auditd keeps a trail',
});
