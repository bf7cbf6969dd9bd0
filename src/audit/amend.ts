import type { Position } from '../errors.ts';
import { hasTemplate } from '../playbook/template.ts';
import type { YamlFile } from '../yaml/load.ts';
import { valueAt } from '../yaml/values.ts';
import { provenanceText, type Provenance, type Rewritten } from './provenance.ts';
import { eolOf, hasLoneReturns, lineAt, type Splice } from './splice.ts';

/** A playbook's file, as text and as YAML. */
export interface PlaybookText {
  /** Without a byte order mark. */
  readonly text: string;
  readonly doc: YamlFile;
}

/** A rule for a playbook, and where it comes from. */
export interface NewRule {
  readonly text: string;
  readonly from: Provenance | Rewritten;
}

/** What goes into the file, or why a person has to do it, and what. */
export type Amendment =
  | { readonly is: 'splices'; readonly splices: readonly Splice[] }
  | { readonly is: 'by-hand'; readonly at: Position; readonly why: string; readonly hint: string };

type Path = readonly PropertyKey[];

/** The task whose module's key stands at a position: `[play, 'tasks', task]`. */
export function taskAt({ doc }: PlaybookText, module: string, at: Position): Path | undefined {
  const plays: unknown[] = Array.isArray(doc.value) ? doc.value : [];
  for (const play of plays.keys()) {
    const tasks = valueAt(doc.value, [play, 'tasks']);
    for (const task of Array.isArray(tasks) ? tasks.keys() : []) {
      const key = doc.spot([play, 'tasks', task, module], 'key').at;
      if (key.line === at.line && key.col === at.col) return [play, 'tasks', task];
    }
  }
  return undefined;
}

/** Puts rules behind those of an `apparmor_override` task, each below a comment of where it comes from. */
export function appendRules(book: PlaybookText, task: Path, rules: readonly NewRule[]): Amendment {
  const { text, doc } = book;
  const path = [...task, 'apparmor_override', 'rules'];
  const given = valueAt(doc.value, path);
  const list = doc.range(path);
  const byHand = (why: string, hint: string): Amendment => ({
    is: 'by-hand',
    at: doc.spot(path).at,
    why,
    hint: `${hint}: ${rules.map((it) => it.text).join(' ')}`,
  });
  const unfit = unfitFor(text, rules);
  if (unfit !== undefined) return byHand(...unfit);
  if (list === undefined || !Array.isArray(given) || given.length === 0)
    return typeof given === 'string'
      ? byHand('the rules of this task come from a template', 'add these where its variable is set')
      : byHand('this task has no list of rules', 'write one with these');
  const from = doc.range(task)?.[0] ?? 0;
  const to = nextTask(doc, task) ?? text.length;
  const isAlias = text.charAt(list[0]) === '*';
  if (isAlias || list[0] < from || list[0] >= to)
    return byHand(
      'the rules of this task are those of an anchor',
      'add these where the anchor is, or write a list of its own',
    );
  const first = doc.range([...path, 0])?.[0] ?? to;
  const anchor = /&(\S+)/.exec(text.slice(offsetOfKey(doc, text, path), first))?.[1];
  if (anchor !== undefined && new RegExp(`\\*${anchor}(?![\\w-])`).test(text))
    return byHand('other places of the file share the rules of this task', 'add these by hand');
  const last = doc.range([...path, given.length - 1]);
  if (last === undefined || /^[|>*&!]/.test(text.slice(last[0])))
    return byHand('the last rule of this task is no plain text', 'add these by hand');
  return text.charAt(list[0]) === '['
    ? appendToFlow(text, last, rules)
    : (appendToBlock(text, last, rules) ??
        byHand('this list is written in an unusual way', 'add these by hand'));
}

/** Why, and what to do, where a text can't take rules at all. */
function unfitFor(text: string, rules: readonly NewRule[]): [why: string, hint: string] | undefined {
  if (rules.some((it) => hasTemplate(it.text)))
    return ['a rule would be read as a template', 'put it into a variable of the inventory'];
  if (hasLoneReturns(text))
    return ['the lines of this file end in carriage returns', 'convert it, or add these'];
  return undefined;
}

function offsetOfKey(doc: YamlFile, text: string, path: Path): number {
  const { line, col } = doc.spot(path, 'key').at;
  const before = text.split('\n', line - 1).join('\n');
  return before.length + (line > 1 ? 1 : 0) + col - 1;
}

function nextTask(doc: YamlFile, task: Path): number | undefined {
  const [play, , index] = task;
  const after = doc.range([Number(play), 'tasks', Number(index) + 1]) ?? doc.range([Number(play) + 1]);
  return after?.[0];
}

type Range = readonly [start: number, end: number];

function appendToBlock(text: string, last: Range, rules: readonly NewRule[]): Amendment | undefined {
  const line = lineAt(text, last[0]);
  const indent = /^( *)- +$/.exec(text.slice(line.start, last[0]))?.[1];
  if (indent === undefined) return undefined;
  const dash = text.slice(line.start + indent.length, last[0]);
  const eol = line.eol === '' ? eolOf(text) : line.eol;
  const end = lineAt(text, last[1]);
  const lines = rules.flatMap((it) => [
    comment(indent, it),
    `${indent}${dash}${styled(text, last, it.text, false)}`,
  ]);
  const more = `${end.eol === '' ? eol : ''}${lines.join(eol)}${end.eol === '' ? '' : eol}`;
  return { is: 'splices', splices: [{ at: end.end, text: more }] };
}

function appendToFlow(text: string, last: Range, rules: readonly NewRule[]): Amendment {
  const eol = eolOf(text);
  // Between the last item and the bracket there are only blanks, comments, and perhaps a comma.
  const tail = /^(?:[\s,]|(?<=\s)#[^\r\n]*)*/.exec(text.slice(last[1]))?.[0] ?? '';
  const bracket = last[1] + tail.length;
  const comma = tail.replace(/#[^\r\n]*/g, '').includes(',');
  const own = lineAt(text, bracket);
  const alone = text.slice(own.start, bracket).trim() === '' && own.start > last[1];
  const line = lineAt(text, last[0]);
  const [lead = ''] = /^(?: |- )*/.exec(line.body) ?? [];
  const indent = ' '.repeat(alone && line.start + lead.length === last[0] ? lead.length : lead.length + 2);
  const items = rules.map(
    (it) => `${comment(indent, it)}${eol}${indent}${styled(text, last, it.text, true)}`,
  );
  const lines = `${items.join(`,${eol}`)}${comma ? ',' : ''}`;
  return {
    is: 'splices',
    splices: [
      ...(comma ? [] : [{ at: last[1], text: ',' }]),
      alone
        ? { at: own.start, text: `${lines}${eol}` }
        : { at: last[1] + tail.trimEnd().length, text: `${eol}${lines}` },
    ],
  };
}

const comment = (indent: string, { from }: NewRule) => `${indent}# ${provenanceText(from)}`;

/** A rule quoted as the item before it is; without quotes only where YAML reads it back as it is. */
function styled(text: string, before: Range, rule: string, flow: boolean): string {
  const quote = text.charAt(before[0]);
  if (quote === '"') return JSON.stringify(rule);
  return quote !== "'" && !flow && isPlain(rule) ? rule : singleQuoted(rule);
}

const isPlain = (rule: string) => /^[A-Za-z/][^#:"'\\]*$/.test(rule);

const singleQuoted = (rule: string) => `'${rule.replaceAll("'", "''")}'`;

/** Puts a task of its own in front of another one, with the comments above that one left to it. */
export function insertTask(
  book: PlaybookText,
  before: Path,
  profile: string,
  rules: readonly NewRule[],
): Amendment {
  const { text, doc } = book;
  const [start = 0] = doc.range(before) ?? [];
  const line = lineAt(text, start);
  const dash = /^( *)- +$/.exec(text.slice(line.start, start));
  const byHand = (why: string, hint: string): Amendment => ({
    is: 'by-hand',
    at: doc.spot(before).at,
    why,
    hint,
  });
  const all = rules.map((it) => it.text).join(' ');
  const unfit = unfitFor(text, rules);
  if (unfit !== undefined) return byHand(unfit[0], `${unfit[1]}: ${all}`);
  if (dash === null)
    return byHand(
      'this list of tasks is written in an unusual way',
      `add a task with apparmor_override: ${all}`,
    );
  const [, indent = ''] = dash;
  const eol = eolOf(text);
  let at = line.start;
  for (
    let above = lineAt(text, at - 1);
    at > 0 && isCommentOf(above.body, indent);
    above = lineAt(text, at - 1)
  )
    at = above.start;
  const blank = at > 0 && lineAt(text, at - 1).body.trim() === '' ? eol : '';
  const lines = [
    `${indent}- name: What ${profile} needs besides its packaged profile`,
    `${indent}  apparmor_override:`,
    `${indent}    profile: ${isPlain(profile) ? profile : singleQuoted(profile)}`,
    `${indent}    rules:`,
    ...rules.flatMap((it) => [comment(`${indent}      `, it), `${indent}      - ${singleQuoted(it.text)}`]),
  ];
  return { is: 'splices', splices: [{ at, text: `${lines.join(eol)}${eol}${blank}` }] };
}

const isCommentOf = (line: string, indent: string) => line.startsWith(`${indent}#`);
