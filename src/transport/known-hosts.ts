import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly file: string;
  readonly line: number;
  readonly type: string;
  /** The key as base64, as in the file. */
  readonly key: string;
}

interface Listed extends KnownHost {
  /** The patterns, or the hashed name. */
  readonly hosts: string;
}

/** A file, with an index for plain names, so that thousands of lines cost nothing per host. */
export interface KnownHostsFile {
  readonly file: string;
  readonly named: ReadonlyMap<string, readonly Listed[]>;
  readonly patterns: readonly Listed[];
  readonly hashed: readonly Listed[];
  readonly revoked: readonly Listed[];
  readonly authorities: readonly Listed[];
  /** What the hashed lines gave for a name: each look costs one HMAC a line. */
  readonly unhashed: Map<string, readonly Listed[]>;
}

/** Under what name a host is looked up. An alias stands alone, without a port. */
export interface HostLookup {
  readonly name: string;
  /** Also accepted when `name` has no entry at all: the address without its port. */
  readonly fallback: string | undefined;
}

export type HostKeyVerdict =
  | { readonly is: 'known'; readonly entry: KnownHost }
  | { readonly is: 'unknown'; readonly authority: KnownHost | undefined }
  | { readonly is: 'changed'; readonly entries: readonly KnownHost[] }
  | { readonly is: 'revoked'; readonly entry: KnownHost };

export function hostLookup(address: string, port: number, alias: string | undefined): HostLookup {
  if (alias !== undefined) return { name: alias.toLowerCase(), fallback: undefined };
  const name = address.toLowerCase();
  return port === 22 ? { name, fallback: undefined } : { name: `[${name}]:${port}`, fallback: name };
}

/** Reads a known_hosts file. Lines that ssh would not understand are passed over, as ssh does. */
export function parseKnownHosts(text: string, file: string): KnownHostsFile {
  const named = new Map<string, Listed[]>();
  const found = {
    patterns: [] as Listed[],
    hashed: [] as Listed[],
    revoked: [] as Listed[],
    authorities: [] as Listed[],
  };
  for (const [i, raw] of text.split('\n').entries()) {
    const words = raw.trim().split(/[ \t]+/);
    if (words[0] === '' || words[0]?.startsWith('#')) continue;
    const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
    const [hosts, type, key] = words;
    if (hosts === undefined || type === undefined || key === undefined || !isKey(type, key)) continue;
    const entry: Listed = { file, line: i + 1, type, key, hosts };
    if (marker === '@revoked') found.revoked.push(entry);
    else if (marker === '@cert-authority') found.authorities.push(entry);
    else if (marker !== undefined) continue;
    else if (hosts.startsWith('|')) found.hashed.push(entry);
    else if (/[*?!]/.test(hosts)) found.patterns.push(entry);
    else for (const name of new Set(hosts.toLowerCase().split(','))) push(named, name, entry);
  }
  return { file, named, ...found, unhashed: new Map() };
}

/** The key types by which a host is known, so that it can be asked for one of them first. */
export function knownTypes(files: readonly KnownHostsFile[], lookup: HostLookup): readonly string[] {
  for (const name of names(lookup)) {
    const open = files.flatMap((file) => inTheOpen(file, name));
    const entries = open.length > 0 ? open : files.flatMap((file) => behindHash(file, name));
    if (entries.length > 0) return [...new Set(entries.map((entry) => entry.type))];
  }
  return [];
}

/** What the files say about the key that a host offers: its raw blob, or all that is known of it. */
export function judge(
  files: readonly KnownHostsFile[],
  lookup: HostLookup,
  key: Buffer | { readonly fingerprint: string },
): HostKeyVerdict {
  const offered = Buffer.isBuffer(key) ? key.toString('base64') : undefined;
  const print = Buffer.isBuffer(key) ? undefined : key.fingerprint;
  const same = (entry: Listed) =>
    offered === undefined ? fingerprint(entry.key) === print : entry.key === offered;
  const all = names(lookup);
  const revoked = files
    .flatMap((file) => file.revoked)
    .find((entry) => same(entry) && all.some((name) => matches(entry.hosts, name)));
  if (revoked !== undefined) return { is: 'revoked', entry: revoked };

  const open = files.flatMap((file) => inTheOpen(file, lookup.name));
  // Hashed lines are only worth their HMACs when the plain ones don't settle it.
  const entries = open.some(same)
    ? open
    : [...open, ...files.flatMap((file) => behindHash(file, lookup.name))];
  const known = entries.find(same);
  if (known !== undefined) return { is: 'known', entry: known };
  if (entries.length > 0) return { is: 'changed', entries };

  const { fallback } = lookup;
  const bare =
    fallback === undefined
      ? undefined
      : files.flatMap((file) => [...inTheOpen(file, fallback), ...behindHash(file, fallback)]).find(same);
  if (bare !== undefined) return { is: 'known', entry: bare };
  return { is: 'unknown', authority: authorityFor(files, lookup) };
}

/** The first line that names a certificate authority for a host. */
export function authorityFor(files: readonly KnownHostsFile[], lookup: HostLookup): KnownHost | undefined {
  const all = names(lookup);
  return files
    .flatMap((file) => file.authorities)
    .find((entry) => all.some((name) => matches(entry.hosts, name)));
}

/** All lines, whatever their marker, that name a host: what `ssh-keygen -F` finds. */
export function linesFor(file: KnownHostsFile, name: string): readonly KnownHost[] {
  const marked = [...file.revoked, ...file.authorities].filter((entry) => matches(entry.hosts, name));
  return [...inTheOpen(file, name), ...behindHash(file, name), ...marked].toSorted((a, b) => a.line - b.line);
}

/** As ssh prints it: `SHA256:…`. */
export function fingerprint(key: Buffer | string): string {
  const blob = typeof key === 'string' ? Buffer.from(key, 'base64') : key;
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a raw key says it has. */
export function keyType(key: Buffer): string {
  return key.length < 4 ? '?' : key.toString('latin1', 4, 4 + key.readUInt32BE(0));
}

function names(lookup: HostLookup): readonly string[] {
  return lookup.fallback === undefined ? [lookup.name] : [lookup.name, lookup.fallback];
}

function inTheOpen(file: KnownHostsFile, name: string): readonly Listed[] {
  const named = file.named.get(name) ?? [];
  if (file.patterns.length === 0) return named;
  return [...named, ...file.patterns.filter((entry) => matches(entry.hosts, name))];
}

function behindHash(file: KnownHostsFile, name: string): readonly Listed[] {
  if (file.hashed.length === 0) return file.hashed;
  const before = file.unhashed.get(name);
  if (before !== undefined) return before;
  const entries = file.hashed.filter((entry) => matches(entry.hosts, name));
  file.unhashed.set(name, entries);
  return entries;
}

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, name);
  let matched = false;
  for (const pattern of hosts.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesGlob(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

function matchesHash(hosts: string, name: string): boolean {
  const [, version, salt, hash, ...more] = hosts.split('|');
  if (version !== '1' || salt === undefined || hash === undefined || more.length > 0) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** ssh's patterns know `*` and `?` and nothing else; going back to the last star keeps it linear enough. */
export function matchesGlob(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let retry = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      retry = n;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

function isKey(type: string, key: string): boolean {
  // A key begins with its own type, whose length takes the first four bytes.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return false;
  return keyType(Buffer.from(key.slice(0, 128), 'base64')) === type;
}

function push(map: Map<string, Listed[]>, name: string, entry: Listed): void {
  const entries = map.get(name);
  if (entries === undefined) map.set(name, [entry]);
  else entries.push(entry);
}
