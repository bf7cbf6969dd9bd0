import type { Hold } from '../observe/attest-holds.ts';
import type { Change, Desire } from '../resources/resources.ts';

/** What holds keep of a host as it is. */
export interface Held {
  /** What is wanted while they last, and the hold that makes the difference. */
  desire(declared: Desire): { readonly wanted: Desire; readonly hold: Hold | undefined };
  /** The hold that a change would break. */
  change(it: Change): Hold | undefined;
}

/**
 * How holds change what is wanted of their host: held files stay as they are, and a held profile keeps its
 * mode, while its rules, and all that no hold names, are brought up to date as ever.
 */
export function heldBy(holds: readonly Hold[]): Held {
  const ofFile = (path: string) => holds.find((it) => it.files.includes(path));
  return {
    desire: (wanted) => {
      if (wanted.resource === 'profile' && wanted.mode !== undefined) {
        const hold = holds.find((it) => it.profiles.includes(wanted.profile.header.name));
        return hold ? { wanted: { ...wanted, mode: undefined }, hold } : { wanted, hold };
      }
      if (wanted.resource === 'unit' && wanted.inside !== undefined) {
        const { inside: _, ...rest } = wanted;
        const hold = holds.find(({ files }) =>
          files.some((path) => wanted.unit.names.some((name) => path.includes(`/${name}.d/`))),
        );
        return hold ? { wanted: rest, hold } : { wanted, hold };
      }
      return { wanted, hold: undefined };
    },
    change: (it) => (it.change === 'file' ? ofFile(it.path) : undefined),
  };
}
