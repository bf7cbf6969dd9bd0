import { compile } from '../apparmor/aare.ts';
import { closes, mountOver, type Mount } from './mounts.ts';
import type { Blocked, Judged } from './permitted.ts';
import { reads, type Setting } from './sandbox.ts';

/**
 * What a jail of Firejail hides or has read-only, where named starts in one. A pattern hides what it matches; home
 * folders and other macros (`${HOME}`) are not named's.
 * Source: firejail(1) and firejail-profile(5) of 0.9.72, "Filesystem".
 */
export function firejailDenies(
  { need, path, isFolder }: Judged,
  profile: readonly string[],
  unit: readonly Setting[],
): readonly Blocked[] {
  const start = unit.findLast((it) => it.key === 'ExecStart')?.value ?? '';
  if (!/\bfirejail\b/.test(start) || profile.length === 0) return [];
  const jail = profile
    .map((line) => line.trim().split(/\s+/))
    .filter(([, path = '/']) => !path.includes('${'));
  const mount = hidden(jail, path) ?? mountOver(mountsOf(jail), path);
  if (mount === undefined || !closes(mount, reads(need))) return [];
  const folder = isFolder ? path : path.slice(0, path.lastIndexOf('/')) || '/';
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
  const around = [path, ...above(path)];
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

function above(path: string): readonly string[] {
  const cut = path.lastIndexOf('/');
  if (cut <= 0) return [];
  const folder = path.slice(0, cut);
  return [folder, ...above(folder)];
}

function mountsOf(jail: Jail): readonly Mount[] {
  const says = (word: string): boolean => jail.some(([first]) => first === word);
  const mounts = (paths: readonly string[], state: Mount['state'], by: string): readonly Mount[] =>
    paths.map((path) => ({ path, state, by }));
  return [
    ...argumentsOf(jail, 'read-write').map((path): Mount => ({
      path,
      state: 'writable',
      by: `read-write ${path}`,
    })),
    ...argumentsOf(jail, 'read-only').map((path): Mount => ({
      path,
      state: 'read-only',
      by: `read-only ${path}`,
    })),
    ...argumentsOf(jail, 'tmpfs').map((path): Mount => ({ path, state: 'empty', by: `tmpfs ${path}` })),
    ...(says('private-tmp') ? mounts(['/tmp', '/var/tmp'], 'empty', 'private-tmp') : []),
    ...(says('disable-mnt') ? mounts(['/mnt', '/media', '/run/media'], 'hidden', 'disable-mnt') : []),
    ...(says('writable-var-log') ? [] : mounts(['/var/log'], 'empty', 'no writable-var-log')),
    ...(says('writable-var') ? [] : mounts(['/var'], 'read-only', 'no writable-var')),
    ...(says('writable-etc') ? [] : mounts(['/etc'], 'read-only', 'no writable-etc')),
    ...mounts(['/usr', '/bin', '/sbin', '/lib', '/boot'], 'read-only', 'firejail'),
  ];
}
