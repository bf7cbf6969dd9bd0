/**
 * Parts of names that differ from run to run, with a star instead. Numbers alone are none of them: `db.10` and `db.11`
 * are two zones.
 */
const parts: readonly (readonly [RegExp, string])[] = [
  [/^\/proc\/\d+(?=\/|$)/, '/proc/*'],
  [/(?<=^\/proc\/\*\/task)\/\d+(?=\/|$)/, '/*'],
  // BIND's own for files that it renames later (isc_file_template, isc_file_renameunique in lib/isc/file.c).
  [/(?<=\/)tmp-[A-Za-z0-9]{10}$/, 'tmp-*'],
  [/(?<=\/)(db|jn)-(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{8}$/, '$1-*'],
  // Keys are called K<zone>.+<algorithm>+<id>, and made under a name with six more letters (lib/dns/dst_api.c).
  [/(?<=\/)(K[^/]*\+\d{3})\+\d{5}\.(?!state$)[A-Za-z0-9]{6}$/, '$1+*.*'],
  [/(?<=\/)(K[^/]*\+\d{3})\+\d{5}(?=\.|$)/, '$1+*'],
  // Versions of a log, by number or by time.
  [/(?<=\.log)\.\d+$/, '.*'],
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '*'],
];

/** A name that all names which differ only in random or numeric parts have in common. */
export const alike = (name: string): string =>
  parts.reduce((text, [pattern, instead]) => text.replace(pattern, instead), name);
