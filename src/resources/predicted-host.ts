import type { Known } from '../observe/observation.ts';
import type { Node } from './file.ts';
import type { LoadedProfile, Profile } from './profile.ts';
import type { Change } from './resources.ts';
import type { Unit } from './unit.ts';

/** What the host will look like once the changes planned so far are made: task 2 sees what task 1 will do. */
export interface PredictedHost {
  readonly packages: ReadonlySet<string>;
  node(path: string): Known<Node> | undefined;
  profile(name: string): { readonly loaded: Known<LoadedProfile>; readonly policy: 'current' } | undefined;
  unit(name: string): {
    readonly running?: boolean;
    readonly enabled?: boolean;
    /** Since the last planned change of one of its files. */
    readonly reloaded: boolean;
    readonly restarted: boolean;
  };
  /** Whether a planned change touches a file of the unit that its last planned restart did not see. */
  touchesUnit(unit: Unit): boolean;
  /** What planned changes do to a profile's rules since its last planned load. */
  policyFiles(profile: Profile): 'same' | 'looser' | 'tighter';
  predict(change: Change): void;
}
