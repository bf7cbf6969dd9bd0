import { createHash } from 'node:crypto';
import type { Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import { preimage, type Located } from '../resources/file.ts';
import type { Profile, UndefinedProfile } from '../resources/profile.ts';
import type { Change } from '../resources/resources.ts';
import { isRun } from './order.ts';
import { seenUnits } from './seen.ts';

/** What loads and starts take up of a host, as observed: by `profile NAME` or a unit's name. */
export type Basis = Readonly<Record<string, TakenUp>>;

export type TakenUp =
  /** All that the profile is compiled from, and of it the files that are compared again under the lock. */
  | { readonly is: 'profile'; readonly hash: string; readonly files: Readonly<Record<string, string>> }
  | { readonly is: 'unit'; readonly hash: string; readonly needDaemonReload: boolean };

/**
 * Of all profiles that are to be loaded and units that are to run: the sources and files that the host has. A
 * saved plan is held against it, and so is the host under the lock, or they would take up whatever somebody wrote there
 * meanwhile.
 */
export function basisOf(
  changes: readonly Change[],
  probes: readonly Probe<unknown>[],
  answer: <T>(probe: Probe<T>) => Observation<T>,
): Basis {
  const loads = new Set(changes.flatMap((it) => (it.change === 'profile' ? [it.name] : [])));
  const runs = new Set<string>(changes.flatMap((it) => (isRun(it) ? [it.unit] : [])));
  const profiles = probes.flatMap((probe): [string, TakenUp][] => {
    const seen = probe.key.startsWith('profile:') ? answer(probe) : undefined;
    if (seen?.is !== 'value') return [];
    const profile = seen.value as Profile | UndefinedProfile;
    if (profile.is === 'undefined' || !loads.has(profile.header.name)) return [];
    const { header, compiled, file, local } = profile;
    const nodes = [file, local].map(nodeOf);
    const hash = createHash('sha256')
      .update([compiled, ...nodes.map(([, it]) => it)].join('\n'))
      .digest('hex');
    const files = Object.fromEntries(nodes.filter(([, it]) => it !== ''));
    return [[`profile ${header.name}`, { is: 'profile', hash, files }]];
  });
  const units = [...seenUnits(probes, answer).units.values()].filter(({ name }) => runs.has(name));
  return Object.fromEntries([
    ...profiles,
    ...units.map(({ name, hash, needDaemonReload }): [string, TakenUp] => [
      name,
      { is: 'unit', hash, needDaemonReload },
    ]),
  ]);
}

const nodeOf = ({ path, node }: Located): readonly [string, string] => [
  path,
  node.is === 'unknown' ? '' : preimage(node),
];
