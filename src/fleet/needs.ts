import type { HostName, ProfileName, UnitName } from '../brand.ts';
import { accessProbe, type Access } from '../bind/access-probe.ts';
import type { Start } from '../bind/config.ts';
import { blockedNeeds, blockedText, type Blocked, type Layers } from '../bind/permitted.ts';
import { namedProfileProbe, profileOfNamed } from '../bind/profile-probe.ts';
import type { HostOutcome } from '../events.ts';
import { fileSource, unitOf } from '../lint/unit.ts';
import { namedUnit } from '../observe/named-unit.ts';
import { value, type Observation } from '../observe/observation.ts';
import { declaredUnits } from '../plan/declared.ts';
import type { HostPlan } from '../plan/types.ts';
import type { HostTasks } from '../playbook/types.ts';
import type { Profile, UndefinedProfile } from '../resources/profile.ts';
import { isUnitFile, unitProbe, type Unit } from '../resources/unit.ts';
import type { Fleet } from './fleet.ts';
import { ended, lookEach, type Ended } from './look-each.ts';
import { observe, outcomeOf, refusal, survey, type Question } from './survey.ts';
import type { Located, Reachable } from './targets.ts';

/** What named needs and is not permitted, and how that named is started. */
export interface SeenNeeds {
  readonly start: Start;
  readonly blocked: readonly Blocked[];
}

/** The same for one host, or how the look at it ended. */
export type CheckedNeeds = ({ readonly is: 'seen'; readonly host: HostName } & SeenNeeds) | Ended;

/**
 * Looks at hosts for what their layers keep from named: one trip as they are, and one more as their tasks will make
 * them.
 */
export function checkNeeds(
  fleet: Fleet,
  hosts: readonly Located<Reachable & Partial<Pick<HostTasks, 'tasks' | 'plays'>>>[],
): Promise<readonly CheckedNeeds[]> {
  return lookEach(fleet, hosts, ended, async (connection, located): Promise<CheckedNeeds> => {
    const { host, tasks, plays } = located.it;
    const planned = tasks && (await survey(connection, { host, tasks, plays: plays ?? [] }, fleet));
    const early = planned && refusal(planned.facts, fleet.allowUntested);
    if (early) return ended(located, early);
    if (planned?.plan.state === 'blocked') return ended(located, outcomeOf(planned.plan));
    const question = needsQuestion(declaredUnits(tasks ?? []), planned?.plan);
    const { facts, observations } = await observe(connection, question.probes);
    const needs = question.read(observations.answer);
    const refused = refusal(facts, fleet.allowUntested);
    if (refused) return ended(located, refused);
    if (needs.is === 'value') return { is: 'seen', host, ...needs.value };
    return ended(located, {
      is: 'refused',
      reason: needs.is === 'unknown' ? needs.reason : 'there is no named.service on this host',
      hint: 'nothing is said of what can’t be seen',
    });
  });
}

/** Whether a plan changes what named may do, so that its needs are worth a second trip. */
export const changesConfinement = ({ changes }: Pick<HostPlan, 'changes'>): boolean =>
  changes.some(
    (it) =>
      (it.change === 'profile' && it.to !== 'absent' && it.copy === undefined) ||
      (it.change === 'file' && /^\/etc\/(apparmor\.d|firejail|systemd\/system\/[^/]+\.d)\//.test(it.path)),
  );

/**
 * What named needs, and what would keep that from it once the changes of a plan are made.
 * @param declared units that the host's tasks are about
 */
export function needsQuestion(
  declared: readonly UnitName[],
  plan?: Pick<HostPlan, 'changes' | 'expect'>,
): Question<Observation<SeenNeeds>> {
  const files = (plan?.changes ?? []).flatMap((it) => (it.change === 'file' ? [it] : []));
  const of = namedUnit(declared);
  const planned = profileOfNamed((plan?.expect ?? []).flatMap((it) => (it.is === 'confined' ? [it] : [])));
  const unitOfNamed = unitProbe(of);
  const profileProbe = namedProfileProbe(of, planned);
  const access = accessProbe(of, planned, files);
  return {
    probes: [unitOfNamed, profileProbe, access],
    read: (answer) => {
      const [seen, unit, profile] = [answer(access), answer(unitOfNamed), answer(profileProbe)];
      if (seen.is !== 'value') return seen;
      if (unit.is === 'unknown') return unit;
      const layers: Layers = {
        access: seen.value,
        profile: profileAfter(profile.is === 'value' ? profile.value : undefined, plan),
        unit: unit.is === 'value' ? unitAfter(unit.value, files) : unitOf('named.service', []),
      };
      return value({ start: seen.value.start, blocked: blockedNeeds(layers) });
    },
  };
}

/**
 * What named.conf needs and a profile will not give once it is enforced: rules that are missing, transitions that are
 * missing, and deny rules, which bite in complain mode already, and silently.
 */
export function blockedOnceEnforced(
  name: ProfileName,
  access: Observation<Access>,
  unit: Observation<Unit>,
): Observation<readonly string[]> {
  if (access.is !== 'value') return access;
  if (unit.is !== 'value') return unit;
  const layers: Layers = {
    access: access.value,
    profile: { name, mode: 'enforce' },
    unit: unitAfter(unit.value, []),
  };
  return value(blockedNeeds(layers).flatMap((it) => (it.layer === 'AppArmor' ? [blockedText(it)] : [])));
}

function profileAfter(
  seen: Profile | UndefinedProfile | undefined,
  plan: Pick<HostPlan, 'changes'> | undefined,
): Layers['profile'] {
  if (seen?.is !== 'defined') return undefined;
  const { name } = seen.header;
  const to = plan?.changes.findLast((it) => it.change === 'profile' && it.name === name);
  const mode =
    to?.change === 'profile' ? to.to : seen.loaded.is === 'value' ? seen.loaded.value.mode : 'absent';
  return mode === 'absent' ? undefined : { name, mode };
}

type FileChange = Extract<HostPlan['changes'][number], { readonly change: 'file' }>;

/** A unit with the drop-ins that a plan writes and takes away. */
function unitAfter(unit: Unit, changes: readonly FileChange[]): Layers['unit'] {
  const folders = unit.names.map((it) => `/etc/systemd/system/${it}.d/`);
  const own = changes.filter(
    ({ path }) => path.endsWith('.conf') && folders.some((it) => path.startsWith(it)),
  );
  const kept = unit.parts.filter((it) => isUnitFile(it) && !own.some(({ path }) => path === it.path));
  const written = own.flatMap(({ path, after }) =>
    after.is === 'value' && after.value.is === 'file'
      ? [{ path, content: after.value.content.toString('utf8') }]
      : [],
  );
  const sources = [...kept, ...written].map(({ path, content }) => fileSource(path, content));
  return unitOf(unit.name, sources);
}

/** What is told of many findings at once. */
const most = 12;

/** The findings of one host as lines for people, those that bite first. */
function needLines(blocked: readonly Blocked[]): readonly string[] {
  const lines = blocked.toSorted((a, b) => Number(b.bites) - Number(a.bites)).map(blockedText);
  return lines.length <= most
    ? lines
    : [
        ...lines.slice(0, most),
        `${lines.length - most} more needs are blocked; confine check --host lists all`,
      ];
}

/** The same for what could not be seen. */
export const needWarnings = (needs: Observation<SeenNeeds>): readonly string[] =>
  needs.is === 'value'
    ? needLines(needs.value.blocked)
    : needs.is === 'unknown'
      ? [`what named.conf needs is not known, so nothing was compared with it: ${needs.reason}`]
      : [];

/** What is blocked counts as what can't go together: exit 3. */
export const outcomeOfNeeds = (it: CheckedNeeds): HostOutcome => {
  if (it.is === 'ended') return it.outcome;
  const bites = it.blocked.find((one) => one.bites);
  return bites ? { is: 'conflict', reason: blockedText(bites), hint: bites.next } : { is: 'in-sync' };
};
