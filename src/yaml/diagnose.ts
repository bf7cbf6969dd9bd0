import type { z } from 'zod';
import { counted } from '../counted.ts';
import type { Diagnostic } from '../errors.ts';
import { keysAt } from './schema-keys.ts';
import { findingAt, type Spot } from './spot.ts';
import { didYouMean } from './suggest.ts';
import { describe, isMapping, quote, valueAt } from './values.ts';

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** A value that a schema refused, and where its parts were written. */
export interface Subject {
  /** What the whole value is called in messages. */
  readonly name?: string;
  readonly value: unknown;
  readonly schema: z.core.$ZodType;
  spot(path: Path, which?: 'key' | 'value'): Spot;
  /** A scalar as it was written, to quote it back: `0644`, not 644. */
  raw(path: Path): string | undefined;
  /** The next step for an unknown key, where more is known than the schema's keys. */
  keyHint?(key: string, path: Path): string | undefined;
  /** More about where the value at a path comes from. */
  note?(path: Path): string | undefined;
}

/** The findings of a schema, in the order of the file. `skip` leaves out those about a value at a path. */
export function diagnose(
  issues: readonly Issue[],
  subject: Subject,
  skip: (path: Path) => boolean = () => false,
): Diagnostic[] {
  const findings = issues
    .flatMap((issue) => flatten(issue))
    .filter((issue) => issue.code === 'unrecognized_keys' || !skip(issue.path))
    .flatMap((issue) => explain(issue, subject));
  // A misspelt key that is required would be reported twice.
  const hints = new Set(findings.map((finding) => finding.hint));
  const isMisspelt = ({ message }: Diagnostic): boolean => {
    const missing = /(?:^|: )("[^"]+") is missing$/.exec(message)?.[1];
    return missing !== undefined && hints.has(`did you mean ${missing}?`);
  };
  return findings.filter((finding) => !isMisspelt(finding)).toSorted(byPlace);
}

/** Orders findings by file, line and column. */
export function byPlace(a: Diagnostic, b: Diagnostic): number {
  const files = a.at.file < b.at.file ? -1 : a.at.file > b.at.file ? 1 : 0;
  return files || a.at.line - b.at.line || a.at.col - b.at.col;
}

/** A union reports the alternative that fits best; a value that fits none keeps the union's issue. */
function flatten(issue: Issue, above: Path = []): readonly Issue[] {
  const path = [...above, ...issue.path];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ ...issue, path }];
  const fitting = issue.errors.filter((branch) => !branch.some(isWholeMismatch));
  const best = fitting.toSorted((a, b) => a.length - b.length)[0];
  return best === undefined ? [{ ...issue, path }] : best.flatMap((inner) => flatten(inner, path));
}

function isWholeMismatch(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

function explain(issue: Issue, subject: Subject): readonly Diagnostic[] {
  const value = valueAt(subject.value, issue.path);
  const name = label(issue.path, subject.name);
  const found = (message: string, hint?: string): readonly Diagnostic[] => [
    findingAt(subject.spot(issue.path), message, joined(hint, subject.note?.(issue.path))),
  ];
  if (isMissing(issue, subject)) {
    const key = String(issue.path.at(-1));
    return [findingAt(subject.spot(issue.path.slice(0, -1), 'key'), `"${key}" is missing`)];
  }
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) =>
        findingAt(
          subject.spot([...issue.path, key], 'key'),
          `unknown key "${key}"`,
          subject.keyHint?.(key, issue.path) ?? keyHint(key, keysAt(subject.schema, issue.path)),
        ),
      );
    case 'invalid_type':
      if (!isDefaultMessage(issue)) return found(issue.message);
      return found(
        `${name} must be ${noun(issue.expected)}, but is ${shown(value, issue.path, subject)}`,
        typeHint(issue.expected, value, subject.raw(issue.path)),
      );
    case 'invalid_value':
      return found(...choice(name, issue.values.map(String), value, subject.raw(issue.path)));
    case 'invalid_union': {
      if (issue.discriminator !== undefined)
        return found(...choice(name, optionsOf(issue), value, subject.raw(issue.path)));
      return found(...union(name, issue, value, shown(value, issue.path, subject), subject.raw(issue.path)));
    }
    case 'invalid_key': {
      const reason = issue.issues[0]?.message ?? issue.message;
      const spot = subject.spot(issue.path, 'key');
      return [findingAt(spot, `the key ${quote(String(issue.path.at(-1)))} is not allowed: ${reason}`)];
    }
    case 'too_small':
    case 'too_big':
      return found(isDefaultMessage(issue) ? `${name} ${bound(issue)}` : issue.message);
    case 'not_multiple_of':
      return found(`${name} must be a multiple of ${issue.divisor}`);
    case 'invalid_format':
    case 'invalid_element':
    case 'custom':
      break;
  }
  return found(`${name}: ${lowerFirst(issue.message)}`);
}

function isMissing(issue: Issue, subject: Subject): boolean {
  if (issue.path.length === 0) return false;
  const parent = valueAt(subject.value, issue.path.slice(0, -1));
  const key = issue.path.at(-1) ?? '';
  const typed =
    issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union';
  return typed && isMapping(parent) && !Object.hasOwn(parent, key);
}

/** Schemas may bring messages of their own; zod's are not written for people. */
function isDefaultMessage(issue: Issue): boolean {
  return /^(Invalid |Too (small|big)|Unrecognized )/.test(issue.message);
}

function label(path: Path, whole: string | undefined): string {
  const last = path.at(-1);
  if (typeof last === 'string') return `"${last}"`;
  const list = path.findLast((step) => typeof step === 'string');
  if (list !== undefined) return `an item of "${list}"`;
  if (last !== undefined) return 'an item';
  return whole === undefined ? 'this' : `"${whole}"`;
}

const nouns: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'empty',
};

function noun(expected: string): string {
  return nouns[expected] ?? expected;
}

function shown(value: unknown, path: Path, subject: Subject): string {
  const raw = subject.raw(path);
  return typeof value === 'number' && raw !== undefined ? `the number ${raw}` : describe(value);
}

const yes = /^(y|yes|on|true|1)$/i;
const no = /^(n|no|off|false|0)$/i;

function typeHint(expected: string, value: unknown, raw: string | undefined): string | undefined {
  if (expected === 'boolean') {
    const word = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
    if (yes.test(word)) return 'write true';
    if (no.test(word)) return 'write false';
  }
  if (expected === 'string' && (typeof value === 'number' || typeof value === 'boolean'))
    return `quote it: "${raw ?? String(value)}"`;
  if ((expected === 'number' || expected === 'int') && typeof value === 'string' && value !== '')
    return Number.isFinite(Number(value)) ? `write it without quotes: ${value}` : undefined;
  if (expected === 'array' && (typeof value === 'string' || typeof value === 'number'))
    return `write a list: [${raw ?? value}]`;
  return undefined;
}

function choice(
  name: string,
  options: readonly string[],
  value: unknown,
  raw: string | undefined,
): [message: string, hint?: string] {
  const word = typeof value === 'string' ? value : (raw ?? '');
  const message = `${name} must be ${oneOf(options)}, but is ${describe(value)}`;
  if (typeof value === 'boolean' && options.includes(word)) return [message, `quote it: "${word}"`];
  const hint = didYouMean(word, options);
  return hint === undefined ? [message] : [message, hint];
}

function oneOf(options: readonly string[]): string {
  return options.length === 1 ? `${options[0]}` : `one of ${options.join(', ')}`;
}

function optionsOf(issue: Issue): readonly string[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
}

function union(
  name: string,
  issue: Issue & { code: 'invalid_union' },
  value: unknown,
  valueText: string,
  raw: string | undefined,
): [message: string, hint?: string] {
  const whole = issue.errors.flatMap((branch) => branch.filter(isWholeMismatch));
  const types = whole.flatMap((i) => (i.code === 'invalid_type' ? [i.expected] : []));
  const values = whole.flatMap((i) => (i.code === 'invalid_value' ? i.values.map(String) : []));
  const wanted = [...new Set(types.map(noun)), ...values];
  if (wanted.length === 0) return [`${name}: ${lowerFirst(issue.message)}`];
  const message = `${name} must be ${wanted.join(' or ')}, but is ${valueText}`;
  const hint =
    types.map((type) => typeHint(type, value, raw)).find((h) => h !== undefined) ??
    (typeof value === 'string' ? didYouMean(value, values) : undefined);
  return hint === undefined ? [message] : [message, hint];
}

function bound(issue: Issue & { code: 'too_small' | 'too_big' }): string {
  const small = issue.code === 'too_small';
  const limit = Number(small ? issue.minimum : issue.maximum);
  const most = small ? 'at least' : 'at most';
  if (issue.origin === 'string')
    return small && limit === 1 ? 'must not be empty' : `must have ${most} ${limit} characters`;
  if (issue.origin === 'array' || issue.origin === 'set')
    return small && limit === 1
      ? 'must have at least one item'
      : `must have ${most} ${counted(limit, 'item')}`;
  if (issue.inclusive === false) return `must be ${small ? 'above' : 'below'} ${limit}`;
  return `must be ${most} ${limit}`;
}

function keyHint(key: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const near = didYouMean(key, known);
  if (near !== undefined) return near;
  return known.length <= 12 ? `known keys: ${known.join(', ')}` : undefined;
}

function lowerFirst(message: string): string {
  return /^[A-Z][a-z]/.test(message) ? message.charAt(0).toLowerCase() + message.slice(1) : message;
}

function joined(...hints: readonly (string | undefined)[]): string | undefined {
  const given = hints.filter((hint) => hint !== undefined);
  return given.length === 0 ? undefined : given.join('; ');
}
