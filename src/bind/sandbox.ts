import { closes, mountOver, type Mount, type State } from './mounts.ts';
import type { Need } from './needs.ts';
import type { Blocked, Judged } from './permitted.ts';

/** Whether a need is content with what is read-only. */
export const reads = ({ access }: Need): boolean => access === 'read' || access === 'map';

/** An assignment of a unit, in [Service]. */
export interface Setting {
  readonly key: string;
  readonly value: string;
}

const isNo = (value: string): boolean => /^(0|no|n|false|f|off|)$/i.test(value);

/**
 * What the mount namespace of the unit hides or has read-only. The longest path decides, and of equal ones that which
 * a person names rather than what `Protect…=` brings.
 * Source: systemd.exec(5), "Sandboxing" and "Paths".
 */
export function sandboxDenies(
  { need, path, isFolder }: Judged,
  unit: readonly Setting[],
): readonly Blocked[] {
  // Another root has other paths: nothing is known of them here.
  if (last(unit, 'RootDirectory') !== '' || last(unit, 'RootImage') !== '') return [];
  const mount = mountOver(mountsOf(unit), path);
  if (mount === undefined || !closes(mount, reads(need))) return [];
  const folder = isFolder ? path : path.slice(0, path.lastIndexOf('/')) || '/';
  return [
    {
      layer: 'the sandbox',
      need,
      path,
      bites: true,
      by: mount.by,
      next:
        mount.state === 'read-only'
          ? `ReadWritePaths=-${folder} in a drop-in would allow it`
          : 'named does not see what lies there: leave that out, or have the files elsewhere',
    },
  ];
}

const homes = ['/home', '/root', '/run/user'];
const stateFolders: Readonly<Record<string, string>> = {
  RuntimeDirectory: '/run',
  StateDirectory: '/var/lib',
  CacheDirectory: '/var/cache',
  LogsDirectory: '/var/log',
};

/** Mounts by what a person names first, so that equal paths keep that order. */
function mountsOf(unit: readonly Setting[]): readonly Mount[] {
  const mount = (path: string, state: State, by: string): Mount => ({ path, state, by });
  const named = (key: string, state: State) =>
    list(unit, key).map((word) => mount(place(word), state, `${key}=${word}`));
  return [
    ...named('InaccessiblePaths', 'hidden'),
    ...named('ReadOnlyPaths', 'read-only'),
    ...named('ReadWritePaths', 'writable'),
    ...named('BindPaths', 'writable'),
    ...named('BindReadOnlyPaths', 'read-only'),
    ...list(unit, 'TemporaryFileSystem').map((it) =>
      mount(
        place(it.split(':')[0] ?? ''),
        it.includes(':ro') ? 'hidden' : 'empty',
        `TemporaryFileSystem=${it}`,
      ),
    ),
    ...Object.entries(stateFolders).flatMap(([key, folder]) =>
      list(unit, key).map((it) => mount(`${folder}/${it.split(':')[0]}`, 'writable', `${key}=${it}`)),
    ),
    ...protectedOf(unit),
  ];
}

function protectedOf(unit: readonly Setting[]): readonly Mount[] {
  const [system, home, tmp] = ['ProtectSystem', 'ProtectHome', 'PrivateTmp'].map((key) => last(unit, key));
  const mounts = (paths: readonly string[], state: State, by: string): Mount[] =>
    paths.map((path) => ({ path, state, by }));
  const found: Mount[] = [];
  if (system !== undefined && !isNo(system)) {
    const by = `ProtectSystem=${system}`;
    if (system === 'strict') {
      found.push(...mounts(['/'], 'read-only', by), ...mounts(['/dev', '/proc', '/sys'], 'writable', by));
    } else
      found.push(
        ...mounts(['/usr', '/boot', '/efi', ...(system === 'full' ? ['/etc'] : [])], 'read-only', by),
      );
  }
  if (home !== undefined && !isNo(home))
    found.push(...mounts(homes, home === 'read-only' ? 'read-only' : 'hidden', `ProtectHome=${home}`));
  if (tmp !== undefined && !isNo(tmp))
    found.push(...mounts(['/tmp', '/var/tmp'], 'empty', `PrivateTmp=${tmp}`));
  return found;
}

/** The words of a list behind its last reset. */
function list(unit: readonly Setting[], key: string): readonly string[] {
  const all = unit.filter((it) => it.key === key);
  return all
    .slice(all.findLastIndex((it) => it.value.trim() === '') + 1)
    .flatMap(({ value }) => value.trim().split(/\s+/))
    .filter(Boolean);
}

const last = (unit: readonly Setting[], key: string): string =>
  unit.findLast((it) => it.key === key)?.value.trim() ?? '';

/** The path in the mount namespace: without what may stand before it, and for a bind mount, where it is put. */
function place(word: string): string {
  const [from = '', to] = word.replace(/^[-+]+/, '').split(':');
  return (to?.startsWith('/') ? to : from).replace(/(?<=.)\/+$/, '');
}
