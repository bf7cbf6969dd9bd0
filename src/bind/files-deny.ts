import type { Access, Stat } from './access-probe.ts';
import { folderOf, foldersOf } from './path.ts';
import type { Blocked, Judged } from './permitted.ts';
import { reads } from './sandbox.ts';

const read = 4;
const write = 2;
const search = 1;

/**
 * What owner and mode do not give named's user: the search of each folder above, reading a file, writing to it, or
 * making it. Access lists beyond that (acl(5)) are not looked at.
 */
export function filesDeny({ need, path, isFolder }: Judged, { stat, user }: Access): readonly Blocked[] {
  if (user === undefined || user.uid === 0) return [];
  const may = (it: Stat, bits: number): boolean => {
    const shift = it.uid === user.uid ? 6 : user.groups.has(it.gid) ? 3 : 0;
    return ((it.mode >> shift) & bits) === bits;
  };
  const blocked = (at: string, verb: string, bits: number): readonly Blocked[] => {
    const found = stat(at);
    if (found === undefined || may(found, bits)) return [];
    return [
      {
        layer: 'file permissions',
        need,
        path,
        // named reads its configuration as root before it becomes another user; a reload reads it as that one.
        bites: !isConfiguration(need.why),
        by: `${user.name} may not ${verb} ${at}, which is ${mode(found)}`,
        next: `on the host: ${fix(at, user.name, found, bits)}`,
      },
    ];
  };
  for (const folder of foldersOf(path)) {
    const closed = blocked(folder, 'go through', search);
    if (closed.length > 0) return closed;
  }
  if (reads(need)) return isFolder ? blocked(path, 'list', read | search) : blocked(path, 'read', read);
  if (isFolder) return blocked(path, 'make files in', write | search);
  // A journal is opened in place; other files that are replaced come by a rename.
  const inPlace = need.access === 'write' || path.endsWith('.jnl');
  return inPlace && stat(path)
    ? blocked(path, 'write to', write)
    : blocked(folderOf(path), 'make files in', write | search);
}

const isConfiguration = (why: string): boolean => ['named.conf', 'an include', 'key of rndc'].includes(why);

const mode = ({ mode: bits, uid, gid }: Stat): string =>
  `${(bits & 0o7777).toString(8).padStart(4, '0')} of ${uid}:${gid}`;

function fix(path: string, user: string, { mode: bits, gid }: Stat, wanted: number): string {
  const letters = [wanted & read ? 'r' : '', wanted & write ? 'w' : '', wanted & search ? 'x' : ''].join('');
  // What is closed for all others may hold secrets, so it is opened for the user's group alone.
  return gid === 0 || (bits & 7) === 0 || wanted & write
    ? `chgrp ${user} ${path} && chmod g+${letters} ${path}`
    : `chmod o+${letters} ${path}`;
}
