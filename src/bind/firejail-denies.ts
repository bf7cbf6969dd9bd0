import { compile } from '../apparmor/aare.ts';
import { valueOf, type Unit } from '../lint/unit.ts';
import { closes, mountOver, mountsOn, type Mount } from './mounts.ts';
import { folderOf, foldersOf } from './path.ts';
import type { Blocked, Judged } from './permitted.ts';
import { reads } from './sandbox.ts';

/**
 * What a jail of Firejail hides or has read-only, where named starts in one. A pattern hides what it matches; home
 * folders and other macros (`${HOME}`) are not named's.
 * Source: firejail(1) and firejail-profile(5) of 0.9.72, "Filesystem".
 */
export function firejailDenies(
  { need, path, isFolder }: Judged,
  profile: readonly string[],
  unit: Unit,
): readonly Blocked[] {
  if (!/\bfirejail\b/.test(valueOf(unit, 'ExecStart')) || profile.length === 0) return [];
  const jail = profile
    .map((line) => line.trim().split(/\s+/))
    .filter(([, path = '/']) => !path.includes('${'));
  const mount = hidden(jail, path) ?? mountOver(mountsOf(jail), path);
  if (mount === undefined || !closes(mount, reads(need))) return [];
  const folder = isFolder ? path : folderOf(path);
  return [
    {
      layer: 'Firejail',
      need,
      path,
      bites: true,
      by: mount.by,
      next:
        mount.state === 'read-only'
          ? `the line "read-write ${folder}" in its profile (writable: of the module) would allow it`
          : 'named does not see what lies there: leave that out, or have the files elsewhere',
    },
  ];
}

type Jail = readonly (readonly string[])[];

const argumentsOf = (jail: Jail, word: string): readonly string[] =>
  jail.flatMap(([first, path]) =>
    first === word && path !== undefined ? [path.replace(/(?<=.)\/+$/, '')] : [],
  );

/** Blacklists match the path, or a folder that it lies in; what a whitelist leaves out of its top folder is gone. */
function hidden(jail: Jail, path: string): Mount | undefined {
  const kept = new Set(argumentsOf(jail, 'noblacklist'));
  const around = [path, ...foldersOf(path)].filter((it) => it !== '/');
  for (const it of argumentsOf(jail, 'blacklist')) {
    const matches = compile(it)?.matches ?? ((one: string) => one === it);
    if (!kept.has(it) && around.some((one) => matches(one)))
      return { path, state: 'hidden', by: `blacklist ${it}` };
  }
  const lists = argumentsOf(jail, 'whitelist');
  const top = lists.map(topOf).find((it) => path.startsWith(`${it}/`));
  if (top === undefined || lists.some((it) => around.includes(it) || it.startsWith(`${path}/`)))
    return undefined;
  return { path, state: 'hidden', by: `whitelist ${lists.find((it) => topOf(it) === top)}` };
}

/** The folder that a whitelist empties but for its own: /usr/share of what lies there, else the first. */
const topOf = (path: string): string => /^\/(?:usr\/share|run\/user\/[^/]+|[^/]+)/.exec(path)?.[0] ?? '/';

function mountsOf(jail: Jail): readonly Mount[] {
  const says = (word: string): boolean => jail.some(([first]) => first === word);
  const each = (word: string, state: Mount['state']): readonly Mount[] =>
    argumentsOf(jail, word).flatMap((path) => mountsOn([path], state, `${word} ${path}`));
  return [
    ...each('read-write', 'writable'),
    ...each('read-only', 'read-only'),
    ...each('tmpfs', 'empty'),
    ...(says('private-tmp') ? mountsOn(['/tmp', '/var/tmp'], 'empty', 'private-tmp') : []),
    ...(says('disable-mnt') ? mountsOn(['/mnt', '/media', '/run/media'], 'hidden', 'disable-mnt') : []),
    ...(says('writable-var-log') ? [] : mountsOn(['/var/log'], 'empty', 'no writable-var-log')),
    ...(says('writable-var') ? [] : mountsOn(['/var'], 'read-only', 'no writable-var')),
    ...(says('writable-etc') ? [] : mountsOn(['/etc'], 'read-only', 'no writable-etc')),
    ...mountsOn(['/usr', '/bin', '/sbin', '/lib', '/boot'], 'read-only', 'firejail'),
  ];
}
