import { isOn, settingsOf, valueOf, type Unit } from '../lint/unit.ts';
import { closes, mountOver, mountsOn, type Mount, type State } from './mounts.ts';
import type { Need } from './needs.ts';
import { folderOf } from './path.ts';
import type { Blocked, Judged } from './permitted.ts';

/** Whether a need is content with what is read-only. */
export const reads = ({ access }: Need): boolean => access === 'read' || access === 'map';

/**
 * What the mount namespace of the unit hides or has read-only. The longest path decides, and of equal ones that which
 * a person names rather than what `Protect…=` brings.
 * Source: systemd.exec(5), "Sandboxing" and "Paths".
 */
export function sandboxDenies({ need, path, isFolder }: Judged, unit: Unit): readonly Blocked[] {
  // Another root has other paths: nothing is known of them here.
  if (valueOf(unit, 'RootDirectory') !== '' || valueOf(unit, 'RootImage') !== '') return [];
  const mount = mountOver(mountsOf(unit), path);
  if (mount === undefined || !closes(mount, reads(need))) return [];
  const folder = isFolder ? path : folderOf(path);
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
function mountsOf(unit: Unit): readonly Mount[] {
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

function protectedOf(unit: Unit): readonly Mount[] {
  const system = valueOf(unit, 'ProtectSystem');
  const home = valueOf(unit, 'ProtectHome');
  const by = `ProtectSystem=${system}`;
  return [
    ...(system === 'strict'
      ? [...mountsOn(['/'], 'read-only', by), ...mountsOn(['/dev', '/proc', '/sys'], 'writable', by)]
      : isOn(unit, 'ProtectSystem')
        ? mountsOn(['/usr', '/boot', '/efi', ...(system === 'full' ? ['/etc'] : [])], 'read-only', by)
        : []),
    ...(isOn(unit, 'ProtectHome')
      ? mountsOn(homes, home === 'read-only' ? 'read-only' : 'hidden', `ProtectHome=${home}`)
      : []),
    ...(isOn(unit, 'PrivateTmp')
      ? mountsOn(['/tmp', '/var/tmp'], 'empty', `PrivateTmp=${valueOf(unit, 'PrivateTmp')}`)
      : []),
  ];
}

/** The words of a list. */
const list = (unit: Unit, key: string): readonly string[] =>
  settingsOf(unit, key).flatMap(({ value }) => value.split(/\s+/).filter(Boolean));

/** The path in the mount namespace: without what may stand before it, and for a bind mount, where it is put. */
function place(word: string): string {
  const [from = '', to] = word.replace(/^[-+]+/, '').split(':');
  return (to?.startsWith('/') ? to : from).replace(/(?<=.)\/+$/, '');
}
