/** `empty` has nothing of what others put there, but takes what is written. */
export type State = 'writable' | 'read-only' | 'empty' | 'hidden';

/** What a mount namespace makes of a path and all below it. */
export interface Mount {
  readonly path: string;
  readonly state: State;
  /** What makes it so: an assignment of a unit, a line of Firejail's profile. */
  readonly by: string;
}

/** Mounts of the same kind, for the same reason. */
export const mountsOn = (paths: readonly string[], state: State, by: string): readonly Mount[] =>
  paths.map((path) => ({ path, state, by }));

/** The mount that decides over a path: the longest; of equal ones, the first. */
export const mountOver = (mounts: readonly Mount[], path: string): Mount | undefined =>
  mounts
    .filter((it) => it.path === '/' || `${path}/`.startsWith(`${it.path}/`))
    .toSorted((a, b) => b.path.length - a.path.length)[0];

/** Whether it keeps an access from the path. */
export const closes = ({ state }: Mount, reads: boolean): boolean =>
  state !== 'writable' && state !== (reads ? 'read-only' : 'empty');
