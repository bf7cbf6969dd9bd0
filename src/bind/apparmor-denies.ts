import { escaped, quoted } from '../apparmor/aare.ts';
import { denying, missing } from '../apparmor/covers.ts';
import type { Access } from './access-probe.ts';
import type { Access as Kind } from './needs.ts';
import type { Blocked, Judged, Layers } from './permitted.ts';

const letters: Readonly<Record<Kind, string>> = {
  read: 'r',
  write: 'w',
  replace: 'rw',
  map: 'rm',
  execute: 'x',
};

/**
 * What the rules of the profile do not give. A `deny` rule wins over all others, and bites in complain mode, too,
 * without a record (apparmor.d(5), "deny"); all else is denied in enforce and kill.
 */
export function apparmorDenies(
  { need, path, isFolder }: Judged,
  { policy, stat, user }: Access,
  profile: NonNullable<Layers['profile']>,
): readonly Blocked[] {
  const rules = policy.find((it) => it.header.name === profile.name)?.rules;
  if (rules === undefined || profile.mode === 'unconfined') return [];
  // Of a folder, any name will do that nobody has written a rule for.
  const file = isFolder ? `${path === '/' ? '' : path}/tmp-confine000` : path;
  const found = stat(file);
  const access = {
    path: file,
    permissions: letters[need.access],
    // What is not there yet will be named's own.
    owned: found === undefined ? true : user === undefined ? undefined : found.uid === user.uid,
  };
  const denied = denying(rules, access);
  const layer = 'AppArmor';
  if (denied)
    return [
      {
        layer,
        need,
        path,
        bites: true,
        by: denied.text,
        next: 'no other rule outweighs a deny rule: take it out',
      },
    ];
  const lacks = missing(rules, access);
  if (lacks.length === 0) return [];
  const pattern = isFolder ? `${escaped(path)}/**` : escaped(path);
  return [
    {
      layer,
      need,
      path,
      bites: profile.mode === 'enforce' || profile.mode === 'kill',
      by: undefined,
      next: `the rule ${quoted(pattern)} ${letters[need.access]}, would allow it`,
    },
  ];
}
