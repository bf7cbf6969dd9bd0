/** A path pattern of AppArmor (apparmor.d(5), "Globbing"), ready to be asked. */
export interface PathPattern {
  readonly text: string;
  /** Whether the path of a file, or of a folder with its trailing slash, is one of those that it stands for. */
  readonly matches: (path: string) => boolean;
}

/**
 * Compiles a pattern as AppArmor's parser does (parser_regex.c, convert_aaregex_to_pcre): `?` and `*` stop at a
 * slash, `**` does not; a `*` or `**` that is a whole component stands for at least one byte, so that `/a/**` is
 * not `/a/` itself. As in the kernel a character class, and `?`, is about bytes, not characters.
 * Undefined for what the parser rejects, and for a pattern in which a variable is left.
 * @param pattern Without quotes, with its backslashes; its variables resolved.
 */
export function compile(pattern: string): PathPattern | undefined {
  if (pattern.includes('@{')) return undefined;
  const source = toRegExp(withSingleSlashes(toBytes(pattern)));
  if (source === undefined) return undefined;
  try {
    const regExp = new RegExp(`^(?:${source})$`);
    return { text: pattern, matches: (path) => regExp.test(toBytes(path)) };
  } catch {
    return undefined;
  }
}

/** One character for each byte of UTF-8. */
const toBytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

/** Slashes in a row are one; two at the very start are a namespace and stay (filter_slashes). */
const withSingleSlashes = (pattern: string) => pattern.replace(/(?!^\/\/(?!\/))\/+/g, '/');

function toRegExp(pattern: string): string | undefined {
  const groups: number[] = [];
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    switch (char) {
      case '\\': {
        const escape = unescape(pattern.slice(i + 1));
        if (escape === undefined) return undefined;
        source += literal(escape.char);
        i += escape.length;
        break;
      }
      case '*': {
        const stars = /^\*+/.exec(pattern.slice(i))?.[0].length ?? 1;
        const next = pattern.charAt(i + stars);
        if (source.endsWith('/') && (next === '/' || next === '')) source += '[^/\\0]';
        source += stars > 1 ? '[^\\0]*' : '[^/\\0]*';
        i += stars - 1;
        break;
      }
      case '?':
        source += '[^/\\0]';
        break;
      case '[': {
        const [, not = '', members] = /^\[(\^?)((?:\\.|[^\]\\])+)\]/.exec(pattern.slice(i)) ?? [];
        if (members === undefined) return undefined;
        source += `[${not}${members.replace(/\[/g, '\\[')}${not === '' ? '' : '\\0'}]`;
        i += members.length + not.length + 1;
        break;
      }
      case ']':
        return undefined;
      case '{':
        groups.push(0);
        source += '(?:';
        break;
      case '}': {
        const items = groups.pop();
        if (items === undefined || items === 0) return undefined;
        source += ')';
        break;
      }
      case ',':
        if (groups.length === 0) source += ',';
        else {
          groups.push((groups.pop() ?? 0) + 1);
          source += '|';
        }
        break;
      default:
        source += literal(char);
    }
  }
  return groups.length === 0 ? source : undefined;
}

const controls: Readonly<Record<string, string>> = {
  a: '\x07',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** What stands behind a backslash: a number in octal or hexadecimal, a control character, or itself. */
function unescape(rest: string): { readonly char: string; readonly length: number } | undefined {
  const [all, octal, hex] = /^([0-3]?[0-7]{1,2})|^x([0-9A-Fa-f]{1,2})/.exec(rest) ?? [];
  if (all !== undefined)
    return {
      char: String.fromCharCode(parseInt(octal ?? hex ?? '', octal === undefined ? 16 : 8)),
      length: all.length,
    };
  const char = rest.charAt(0);
  return char === '' ? undefined : { char: controls[char] ?? char, length: 1 };
}

const literal = (char: string) => (/[\\^$.*+?()[\]{}|]/.test(char) ? `\\${char}` : char);

/** A name as a pattern that stands for this name alone. */
export const escaped = (name: string): string => name.replace(/[\\*?[\]{},"]/g, '\\$&');

/** A pattern as a rule has it: in quotes where it holds what would end it. */
export const quoted = (pattern: string): string =>
  /[\s"#,!]|^[^/@]|[^\u0021-\u007e]/.test(pattern) ? `"${pattern}"` : pattern;
