import { AbsolutePath } from '../brand.ts';
import { statementOf, type Statement } from './named-conf.ts';
import type { Access, Need } from './needs.ts';

/** A line of a configuration file that holds a statement with a path, as `bind_statements` sends it. */
export interface Line {
  readonly file: AbsolutePath;
  readonly line: number;
  /** The zone, channel or the like around it: `zone example.test`; empty at the top. */
  readonly owner: string;
  readonly word: string;
  readonly value: string;
}

type Place = Need['at'] | '' | undefined;

/** Gathers needs, with paths as named resolves them. */
export interface Needing {
  add(access: Access, path: string, why: string, at?: Place): void;
  /** For the value of a statement, if there is one. */
  addValue(
    access: Access,
    block: readonly Statement[] | undefined,
    word: string,
    why: string,
    owner?: string,
  ): void;
  /** The line of a statement, by its value as it is written. */
  at(word: string, value: string, owner?: string): Need['at'];
  /** Each path once for every access. */
  all(): readonly Need[];
}

/** Gathers the needs of one named: its chroot (empty without one), its working directory, and where statements are. */
export function needing({
  root,
  directory,
  lines,
}: {
  readonly root: string;
  readonly directory: string;
  readonly lines: readonly Line[];
}): Needing {
  const found = new Map<string, Need>();
  const places = new Map<string, Need['at']>();
  for (const { file, line, owner, word, value } of lines)
    for (const key of [`${word}\n${value}`, `${word}\n${value}\n${owner}`])
      if (!places.has(key)) places.set(key, { file, line });
  const at: Needing['at'] = (word, value, owner) =>
    (owner === undefined ? undefined : places.get(`${word}\n${value}\n${owner}`)) ??
    places.get(`${word}\n${value}`);
  const add: Needing['add'] = (access, given, why, place) => {
    const path = AbsolutePath.safeParse(
      tidy(`${root}/${given.startsWith('/') ? given : `${directory}/${given}`}`),
    );
    if (!path.success) return;
    const key = `${access} ${path.data}`;
    if (!found.has(key)) found.set(key, { path: path.data, access, why, at: place || undefined });
  };
  return {
    add,
    addValue: (access, block, word, why, owner) => {
      const path = statementOf(block, word)?.words[1];
      if (path !== undefined && path !== 'none') add(access, path, why, at(word, path, owner));
    },
    at,
    all: () => [...found.values()],
  };
}

/** Without double slashes, `.` and a slash at the end. */
const tidy = (path: string): string =>
  `/${path
    .split('/')
    .filter((it) => it !== '' && it !== '.')
    .join('/')}`;
