import { losesDigits } from '../yaml/nodes.ts';

/** What Python's ast.literal_eval makes of a text. */
export type Literal =
  | { readonly is: 'value'; readonly value: unknown }
  /** No literal: Ansible takes the text as it is. */
  | { readonly is: 'text' }
  /** A literal that JSON, or a number of JavaScript, can't hold. */
  | { readonly is: 'bad'; readonly reason: string };

/** Reads a Python literal as Ansible's INI inventories have them (plugins/inventory/ini.py, _parse_value). */
export function pythonLiteral(text: string): Literal {
  // Most values are plain words, which start no literal.
  if (!/^[ \t]*[-+.\d'"({[TFNrRbBuU]/.test(text)) return { is: 'text' };
  try {
    return { is: 'value', value: new Reader(text).whole() };
  } catch (error) {
    if (error instanceof NoLiteral) return { is: 'text' };
    if (error instanceof NotHeld) return { is: 'bad', reason: error.message };
    throw error;
  }
}

class NoLiteral extends Error {}
class NotHeld extends Error {}

/** A key of a dictionary as JSON writes it, where the value is not text. */
interface Read {
  readonly value: unknown;
  readonly key: string | undefined;
}

const maxDepth = 60;

const number =
  /(?:0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*)?\.\d(?:_?\d)*(?:[eE][-+]?\d(?:_?\d)*)?|\d(?:_?\d)*(?:\.(?:[eE][-+]?\d(?:_?\d)*)?|[eE][-+]?\d(?:_?\d)*)|0(?:_?0)*|[1-9](?:_?\d)*)(?![\w.])/y;
const opening = /([rRuUbB]|[rR][bB]|[bB][rR])?('''|"""|'|")/y;
const blanks = /[ \t\f]*(?:#.*)?/y;
const word = /(?:True|False|None)(?!\w)/y;
const words: ReadonlyMap<string, Read> = new Map([
  ['True', { value: true, key: 'true' }],
  ['False', { value: false, key: 'false' }],
  ['None', { value: null, key: 'null' }],
]);
const simpleEscapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

class Reader {
  private readonly text: string;
  private offset = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** One literal, or several with commas, which are a tuple. */
  whole(): unknown {
    this.blanks();
    const items = [this.literal().value];
    let tuple = false;
    while (this.takes(',')) {
      tuple = true;
      if (this.atEnd()) break;
      items.push(this.literal().value);
    }
    if (!this.atEnd()) throw new NoLiteral();
    return tuple ? items : items[0];
  }

  private literal(): Read {
    const char = this.text.charAt(this.offset);
    if (char === '[') return this.nested(() => ({ value: this.items('[', ']').values, key: undefined }));
    if (char === '(') return this.nested(() => this.parenthesis());
    if (char === '{') return this.nested(() => this.braces());
    if (/[-+.\d]/.test(char)) return this.number();
    const known = words.get(this.match(word)?.[0] ?? '');
    return known ?? this.strings();
  }

  private nested(read: () => Read): Read {
    this.depth += 1;
    if (this.depth > maxDepth) throw new NotHeld(`nested deeper than ${maxDepth} levels`);
    const found = read();
    this.depth -= 1;
    return found;
  }

  private parenthesis(): Read {
    const { values, first, comma } = this.items('(', ')');
    return first !== undefined && values.length === 1 && !comma ? first : { value: values, key: undefined };
  }

  private items(open: string, close: string): { values: unknown[]; first: Read | undefined; comma: boolean } {
    this.needs(open);
    const all: Read[] = [];
    let comma = true;
    while (!this.takes(close)) {
      if (!comma) throw new NoLiteral();
      all.push(this.literal());
      comma = this.takes(',');
    }
    if (all.length === 0 && this.text.charAt(this.offset - 1) === ',') throw new NoLiteral();
    return { values: all.map((it) => it.value), first: all[0], comma };
  }

  private braces(): Read {
    this.needs('{');
    const entries = new Map<string, unknown>();
    let comma = true;
    while (!this.takes('}')) {
      if (!comma) throw new NoLiteral();
      const key = this.literal();
      if (!this.takes(':')) return this.set();
      if (key.key === undefined) throw new NotHeld('its keys must be text, numbers, True, False or None');
      entries.set(key.key, this.literal().value);
      comma = this.takes(',');
    }
    return { value: Object.fromEntries(entries), key: undefined };
  }

  private set(): never {
    let comma = this.takes(',');
    while (!this.takes('}')) {
      if (!comma) throw new NoLiteral();
      this.literal();
      comma = this.takes(',');
    }
    throw new NotHeld('a set of Python is no value of JSON; write a list');
  }

  private number(): Read {
    const sign = this.takes('-') ? -1 : 1;
    if (sign === 1) this.takes('+');
    const found = this.match(number)?.[0];
    if (found === undefined) throw new NoLiteral();
    const digits = found.replaceAll('_', '');
    const float = !/^0[xob]/i.test(digits) && /[.e]/i.test(digits);
    const value = sign * Number(digits);
    if (!Number.isFinite(value) || (!float && !Number.isSafeInteger(value)) || losesDigits(digits))
      throw new NotHeld('this number has more digits than can be kept');
    return { value: value === 0 && !float ? 0 : value, key: float ? floatKey(value) : String(value) };
  }

  /** Strings beside each other are one. */
  private strings(): Read {
    let joined: string | undefined;
    for (;;) {
      const [, prefix = '', quote] = this.match(opening, false) ?? [];
      if (quote === undefined) break;
      joined = (joined ?? '') + this.string(prefix.toLowerCase(), quote);
      this.blanks();
    }
    if (joined === undefined) throw new NoLiteral();
    return { value: joined, key: joined };
  }

  private string(prefix: string, quote: string): string {
    let read = '';
    for (;;) {
      if (this.offset >= this.text.length) throw new NoLiteral();
      if (this.text.startsWith(quote, this.offset)) break;
      const char = this.text.charAt(this.offset);
      this.offset += 1;
      if (prefix.includes('b') && char > '\x7f') throw new NoLiteral();
      if (char !== '\\') read += char;
      else if (prefix.includes('r')) {
        read += char + this.text.charAt(this.offset);
        this.offset += 1;
      } else read += this.escape(prefix.includes('b'));
    }
    this.offset += quote.length;
    return read;
  }

  private escape(bytes: boolean): string {
    const char = this.text.charAt(this.offset);
    const simple = simpleEscapes[char];
    if (simple !== undefined) {
      this.offset += 1;
      return simple;
    }
    const octal = this.match(/[0-7]{1,3}/y, false)?.[0];
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    const digits = { x: 2, ...(bytes ? {} : { u: 4, U: 8 }) }[char];
    if (digits === undefined) {
      if (char === 'N' && !bytes) throw new NotHeld('"\\N{…}" is not read: write the character itself');
      return '\\';
    }
    this.offset += 1;
    const code = this.text.slice(this.offset, this.offset + digits);
    if (code.length < digits || !/^[\da-fA-F]+$/.test(code)) throw new NoLiteral();
    this.offset += digits;
    const point = Number.parseInt(code, 16);
    if (point > 0x10ffff) throw new NoLiteral();
    return String.fromCodePoint(point);
  }

  private match(pattern: RegExp, blanks = true): RegExpExecArray | undefined {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.offset = pattern.lastIndex;
    if (blanks) this.blanks();
    return found;
  }

  private takes(char: string): boolean {
    if (this.text.charAt(this.offset) !== char) return false;
    this.offset += 1;
    this.blanks();
    return true;
  }

  private needs(char: string): void {
    if (!this.takes(char)) throw new NoLiteral();
  }

  /** Blanks, and the comment at the end of a line. */
  private blanks(): void {
    this.match(blanks, false);
  }

  private atEnd(): boolean {
    return this.offset >= this.text.length;
  }
}

/** How Python writes a float as a key of JSON. */
function floatKey(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}
