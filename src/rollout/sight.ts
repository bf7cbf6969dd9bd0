import type { AuditRecord, AuditTrail } from '../audit/record.ts';
import type { ProfileName } from '../brand.ts';
import { absent, unknown, value, type Observation } from '../observe/observation.ts';
import { runsUnder, type Profile, type UndefinedProfile } from '../resources/profile.ts';
import type { Evidence } from './evidence.ts';
import { applying, seenSince } from './exercise.ts';
import type { StateFile } from './state.ts';
import type { RolloutSight } from './types.ts';

/** The answers of one look, of which a sight is made. */
export interface Answers {
  readonly state: Observation<StateFile>;
  readonly boot: string;
  readonly evidence: Evidence;
  readonly profile: Observation<Profile | UndefinedProfile>;
  readonly trail: Observation<AuditTrail>;
  readonly blocked: RolloutSight['blocked'];
}

/**
 * What one look tells, measured against the state of the host.
 * @param now seconds since the epoch, by the controller
 */
export function sightOf(
  { state, boot, evidence, profile, trail, blocked }: Answers,
  name: ProfileName,
  now: number,
): RolloutSight {
  const file = state.is === 'value' ? state.value : undefined;
  return {
    state: state.is === 'value' ? value(state.value.state) : state,
    boot,
    uptime: evidence.uptime,
    named: evidence.named,
    policy: policyOf(profile),
    trail: trail.is === 'value' ? value(denialsOf(trail.value, name)) : trail,
    deaths: file ? value(deathsSince(evidence, file, boot, now)) : absent,
    exercise: exerciseOf(evidence, file, boot),
    blocked,
    zones: evidence.named.is === 'value' ? value(evidence.zones) : evidence.named,
    addresses: evidence.addresses,
  };
}

function policyOf(profile: Answers['profile']): Observation<string> {
  if (profile.is !== 'value') return profile;
  const loaded = profile.value.is === 'defined' ? profile.value.loaded : absent;
  if (loaded.is === 'absent') return absent;
  return loaded.value.hash === ''
    ? unknown('the kernel gives no hash of its policy')
    : value(loaded.value.hash);
}

/** What a profile denies, or in complain mode would: of the profile itself, its children and its stacks. */
function denialsOf(
  { records, unparsed, lost, whole, cursor }: AuditTrail,
  name: ProfileName,
): Extract<RolloutSight['trail'], { is: 'value' }>['value'] {
  const alike = new Map<string, { what: string; count: number; last: number }>();
  for (const it of records) {
    if (!/^(DENIED|KILLED|ALLOWED)$/.test(it.event) || !isOf(it, name)) continue;
    const what = [it.operation, it.name ?? it.capname ?? it.family, it.deniedMask].filter(Boolean).join(' ');
    const known = alike.get(what);
    const last = Math.max(known?.last ?? 0, it.time ?? 0);
    alike.set(what, { what, count: (known?.count ?? 0) + 1, last });
  }
  // A damaged record may be one of these.
  return { denials: [...alike.values()], lost, whole: whole && unparsed.length === 0, cursor };
}

const isOf = ({ profile = '' }: AuditRecord, name: ProfileName): boolean =>
  runsUnder(profile, name) || profile.startsWith(`${name}//`);

/**
 * Ends that failed since the stage began. Of this boot the age of each is what counts, which no clock of the host
 * can move; of others only the host's clock is left.
 */
function deathsSince(
  { deaths, now: host, uptime }: Evidence,
  { state }: StateFile,
  boot: string,
  now: number,
): readonly string[] {
  const age = Math.max(0, now - state.since);
  const thisBoot = boot.replaceAll('-', '');
  return deaths
    .filter((it) => (it.boot === thisBoot ? uptime - it.uptime <= age : it.at >= host - age))
    .map(({ what, at }) => `${what} at ${new Date(at * 1000).toISOString()}`);
}

function exerciseOf(evidence: Evidence, file: StateFile | undefined, boot: string): RolloutSight['exercise'] {
  const { named, counts } = evidence;
  if (named.is !== 'value') return named;
  if (counts.is === 'unknown') return counts;
  return value({ applies: applying(evidence), seen: file ? seenSince(evidence, file, boot) : [] });
}
