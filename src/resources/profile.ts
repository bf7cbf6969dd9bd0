import { closest, distance } from 'fastest-levenshtein';
import { UnitName, type AbsolutePath, type ProfileName } from '../brand.ts';
import type { Known } from '../observe/observation.ts';
import { Refusal, type Located, type Node } from './file.ts';
import type { PredictedHost } from './predicted-host.ts';
import type { ProfileHeader } from './profile-header.ts';
import type { UnitChange } from './unit.ts';

/** Modes as the kernel prints them in `policy/profiles/NAME.N/mode`. */
export type Mode = 'enforce' | 'complain' | 'kill' | 'unconfined' | 'mixed' | 'user';

/** A profile that the kernel has loaded. */
export interface LoadedProfile {
  readonly name: string;
  readonly mode: Mode;
  /** The binary it attaches to by its file, which may be a pattern; empty where no file says. */
  readonly attach: string;
  /** The kernel's hash of the policy, SHA-1 or SHA-256; empty where the kernel keeps none. */
  readonly hash: string;
  /** The kernel's hash of what the parser had handed over: that of the output of `apparmor_parser -S`. */
  readonly raw: string;
}

export interface ProfileProcess {
  readonly pid: number;
  readonly label: string;
  readonly unit: string;
}

/** A profile that a file of /etc/apparmor.d defines, with all that bears on it. */
export interface Profile {
  readonly is: 'defined';
  readonly header: ProfileHeader;
  readonly file: Located;
  /** The folder's local/ file of the same name, and whether the preprocessed profile includes it. */
  readonly local: Located;
  readonly includesLocal: boolean;
  readonly forceComplain: Located;
  readonly disable: Located;
  readonly loaded: Known<LoadedProfile>;
  readonly policy: PolicyState;
  /** The hash of what its files compile to; empty where the parser gave none. */
  readonly compiled: string;
  readonly processes: readonly ProfileProcess[];
}

/** Whether what the kernel runs is what the files on the host say. */
export type PolicyState = 'current' | 'stale' | 'unknown';

/** No file defines the profile; the names that the kernel does know are for a hint. */
export interface UndefinedProfile {
  readonly is: 'undefined';
  readonly known: readonly string[];
  /** Loaded without a file in /etc/apparmor.d (a snap's, or one of a removed package). */
  readonly loaded: boolean;
}

/** What a profile can be declared as. */
export type WantedMode = 'enforce' | 'complain' | 'disabled';

export interface ProfileDesire {
  readonly resource: 'profile';
  readonly profile: Profile;
  /** Undefined keeps the mode that the kernel has, and a profile that somebody disabled as it is. */
  readonly mode: WantedMode | undefined;
  /** How a tightened policy is proven on the units that run under it. */
  readonly prove: 'restart' | 'reload' | 'none';
  /** Loaded in place of the profile's file, in the mode that the kernel has, while the file stays. */
  readonly copy?: Buffer;
}

/** The kernel loads a profile from its file, in its new mode or with its new rules; or it forgets it. */
export interface ProfileChange {
  readonly change: 'profile';
  readonly name: string;
  readonly file: AbsolutePath;
  readonly from: Mode | 'absent';
  readonly to: Mode | 'absent';
  readonly why: string;
  /** Units with processes under it. Unloaded, they are unconfined at once; to have them back takes a restart. */
  readonly units: readonly UnitName[];
  /** Something that was allowed may now be denied, so only a restart proves that named still starts. */
  readonly tightens: boolean;
  /** The kernel loads these bytes in place of the file, which is to be as it was observed, and stays. */
  readonly copy?: { readonly of: Known<Node>; readonly content: Buffer };
}

/**
 * The load that leads to the wanted mode and rules, if the kernel has others, and what proves it. What
 * tightens is proven by a restart: in the kernel it takes effect at once, while named still holds what it
 * has open, so health would pass and the next reboot would fail.
 * @throws {Refusal} for a stub profile (`unconfined`), which confines nothing in any mode.
 */
export function compareProfile(desire: ProfileDesire, host: PredictedHost): (ProfileChange | UnitChange)[] {
  const { header, file, loaded } = desire.profile;
  const from = loaded.is === 'value' ? loaded.value.mode : 'absent';
  if (header.flags.includes('unconfined') || from === 'unconfined')
    throw new Refusal(
      'error',
      `profile ${header.name} in ${file.path} is an "unconfined" stub: it confines nothing in any mode`,
      'install or write a real profile for this program first',
    );
  if (desire.mode === 'disabled') return compareUnload(desire.profile, from);
  if (desire.copy && file.node.is !== 'unknown')
    return [
      {
        ...change(desire.profile, from, from, 'a copy with the flag audit, not its file', false),
        copy: { of: file.node, content: desire.copy },
      },
    ];
  const load = compareLoad(desire, desire.mode, from, host);
  const proofs = unitsOf(desire.profile.processes).flatMap((unit): UnitChange[] => {
    if (
      desire.mode &&
      desire.profile.processes.some((it) => it.unit === unit && !runsUnder(it.label, header.name))
    )
      return [
        {
          change: 'restart',
          unit,
          why: [`it runs unconfined, although it belongs under profile ${header.name}`],
        },
      ];
    if (load?.tightens !== true || desire.prove === 'none') return [];
    return [{ change: desire.prove, unit, why: [`proves that it works under ${header.name} (${load.to})`] }];
  });
  return [...(load ? [load] : []), ...proofs.filter((it) => !host.unit(it.unit).restarted)];
}

const unitsOf = (processes: readonly ProfileProcess[]): readonly UnitName[] =>
  [...new Set(processes.map((it) => it.unit))]
    .filter((it) => it.endsWith('.service'))
    .map((it) => UnitName.parse(it));

function compareUnload(profile: Profile, from: Mode | 'absent'): ProfileChange[] {
  if (from === 'absent') return [];
  const why = `the kernel has it in ${from} mode`;
  return [change(profile, from, 'absent', why, false)];
}

const change = (
  profile: Profile,
  from: Mode | 'absent',
  to: Mode | 'absent',
  why: string,
  tightens: boolean,
): ProfileChange => ({
  change: 'profile',
  name: profile.header.name,
  file: profile.file.path,
  from,
  to,
  why,
  units: unitsOf(profile.processes.filter((it) => runsUnder(it.label, profile.header.name))),
  tightens,
});

function compareLoad(
  desire: ProfileDesire,
  mode: 'enforce' | 'complain' | undefined,
  from: Mode | 'absent',
  host: PredictedHost,
): ProfileChange | undefined {
  const { header, policy, disable } = desire.profile;
  // The parser loads no profile that is disabled, so only a task that says its mode has it loaded.
  if (mode === undefined && disable.node.is === 'value') return undefined;
  const forced = desire.profile.forceComplain.node.is === 'value' || header.flags.includes('complain');
  const to = mode ?? (from === 'enforce' || from === 'complain' ? from : forced ? 'complain' : 'enforce');
  const rules = host.policyFiles(desire.profile);
  const why = loadReason(from, to, rules !== 'same', policy === 'stale');
  if (why === undefined) return undefined;
  const tightens = to === 'enforce' && (from !== 'enforce' || rules === 'tighter' || policy === 'stale');
  return change(desire.profile, from, to, why, tightens);
}

function loadReason(
  from: Mode | 'absent',
  to: Mode,
  rulesChange: boolean,
  stale: boolean,
): string | undefined {
  if (from === 'absent') return 'the kernel does not have it loaded';
  if (from !== to) return `the kernel has it in ${from} mode`;
  if (rulesChange) return 'its rules change';
  return stale ? 'the kernel runs other rules than the files hold' : undefined;
}

/** Confined under this profile, whatever is stacked on it (`named//&unconfined`). */
export const runsUnder = (label: string, profile: string): boolean =>
  label.split(' (')[0]?.split('//&').includes(profile) ?? false;

/**
 * The profile behind a name, where a file of the host defines it.
 * @throws {Refusal} where none does: confine writes rules for profiles that exist, and invents none.
 */
export function definedProfile(name: ProfileName, seen: Known<Profile | UndefinedProfile>): Profile {
  if (seen.is === 'value' && seen.value.is === 'defined') return seen.value;
  const known = seen.is === 'value' && seen.value.is === 'undefined' ? seen.value.known : [];
  const near = known.length > 0 ? closest(name, known) : undefined;
  const hint =
    near !== undefined && distance(name, near) <= Math.max(2, name.length / 3)
      ? `did you mean "${near}"?`
      : 'install the package that brings it, or name one that aa-status lists';
  throw new Refusal('error', `no file in /etc/apparmor.d defines a profile ${name}`, hint);
}
