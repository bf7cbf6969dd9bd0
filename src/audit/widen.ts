import { escaped } from '../apparmor/aare.ts';
import type { Need } from '../bind/needs.ts';
import { mayCoverAll } from './never.ts';

/** From how many files of one kind in one folder on a pattern stands for them. */
const several = 3;

/** What BIND writes beside a zone's file; with these endings a pattern is never about the zones themselves. */
const companions = /\.(jnl|jbk|signed|mkeys|nzf|nzd|key|private|state)$/;

/** A path that was accessed, and the statement of that host's named.conf that it belongs to. */
export interface SeenPath {
  readonly path: string;
  readonly need: Need | undefined;
}

/** A pattern, whether a statement about its folder is all that carries it, and the paths that it stands for. */
export interface Widened {
  readonly pattern: string;
  readonly stated: boolean;
  readonly paths: readonly string[];
}

/**
 * The patterns for paths of one kind of access, only as wide as they carry: the whole folder where a statement of
 * named.conf is about it, names that BIND makes up each time by their form, three or more files of one folder by the
 * ending or beginning that they share, and every other file by itself. More paths never give a narrower result.
 */
export function widen(seen: Iterable<SeenPath>, letter: string): Widened[] {
  const groups = new Map<string, { stated: boolean; paths: Set<string> }>();
  const add = (pattern: string, stated: boolean, path: string) => {
    const group = groups.get(pattern) ?? { stated, paths: new Set() };
    groups.set(pattern, group);
    group.paths.add(path);
  };
  const alike = new Map<string, Set<string>>();
  for (const { path, need } of seen) {
    const stated = statedFolder(path, letter, need);
    const made = letter === 'm' ? undefined : madeUp(path);
    const kind = letter === 'm' ? undefined : kindOf(path);
    if (stated !== undefined) add(`${escaped(stated)}/**`, true, path);
    else if (made !== undefined) add(made, false, path);
    else if (kind === undefined) add(escaped(path), false, path);
    else alike.set(kind, (alike.get(kind) ?? new Set()).add(path));
  }
  for (const [pattern, members] of alike)
    for (const path of members) add(members.size >= several ? pattern : escaped(path), false, path);
  return [...groups].map(([pattern, it]) => ({ ...it, pattern, paths: [...it.paths].toSorted() }));
}

/** The folder that a statement is about, where it has named do such a thing in it. */
function statedFolder(path: string, letter: string, need: Need | undefined): string | undefined {
  if (need === undefined || letter === 'm' || !path.startsWith(`${need.path}/`)) return undefined;
  if (path === `${need.path}/` || !mayCoverAll(need.path)) return undefined;
  return letter === 'r' || need.access === 'write' || need.access === 'replace' ? need.path : undefined;
}

/** A pattern for names with a random part: of a file that is written beside, and of keys with their numbers. */
function madeUp(path: string): string | undefined {
  const [, folder = '', name = ''] = /^(.*\/)([^/]+)$/.exec(path) ?? [];
  if (/^tmp-[A-Za-z0-9]{10}$/.test(name)) return `${escaped(folder)}tmp-??????????`;
  const zone = /^(K.*\.\+)\d{3}\+\d{5}\./.exec(name)?.[1];
  return zone === undefined ? undefined : `${escaped(folder + zone)}*`;
}

/** A pattern for the files of the same folder that are named alike. */
function kindOf(path: string): string | undefined {
  const [, folder = '', name = ''] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
  if (name === '' || !mayCoverAll(folder)) return undefined;
  const ending = companions.exec(name)?.[0];
  if (ending !== undefined) return `${escaped(folder)}/*${ending}`;
  if (name.startsWith('db.')) return `${escaped(folder)}/db.*`;
  const [suffix] = /(?<=.)\.[A-Za-z][A-Za-z0-9]{0,9}$/.exec(name) ?? [];
  return suffix === undefined ? undefined : `${escaped(folder)}/*${suffix}`;
}
