/** One rule of an AppArmor profile (apparmor.d(5)), its names without quotes and with their variables. */
export type Rule =
  | FileRule
  | LinkRule
  | (Qualifiers & {
      readonly is: 'capability';
      /** In lower case, without CAP_; empty for all of them. */
      readonly names: readonly string[];
    })
  | (Qualifiers & {
      readonly is: 'network';
      /** What may be done; empty for everything. */
      readonly permissions: readonly string[];
      readonly family: string | undefined;
      readonly sockType: string | undefined;
      readonly protocol: string | undefined;
    })
  /** What has permissions in brackets and conditions with `=`: signal, ptrace, unix, dbus, mqueue, io_uring. */
  | (Qualifiers & {
      readonly is: 'mediation';
      readonly kind: string;
      readonly permissions: readonly string[];
      /** `peer=(label=x)` is `peer.label`; a list in brackets keeps its order. */
      readonly conditions: ReadonlyMap<string, readonly string[]>;
    })
  /** Anything else: mount, umount, remount, pivot_root, change_profile, rlimit, userns, … */
  | (Qualifiers & { readonly is: 'other'; readonly kind: string })
  /** A line that is no rule of a kind that is known here. */
  | { readonly is: 'unread'; readonly text: string };

export interface Qualifiers {
  /** As written, blanks made one, without the comma. */
  readonly text: string;
  readonly deny: boolean;
  readonly audit: boolean;
  readonly owner: boolean;
}

export interface FileRule extends Qualifiers {
  readonly is: 'file';
  /** A pattern, for aare.ts; undefined for `file,`, which is every file. */
  readonly path: string | undefined;
  /** Of `r w a l k m`. */
  readonly permissions: ReadonlySet<string>;
  /** How it may be executed: `ix`, `Px`, `pix`; for `deny`, `x`. */
  readonly exec: string | undefined;
  /** Behind `->`: where a link may lead, or the profile that an executed program gets. */
  readonly target: string | undefined;
}

export interface LinkRule extends Qualifiers {
  readonly is: 'link';
  readonly subset: boolean;
  readonly path: string;
  readonly target: string;
}

const mediations = new Set(['signal', 'ptrace', 'unix', 'dbus', 'mqueue', 'io_uring']);
const others = new Set('abi alias all change_profile mount pivot_root remount set umount userns'.split(' '));

/**
 * Reads one rule. Never throws.
 * @param text As statements.ts has it, or as a line of a local file has it; with or without its comma.
 */
export function parseRule(text: string): Rule {
  const plain = text.trim().replace(/\s*,$/, '').trim();
  const words = wordsOf(plain);
  const qualifiers = { text: plain.replace(/\s+/g, ' '), deny: false, audit: false, owner: false };
  while (words.length > 0) {
    const word = words[0] ?? '';
    if (word === 'deny' || word === 'audit' || word === 'owner') qualifiers[word] = true;
    else if (word !== 'allow' && word !== 'other' && !word.startsWith('priority=')) break;
    words.shift();
  }
  const unread: Rule = { is: 'unread', text: plain };
  const [first = '', ...rest] = words;
  if (first === 'file' || isPath(first) || isPath(words[1] ?? '')) {
    return fileRule(first === 'file' ? rest : words, qualifiers) ?? unread;
  }
  switch (first) {
    case 'link':
      return linkRule(rest, qualifiers) ?? unread;
    case 'capability':
      return {
        ...qualifiers,
        is: 'capability',
        names: rest.map((it) => it.toLowerCase().replace(/^cap_/, '')),
      };
    case 'network':
      return networkRule(rest, qualifiers);
  }
  if (mediations.has(first)) return { ...qualifiers, is: 'mediation', kind: first, ...conditionsOf(rest) };
  return others.has(first) ? { ...qualifiers, is: 'other', kind: first } : unread;
}

/** Words, with what is in quotes or in brackets kept in one. */
function wordsOf(text: string): string[] {
  return text.match(/(?:"(?:\\.|[^"\\])*"|\((?:"[^"]*"|[^)"])*\)|\\.|[^\s"(\\])+/g) ?? [];
}

const isPath = (word: string) => /^"?(\/|@\{)/.test(word);

/** A name without its quotes. */
export const unquoted = (word: string): string =>
  word.startsWith('"') && word.endsWith('"') && word.length > 1
    ? word.slice(1, -1).replaceAll('\\"', '"')
    : word;

function fileRule(words: readonly string[], qualifiers: Qualifiers): FileRule | undefined {
  const arrow = words.indexOf('->');
  const head = arrow < 0 ? words : words.slice(0, arrow);
  const target = arrow < 0 ? undefined : unquoted(words[arrow + 1] ?? '');
  if (head.length === 0)
    return { ...qualifiers, is: 'file', path: undefined, permissions: new Set('rwalkm'), exec: 'ix', target };
  const [path, permissions] = isPath(head[0] ?? '') ? head : head.toReversed();
  if (head.length !== 2 || path === undefined || permissions === undefined) return undefined;
  const [, exec] = /([pPcCuU]?[iuU]?x)/.exec(permissions) ?? [];
  const plain = permissions.replace(exec ?? '', '');
  if (!isPath(path) || !/^[rwalkm]*$/.test(plain)) return undefined;
  const letters = new Set(plain);
  // Whoever may write may append.
  if (letters.has('w')) letters.add('a');
  return { ...qualifiers, is: 'file', path: unquoted(path), permissions: letters, exec, target };
}

function linkRule(words: readonly string[], qualifiers: Qualifiers): LinkRule | undefined {
  const subset = words[0] === 'subset';
  const [path, arrow, target] = subset ? words.slice(1) : words;
  if (path === undefined || arrow !== '->' || target === undefined) return undefined;
  return { ...qualifiers, is: 'link', subset, path: unquoted(path), target: unquoted(target) };
}

const socketTypes = new Set(['stream', 'dgram', 'seqpacket', 'rdm', 'raw', 'packet']);
const networkPermissions = new Set(
  'create accept bind connect listen read write send receive getsockname getpeername getsockopt setsockopt fcntl ioctl shutdown getpeersec getattr setattr r w rw'.split(
    ' ',
  ),
);

function networkRule(words: readonly string[], qualifiers: Qualifiers): Rule {
  const permissions = words.filter((it) => it.startsWith('(') || networkPermissions.has(it)).flatMap(listOf);
  const names = words.filter((it) => !it.startsWith('(') && !networkPermissions.has(it) && !it.includes('='));
  const sockType = names.find((it, at) => socketTypes.has(it) && (at > 0 || it !== 'packet'));
  const [family, protocol] = names.filter((it) => it !== sockType);
  const protocols = ['tcp', 'udp', 'icmp'];
  return family !== undefined && protocols.includes(family)
    ? { ...qualifiers, is: 'network', permissions, family: undefined, sockType, protocol: family }
    : { ...qualifiers, is: 'network', permissions, family, sockType, protocol };
}

const listOf = (text: string): string[] =>
  (text.replace(/^\(|\)$/g, '').match(/"[^"]*"|[^\s,"]+/g) ?? []).map(unquoted);

function conditionsOf(words: readonly string[]) {
  const permissions: string[] = [];
  const conditions = new Map<string, readonly string[]>();
  for (const word of words) {
    const [, key, value = ''] = /^(\w+)=(.*)$/.exec(word) ?? [];
    if (key === undefined) permissions.push(...listOf(word));
    else if (/^\(.*=/.test(value))
      for (const [, inner = '', it = ''] of value.matchAll(/(\w+)=("[^"]*"|\([^)]*\)|[^\s,)]+)/g))
        conditions.set(`${key}.${inner}`, listOf(it));
    else conditions.set(key, listOf(value));
  }
  return { permissions, conditions };
}
