import type { Liquid, Template as LiquidTemplate } from 'liquidjs';
import { isReference } from '../secret.ts';
import { expressionTrouble } from './expression.ts';

/** What is wrong with a template, and the part of it to point at. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly find: string | undefined;
  readonly hint: string | undefined;
  constructor(message: string, find?: string, hint?: string) {
    super(message);
    this.find = find;
    this.hint = hint;
  }
}

/** A text with `{{ … }}` in it, parsed. */
export interface Template {
  /** The variables it asks for. */
  readonly needs: readonly string[];
  /** The same with the keys of theirs, as far as they are written out. */
  readonly paths: readonly (readonly PropertyKey[])[];
  /** Nothing but one `{{ name }}`: it gives a value as it is, and does nothing with it. */
  readonly isReference: boolean;
  /** Whether it copes with variables that do not exist. */
  readonly lenient: boolean;
  /** Throws TemplateError. A text that is nothing but one `{{ … }}` gives the value with its type. */
  render(scope: Readonly<Record<string, unknown>>): unknown;
}

export interface Templates {
  /** Throws TemplateError. */
  text(source: string): Template;
  /** A condition, as in `when`. */
  condition(source: string): Template;
}

export function hasTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}

/** Whether there is a template in any text of a value. */
export function holdsTemplate(value: unknown): boolean {
  if (typeof value === 'string') return hasTemplate(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsTemplate);
}

const limits = { parseLimit: 100_000, renderLimit: 1000, memoryLimit: 10_000_000 } as const;

/** No files, no state, no output by other ways than `{{ }}`. */
const allowedTags = new Set([
  'assign',
  'capture',
  'case',
  'comment',
  'for',
  'if',
  'unless',
  'raw',
  'break',
  'continue',
  '#',
]);

/** They give another result every time, so a plan could never be in sync. */
const impureFilters = [
  'sample',
  'date',
  'date_to_xmlschema',
  'date_to_rfc822',
  'date_to_string',
  'date_to_long_string',
];

let loaded: Promise<Templates> | undefined;

/** Loads the template engine, which most commands never need. */
export function loadTemplates(): Promise<Templates> {
  loaded ??= import('liquidjs').then((module) => createTemplates(module.Liquid));
  return loaded;
}

function createTemplates(Engine: typeof Liquid): Templates {
  const common = {
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    lenientIf: true,
    groupedExpressions: true,
    // Without these, the tags that read files would look in the current folder.
    templates: {},
    ...limits,
  };
  const typed = new Engine({ ...common, keepOutputType: true });
  const textual = new Engine({ ...common, outputEscape: asText });
  for (const engine of [typed, textual]) {
    for (const tag of Object.keys(engine.tags)) if (!allowedTags.has(tag)) delete engine.tags[tag];
    for (const filter of impureFilters) engine.unregisterFilter(filter);
  }
  const known = new Map<string, Template>();
  const remember = (key: string, make: () => Template): Template => {
    let template = known.get(key);
    if (template === undefined) known.set(key, (template = make()));
    return template;
  };
  return {
    text: (source) => remember(`t${source}`, () => compileText(source, typed, textual)),
    condition: (source) => remember(`c${source}`, () => compileCondition(source, typed)),
  };
}

function compileText(source: string, typed: Liquid, textual: Liquid): Template {
  const outside = source.replaceAll(/\{%-?\s*(raw|comment)\s*-?%\}[\s\S]*?\{%-?\s*end\1\s*-?%\}/g, '');
  for (const [, inner = ''] of outside.matchAll(/\{\{-?([\s\S]*?)-?\}\}/g)) check(inner);
  for (const [, inner = ''] of outside.matchAll(/\{%-?\s*(?:if|elsif|unless)\b([\s\S]*?)-?%\}/g))
    check(inner);
  const single = /^\{\{(?:(?!\}\})[\s\S])*\}\}$/.test(source);
  const engine = single ? typed : textual;
  return toTemplate(engine, parse(engine, source), source);
}

function compileCondition(source: string, typed: Liquid): Template {
  if (hasTemplate(source))
    throw new TemplateError('a condition is written without {{ }}', '{{', 'write the name of the variable');
  check(source);
  const parsed = parse(typed, `{{ ${source} }}`);
  if (parsed.length !== 1) throw new TemplateError('not a condition', '}}');
  return toTemplate(typed, parsed, source);
}

function check(expression: string): void {
  const trouble = expressionTrouble(expression);
  if (trouble !== undefined) throw new TemplateError(trouble.message, trouble.find, trouble.hint);
}

function parse(engine: Liquid, source: string): LiquidTemplate[] {
  try {
    return engine.parse(source);
  } catch (error) {
    throw explain(error);
  }
}

function toTemplate(engine: Liquid, parsed: LiquidTemplate[], source: string): Template {
  return {
    needs: engine.globalVariablesSync(parsed),
    paths: engine.globalVariableSegmentsSync(parsed).map(writtenOut),
    isReference: isReference(source),
    lenient: /\|\s*default\s*:/.test(source),
    render(scope) {
      try {
        const result: unknown = engine.renderSync(parsed, scope);
        return result;
      } catch (error) {
        throw explain(error);
      }
    },
  };
}

type Segments = ReturnType<Liquid['globalVariableSegmentsSync']>[number];

/** `a.b` of `a.b[c].d`: the key that a variable gives, and all behind it, is open. */
function writtenOut(segments: Segments): readonly PropertyKey[] {
  const path: PropertyKey[] = [];
  for (const it of segments) {
    if (typeof it === 'object') break;
    path.push(it);
  }
  return path;
}

/** In the middle of a text only what has one obvious spelling may stand. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null || value === undefined)
    throw new TemplateError(
      'this value is empty, and stands in the middle of a text',
      undefined,
      'if that is meant: | default: ""',
    );
  const kind = Array.isArray(value) ? 'a list' : 'a mapping';
  throw new TemplateError(
    `this value is ${kind}, and stands in the middle of a text`,
    undefined,
    Array.isArray(value) ? 'join it: | join: ","' : 'name one of its keys',
  );
}

const wordings: readonly (readonly [RegExp, (...groups: string[]) => TemplateError])[] = [
  [/^undefined variable: (.*)$/s, (name) => new TemplateError(`the variable "${name}" is not defined`, name)],
  [/^undefined filter: (.*)$/s, (name) => new TemplateError(`there is no filter "${name}"`, name)],
  [
    /^tag "?([^" ]*)"? not found/s,
    (name) => new TemplateError(`the tag "${name}" cannot be used here`, name, 'use {{ variable }}'),
  ],
  [
    /^(?:output|tag) .* not closed$/s,
    () =>
      new TemplateError(
        'the braces of this template are not closed',
        '{',
        'for braces that are meant literally: {% raw %}…{% endraw %}',
      ),
  ],
  [/limit exceeded$/, () => new TemplateError('this template is too large, or takes too long')],
];

function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const original: unknown = 'originalError' in error ? error.originalError : undefined;
  const text = error.message.replace(/, line:\d+, col:\d+[\s\S]*$/, '');
  if (original instanceof TemplateError) {
    const shown = /\{\{.*?\}\}/s.exec(
      error instanceof Error && 'token' in error ? tokenText(error.token) : '',
    );
    return new TemplateError(original.message, shown?.[0] ?? original.find, original.hint);
  }
  for (const [pattern, make] of wordings) {
    const found = pattern.exec(text);
    if (found !== null) return make(...found.slice(1));
  }
  return new TemplateError(`this template cannot be read: ${text}`);
}

function tokenText(token: unknown): string {
  if (typeof token !== 'object' || token === null || !('getText' in token)) return '';
  const { getText } = token;
  return typeof getText === 'function' ? String(getText.call(token)) : '';
}
