import type { PredictedHost } from '../resources/predicted-host.ts';
import type { Profile } from '../resources/profile.ts';
import type { Desire } from '../resources/resources.ts';
import type { Expectation } from './types.ts';

/** What a desired state says of the process that is to run. */
export function expectationsOf(wanted: Desire): Expectation[] {
  if (wanted.resource === 'unit') {
    const { inside, under, has = [] } = wanted;
    const unit = wanted.unit.name;
    return [
      ...(inside ? [{ is: 'inside', unit, program: inside } as const] : []),
      ...has.map((trait) => ({ is: 'has', unit, trait }) as const),
      ...(under ? [{ is: 'confined', unit, profile: under.header.name, mode: modeOf(under) } as const] : []),
    ];
  }
  if (wanted.resource !== 'profile' || wanted.mode === undefined || wanted.mode === 'disabled') return [];
  const { mode } = wanted;
  const profile = wanted.profile.header.name;
  return wanted.profile.processes
    .filter(({ unit }) => unit.endsWith('.service'))
    .map(({ unit }) => ({ is: 'confined', unit, profile, mode }));
}

const modeOf = ({ loaded }: Profile) =>
  loaded.is === 'value' && loaded.value.mode === 'complain' ? 'complain' : 'enforce';

/** A later task may have changed the mode that an earlier one had seen. */
export function inTheEnd(it: Expectation, host: PredictedHost): Expectation {
  const loaded = it.is === 'confined' ? host.profile(it.profile)?.loaded : undefined;
  const mode = loaded?.is === 'value' ? loaded.value.mode : undefined;
  return it.is === 'confined' && (mode === 'enforce' || mode === 'complain') ? { ...it, mode } : it;
}
