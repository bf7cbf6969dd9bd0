/** The first line of a profile: `profile named /usr/sbin/named flags=(attach_disconnected) {`. */
export interface ProfileHeader {
  readonly name: string;
  readonly attach: string;
  readonly flags: readonly string[];
}

const escapeEre = (text: string) => text.replace(/[.[\]{}()*+?^$|\\]/g, '\\$&');

/** An ERE for the line that opens a profile of this name, or one that attaches to this binary. */
export function headerPattern(name: string): string {
  const it = `"?${escapeEre(name)}"?`;
  const opens = `${it}([[:space:]]|\\{|$)`;
  const named = `^[[:space:]]*profile[[:space:]]+${opens}`;
  if (!name.startsWith('/')) return named;
  return `${named}|^[[:space:]]*(profile[[:space:]]+[^[:space:]]+[[:space:]]+)?${opens}`;
}

/** Reads the line that opens a profile (apparmor.d(5), "profile" and "attachment"). */
export function readHeader(line: string): ProfileHeader {
  const flags = /flags\s*=\s*\(([^)]*)\)/.exec(line)?.[1] ?? '';
  const head = line
    .replace(/flags\s*=.*$/, '')
    .replace(/\{\s*(#.*)?$/, '')
    .replaceAll('"', '')
    .trim()
    .split(/\s+/);
  const [first = '', second] = head[0] === 'profile' ? head.slice(1) : head;
  return {
    name: first,
    attach: second ?? (first.startsWith('/') ? first : ''),
    flags: flags.split(/[\s,]+/).filter(Boolean),
  };
}

/** The header in a profile's file whose line matches. */
export function parseHeader(content: string, pattern: RegExp): ProfileHeader | undefined {
  const line = content.split('\n').find((it) => pattern.test(it));
  return line === undefined ? undefined : readHeader(line);
}

/**
 * Whether a path matches an attachment: `*` stops at a slash, `**` does not, `{a,b}` are alternatives
 * (apparmor.d(5), "Globbing").
 */
export function attachesTo(attach: string, path: string): boolean {
  if (attach === path) return true;
  if (!/[*?{[]/.test(attach)) return false;
  const source = attach.replace(/\*\*|[*?{},]|[^*?{},]+/g, (it) => {
    switch (it) {
      case '**':
        return '.*';
      case '*':
        return '[^/]*';
      case '?':
        return '[^/]';
      case '{':
        return '(?:';
      case '}':
        return ')';
      case ',':
        return '|';
      default:
        return it.replace(/[.()+^$|\\]/g, '\\$&');
    }
  });
  try {
    return new RegExp(`^${source}$`).test(path);
  } catch {
    return false;
  }
}

/** Matches the line that opens a profile of this name. */
export const opensProfile = (name: string): RegExp => fromEre(headerPattern(name));

/** A RegExp of what grep -E takes, as far as these patterns use it. */
export const fromEre = (ere: string) =>
  new RegExp(ere.replaceAll('[^[:space:]]', '\\S').replaceAll('[[:space:]]', '\\s'));
