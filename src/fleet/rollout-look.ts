import type { AuditTrail, Cursor } from '../audit/record.ts';
import { auditTrailProbe } from '../audit/trail.ts';
import { accessProbe } from '../bind/access-probe.ts';
import { profileCalled } from '../bind/profile-probe.ts';
import type { HostOutcome } from '../events.ts';
import { namedUnit } from '../observe/named-unit.ts';
import { absent, unknown, type Observation } from '../observe/observation.ts';
import { declaredUnits } from '../plan/declared.ts';
import type { HostTasks } from '../playbook/types.ts';
import { profileProbe } from '../resources/profile-probe.ts';
import { unitProbe } from '../resources/unit.ts';
import { evidenceProbe, type Evidence } from '../rollout/evidence.ts';
import { sightOf } from '../rollout/sight.ts';
import { stateProbe, type StateFile } from '../rollout/state.ts';
import type { HostRollout, RolloutHost, RolloutSight } from '../rollout/types.ts';
import type { Connection } from '../transport/transport.ts';
import { noteTold } from './apply.ts';
import { tellEarlier } from './earlier.ts';
import type { Fleet } from './fleet.ts';
import { lookEach } from './look-each.ts';
import { blockedOnceEnforced } from './needs.ts';
import { patiently } from './patience.ts';
import { observe, refusal } from './survey.ts';
import type { Located } from './targets.ts';

/** A host of a rollout: what the playbook and the inventory say of it, and the way to it. */
export type Rolled = Located<HostTasks & { readonly rollout: HostRollout }>;

/** A host as one look found it. */
export interface Looked {
  readonly located: Rolled;
  readonly host: RolloutHost;
  readonly found: Found | undefined;
  /** How it ended where it could not be seen; undefined where it could. */
  readonly outcome: HostOutcome | undefined;
}

/** What a step needs of a look besides what the decision gets. */
export interface Found {
  readonly file: StateFile | undefined;
  readonly boot: string;
  readonly evidence: Evidence;
  readonly sight: RolloutSight;
}

/**
 * Looks at all hosts of a rollout at once. A host whose rollout has begun is asked for its audit trail in a second
 * trip of the same connection, since what to read from is kept there.
 * @param now seconds since the epoch, by the controller
 */
export function lookAt(
  fleet: Fleet,
  hosts: readonly Rolled[],
  now: () => number,
): Promise<readonly Looked[]> {
  return lookEach(fleet, hosts, unseen, async (connection, located): Promise<Looked> => {
    const found = await patiently<Found>(fleet, connection, located.it.host, () =>
      look(fleet, connection, located, now),
    );
    if ('is' in found) return unseen(located, found);
    return { located, host: seen(located, { is: 'seen', sight: found.sight }), found, outcome: undefined };
  });
}

const unseen = (located: Rolled, outcome: HostOutcome): Looked => ({
  located,
  host: seen(located, { is: 'unreachable', reason: reasonOf(outcome) }),
  found: undefined,
  outcome,
});

function seen({ it: { host, groups, rollout } }: Rolled, sight: RolloutHost['sight']): RolloutHost {
  const { names, foreign, maxUnavailable } = rollout;
  return { host, groups, names, foreign, maxUnavailable, sight };
}

const reasonOf = (it: HostOutcome): string =>
  it.is === 'locked' ? `locked by ${it.reason}` : 'reason' in it ? it.reason : it.is;

async function look(
  fleet: Fleet,
  connection: Connection,
  { it: { host, tasks, rollout } }: Rolled,
  now: () => number,
): Promise<Found | HostOutcome> {
  const { profile: name } = rollout;
  const unit = namedUnit(declaredUnits(tasks));
  const [unitOf, evidenceOf, profileOf] = [unitProbe(unit), evidenceProbe(unit), profileProbe(name)];
  const access = accessProbe(unit, profileCalled(name));
  const { facts, observations } = await observe(connection, [
    stateProbe,
    evidenceOf,
    profileOf,
    unitOf,
    access,
  ]);
  await noteTold(connection, tellEarlier(fleet.emit, host, facts));
  const refused = refusal(facts, fleet.allowUntested);
  if (refused) return refused;
  const { answer } = observations;
  const [state, evidence] = [answer(stateProbe), answer(evidenceOf)];
  if (evidence.is !== 'value')
    return {
      is: 'failed',
      reason: evidence.is === 'unknown' ? evidence.reason : 'named can’t be seen',
      hint: undefined,
    };
  const trail: Observation<AuditTrail> =
    state.is === 'value'
      ? await trailOf(connection, state.value.state.cursor)
      : state.is === 'absent'
        ? absent
        : unknown(state.reason);
  const answers = {
    state,
    boot: facts.bootId,
    evidence: evidence.value,
    profile: answer(profileOf),
    trail,
    blocked: blockedOnceEnforced(name, answer(access), answer(unitOf)),
  };
  return {
    file: state.is === 'value' ? state.value : undefined,
    boot: facts.bootId,
    evidence: evidence.value,
    sight: sightOf(answers, name, now()),
  };
}

async function trailOf(connection: Connection, cursor: Cursor): Promise<Observation<AuditTrail>> {
  const probe = auditTrailProbe({ is: 'cursor', cursor });
  return (await observe(connection, [probe])).observations.answer(probe);
}
