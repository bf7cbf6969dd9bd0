import { createHash } from 'node:crypto';
import type { Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import { preimage, type Located } from '../resources/file.ts';
import type { Profile, UndefinedProfile } from '../resources/profile.ts';
import type { Change } from '../resources/resources.ts';
import { isRun } from './order.ts';
import { seenUnits } from './seen.ts';

/** What loads and starts take up of a host: by `profile NAME` or a unit's name, a hash of its files as observed. */
export type Basis = Readonly<Record<string, string>>;

/**
 * Of all profiles that are to be loaded and units that are to run: the sources and files that the host has. A
 * saved plan is held against it, or it would take up whatever somebody wrote there meanwhile.
 */
export function basisOf(
  changes: readonly Change[],
  probes: readonly Probe<unknown>[],
  answer: <T>(probe: Probe<T>) => Observation<T>,
): Basis {
  const loads = new Set(changes.flatMap((it) => (it.change === 'profile' ? [it.name] : [])));
  const runs = new Set<string>(changes.flatMap((it) => (isRun(it) ? [it.unit] : [])));
  const profiles = probes.flatMap((probe): [string, string][] => {
    const seen = probe.key.startsWith('profile:') ? answer(probe) : undefined;
    if (seen?.is !== 'value') return [];
    const profile = seen.value as Profile | UndefinedProfile;
    if (profile.is === 'undefined' || !loads.has(profile.header.name)) return [];
    const { header, compiled, file, local } = profile;
    const sources = [compiled, ...[file, local].map(nodeOf)].join('\n');
    return [[`profile ${header.name}`, createHash('sha256').update(sources).digest('hex')]];
  });
  const units = [...seenUnits(probes, answer).units.values()].filter(({ name }) => runs.has(name));
  return Object.fromEntries([...profiles, ...units.map(({ name, hash }) => [name, hash] as const)]);
}

const nodeOf = ({ node }: Located): string => (node.is === 'unknown' ? '' : preimage(node));
