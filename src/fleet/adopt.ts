import { advised } from '../adopt/advice.ts';
import { judge, tasksFor, type Adopted } from '../adopt/judge.ts';
import { othersProbe } from '../adopt/others.ts';
import { packageNames, thingsOf, type Note, type Standing } from '../adopt/things.ts';
import { bindConfigProbe } from '../bind/config.ts';
import { ProfileName, UnitName, type HostName } from '../brand.ts';
import { namedUnit } from '../observe/named-unit.ts';
import { conffilesProbe } from '../observe/attest-conffiles.ts';
import { planHost } from '../plan/plan.ts';
import { holdProbes, holdsOn } from '../plan/rollout.ts';
import { packagesProbe } from '../resources/package.ts';
import { profileProbe } from '../resources/profile-probe.ts';
import { unitProbe } from '../resources/unit.ts';
import type { Connection } from '../transport/transport.ts';
import type { Fleet } from './fleet.ts';
import { byHost, ended, lookEach, type Ended } from './look-each.ts';
import { noNamed } from './look.ts';
import { observe, probesOf, refusal } from './survey.ts';
import type { Located, Reachable } from './targets.ts';

/** A host as it stands, with what confine init would advise there; or why nothing is known. */
export type Standings =
  | {
      readonly is: 'seen';
      readonly host: HostName;
      readonly adopted: Adopted;
      readonly advice: readonly Note[];
    }
  | Ended;

const of = namedUnit();
const [unit, config] = [unitProbe(of), bindConfigProbe(of)];
const auditd = unitProbe(UnitName.parse('auditd.service'));
const profile = profileProbe(ProfileName.parse('named'));
const packages = packagesProbe(packageNames);

/**
 * Looks at what stands on hosts, and changes nothing: one trip to find it, and one to plan what declares it.
 */
export async function adoptFleet(
  fleet: Fleet,
  hosts: readonly Located<Reachable>[],
): Promise<readonly Standings[]> {
  const looked = await lookEach(fleet, hosts, ended, (connection, { it: { host } }) =>
    look(fleet, connection, host),
  );
  return looked.toSorted(byHost);
}

async function look(fleet: Fleet, connection: Connection, host: HostName): Promise<Standings> {
  const { facts, observations } = await observe(connection, [
    unit,
    auditd,
    profile,
    packages,
    config,
    conffilesProbe,
    othersProbe,
  ]);
  const { answer } = observations;
  const named = answer(unit);
  const refused = refusal(facts, fleet.allowUntested);
  if (refused) return { is: 'ended', host, outcome: refused };
  if (named.is === 'absent') return { is: 'ended', host, outcome: noNamed };
  if (named.is === 'unknown')
    return { is: 'ended', host, outcome: { is: 'refused', reason: named.reason, hint: undefined } };
  const standing: Standing = {
    unit: named.value,
    auditd: answer(auditd),
    profile: answer(profile),
    packages: answer(packages),
    conffiles: answer(conffilesProbe),
    others: answer(othersProbe),
  };
  const found = thingsOf(standing);
  const tasks = tasksFor(found.things, fleet.modules);
  const again = await observe(connection, [...holdProbes([]), ...probesOf(tasks, fleet.modules)]);
  const seen = again.observations.answer;
  const { lsm, named: processes } = again.facts;
  const adopted = judge(found, fleet.modules, (of) =>
    planHost({
      host,
      tasks: of,
      modules: fleet.modules,
      facts: { ...again.facts },
      lsm,
      named: processes,
      answer: seen,
      holds: holdsOn({ plays: [], tasks: of }, seen),
      breakHolds: false,
    }),
  );
  const sight = { facts, unit: named.value.name, profile: standing.profile, config: answer(config) };
  return { is: 'seen', host, adopted, advice: advised(sight, standing) };
}
