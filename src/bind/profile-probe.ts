import type { ProfileName } from '../brand.ts';
import type { NamedUnit } from '../observe/named-unit.ts';
import { absent, type Observation } from '../observe/observation.ts';
import type { Probe, ShellSource } from '../observe/probe.ts';
import { shQuote } from '../quote.ts';
import { parseProfile } from '../resources/profile-probe.ts';
import type { Profile, UndefinedProfile } from '../resources/profile.ts';
import { fromEre, headerPattern } from '../resources/profile-header.ts';

/** A profile as the shell on a host has it. */
export interface AskedProfile {
  readonly key: string;
  readonly needs: readonly ShellSource[];
  /** What comes before the first question about it. */
  readonly decide: readonly string[];
  /** The ERE that finds the file which defines it, as a word of shell. */
  readonly ere: string;
}

/** A profile by the kernel's name of it. */
export const profileCalled = (name: ProfileName): AskedProfile => ({
  key: name,
  needs: [],
  decide: [],
  ere: shQuote(headerPattern(name)),
});

/**
 * The profile of a host's named: the one that it runs under, else the one that attaches to its binary.
 * @param planned profiles that units will run under
 */
export const profileOfNamed = (
  planned: readonly { readonly unit: string; readonly profile: string }[],
): AskedProfile => ({
  key: ['of named', ...planned.flatMap(({ unit, profile }) => [unit, profile])].join(' '),
  needs: [
    'resources/file.observe.sh',
    'resources/profile.observe.sh',
    'bind/start.sh',
    'bind/profile.observe.sh',
  ],
  decide: [
    ['decide_named_profile', ...planned.flatMap((it) => [it.unit, it.profile].map(shQuote))].join(' '),
  ],
  ere: '"$named_header"',
});

/** Asks for that profile with its file; absent where named has none. */
export const namedProfileProbe = (
  of: NamedUnit,
  profile: AskedProfile,
): Probe<Profile | UndefinedProfile> => ({
  key: `profile:${of.key}:${profile.key}`,
  needs: [...of.needs, ...profile.needs],
  gather: of.gather,
  ask: (key) => ['observe_apparmor', of.decide, ...profile.decide, `observe_named_profile ${key}`].join('\n'),
  parse: (frames, key): Observation<Profile | UndefinedProfile> => {
    const name = frames.text(`${key} name`)?.trim() ?? '';
    return name === '' ? absent : parseProfile(frames, key, name, fromEre(headerPattern(name)));
  },
});
