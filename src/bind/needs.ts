import type { AbsolutePath } from '../brand.ts';

/**
 * What named does with a path. `read`: opens it; `write`: opens or appends to it in place; `replace`: makes, renames
 * and removes files of its folder (a zone that is dumped goes over `tmp-XXXXXXXXXX`, keys over `K….XXXXXX`).
 */
export type Access = 'read' | 'write' | 'replace';

/** A path that named.conf has named use. */
export interface Need {
  readonly path: AbsolutePath;
  readonly access: Access;
  /** For people: `zone example.test`, `journal of zone example.test`, `log channel queries`, `pid file`. */
  readonly why: string;
  /** Where named.conf says so; undefined where it is BIND's default. */
  readonly at: { readonly file: AbsolutePath; readonly line: number } | undefined;
}

/** The need that an access to a path belongs to: that of the path itself, or of the nearest folder that it lies in. */
export function needFor(needs: readonly Need[], path: string): Need | undefined {
  const around = needs.filter((it) => path === it.path || path.startsWith(`${it.path}/`));
  return around.toSorted((a, b) => b.path.length - a.path.length)[0];
}
