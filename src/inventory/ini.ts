import type { HostName } from '../brand.ts';
import { findingAt, sourceText, type SourceText, type Spot } from '../yaml/spot.ts';
import { findBadCharacter } from '../yaml/syntax.ts';
import { didYouMean } from '../yaml/suggest.ts';
import { draftGroup, draftHost, setGroupVar, setHostVar, type Draft } from './draft.ts';
import { pythonLiteral } from './literal.ts';
import { groupNameTrouble, namesOf } from './names.ts';
import type { Say, Variable } from './types.ts';
import { fixedVariable, nameTrouble } from './variable.ts';
import { splitWords, type Word } from './words.ts';

type State = 'hosts' | 'children' | 'vars';
const states: readonly string[] = ['hosts', 'children', 'vars'] satisfies State[];

const section = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/;

/** A group that was spoken of before its own section: it must come, or was misspelt. */
interface Awaited {
  readonly spot: Spot;
  readonly state: 'children' | 'vars';
  readonly parents: Map<string, Spot>;
}

/** Adds what an INI inventory says to the draft, by the rules of Ansible's plugins/inventory/ini.py. */
export function addIniFile(draft: Draft, text: string, file: string, say: Say): void {
  const source = sourceText(file, text.startsWith('\uFEFF') ? text.slice(1) : text);
  const bad = findBadCharacter(source);
  if (bad === undefined) new IniReader(draft, source, say).read();
  else say.error(bad);
}

class IniReader {
  private readonly draft: Draft;
  private readonly source: SourceText;
  private readonly say: Say;
  private readonly awaited = new Map<string, Awaited>();
  private group = 'ungrouped';
  private state: State = 'hosts';

  constructor(draft: Draft, source: SourceText, say: Say) {
    this.draft = draft;
    this.source = source;
    this.say = say;
  }

  read(): void {
    for (const { 0: whole, index } of this.source.text.matchAll(/[^\r\n]+/g)) {
      const line = whole.trim();
      if (line !== '' && !/^[;#]/.test(line)) this.line(line, index + whole.indexOf(line));
    }
    for (const [name, { spot, state, parents }] of this.awaited) {
      if (state === 'vars') {
        const near = didYouMean(name, this.others());
        this.error(spot, `[${name}:vars] is for a group that has no section of its own`, near);
      } else
        for (const [parent, place] of parents)
          this.error(
            place,
            `[${parent}:children] names a group that is nowhere`,
            didYouMean(name, this.others()),
          );
    }
  }

  private line(line: string, start: number): void {
    const found = section.exec(line);
    if (found !== null) this.section(found[1] ?? '', found[2] ?? 'hosts', this.spot(start, line.length));
    else if (/^\[.*\](?:\s*;.*)?$/.test(line))
      this.error(
        this.spot(start, line.length),
        'this is no section',
        'write [GROUP], [GROUP:children] or [GROUP:vars], without blanks; behind it "#" starts a comment',
      );
    else if (this.state === 'hosts') this.host(line, start);
    else if (this.state === 'vars') this.variable(line, start);
    else this.child(line, start);
  }

  private section(name: string, kind: string, spot: Spot): void {
    if (!isState(kind)) {
      const near = didYouMean(kind, states) ?? 'a section is [GROUP], [GROUP:children] or [GROUP:vars]';
      this.error(spot, `unknown kind "${kind}" of the section [${name}:${kind}]`, near);
      return;
    }
    const wrong = groupNameTrouble(name);
    if (wrong !== undefined) this.error(spot, wrong);
    [this.group, this.state] = [name, kind];
    if (!this.draft.groups.has(name)) {
      if (kind === 'vars' && !this.awaited.has(name))
        this.awaited.set(name, { spot, state: 'vars', parents: new Map() });
      draftGroup(this.draft, name);
    }
    if (kind !== 'vars') this.arrive(name);
  }

  /** The section of a group that parents waited for: only now it becomes their child, which sets its order. */
  private arrive(name: string): void {
    const awaited = this.awaited.get(name);
    if (awaited === undefined) return;
    for (const [parent, spot] of awaited.parents) draftGroup(this.draft, parent).children.set(name, spot);
    this.awaited.delete(name);
  }

  private child(line: string, start: number): void {
    const [, name] = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(line) ?? [];
    const spot = this.spot(start, name?.length ?? line.length);
    if (name === undefined) {
      this.error(spot, `a line of [${this.group}:children] is the name of a group`, 'one group a line');
      return;
    }
    const wrong = groupNameTrouble(name);
    if (wrong !== undefined) this.error(spot, wrong);
    else if (this.draft.groups.has(name)) draftGroup(this.draft, this.group).children.set(name, spot);
    else {
      const awaited = this.awaited.get(name) ?? { spot, state: 'children', parents: new Map<string, Spot>() };
      awaited.parents.set(this.group, spot);
      this.awaited.set(name, awaited);
    }
  }

  private variable(line: string, start: number): void {
    const at = line.indexOf('=');
    if (at < 0) {
      this.error(this.spot(start, line.length), `"${line}" is not "name=value"`);
      return;
    }
    const name = line.slice(0, at).trim();
    const value = line.slice(at + 1).trim();
    const from = line.length - line.slice(at + 1).trimStart().length;
    const variable = this.value(value, this.spot(start, name.length), start + from, value.length);
    if (variable === undefined) return;
    this.checkName(name, this.spot(start, name.length));
    setGroupVar(this.draft, this.group, name, variable, this.say.error);
  }

  private host(line: string, start: number): void {
    const split = splitWords(line);
    if (split.is === 'bad') {
      this.error(
        this.spot(start + split.at, 1),
        split.reason,
        'a quote stands for itself behind a backslash',
      );
      return;
    }
    const [first, ...rest] = split.words;
    if (first === undefined) return;
    const place = this.spot(start + first.range[0], first.range[1] - first.range[0]);
    const named = first.text === '---' ? yamlStart : namesOf(first.text);
    if (named.is === 'bad') {
      this.error(place, named.reason);
      return;
    }
    const variables = rest.flatMap((word) => this.pair(word, start));
    const { port } = named;
    for (const name of named.names) {
      draftHost(
        this.draft,
        name,
        this.group,
        () => place.at,
        () => (port === undefined ? undefined : fixedVariable(place, port)),
      );
      this.hostVars(name, variables);
    }
  }

  private hostVars(name: HostName, variables: readonly (readonly [string, Variable])[]): void {
    for (const [key, variable] of variables) setHostVar(this.draft, name, key, variable, this.say.error);
  }

  /** One `name=value` of a host's line. */
  private pair(word: Word, start: number): (readonly [string, Variable])[] {
    const [from, to] = word.range;
    const at = word.text.indexOf('=');
    if (at < 0) {
      this.error(
        this.spot(start + from, to - from),
        `"${word.text}" is not "name=value"`,
        'quote a value with blanks: name="two words"; one host a line',
      );
      return [];
    }
    const name = word.text.slice(0, at);
    const spot = this.spot(start + from, to - from);
    const variable = this.value(word.text.slice(at + 1), spot, start + from + at + 1, to - from - at - 1);
    if (variable === undefined) return [];
    this.checkName(name, spot);
    return [[name, variable]];
  }

  private checkName(name: string, spot: Spot): void {
    const odd = nameTrouble(name);
    if (odd !== undefined) this.say.warn(findingAt(spot, odd.message, odd.hint));
  }

  /** A value of the file; a finding for one that can't be held. */
  private value(text: string, key: Spot, start: number, length: number): Variable | undefined {
    const literal = pythonLiteral(text);
    const { source } = this;
    const whole = (): Spot => source.spot(start, start + Math.max(1, length));
    if (literal.is === 'bad') {
      this.error(
        whole(),
        `this value cannot be read: ${literal.reason}`,
        `for a text, quote it twice: "'…'"`,
      );
      return undefined;
    }
    return {
      value: literal.is === 'text' ? text : literal.value,
      at: key.at,
      spot(path = [], find) {
        const inside = find === undefined ? -1 : source.text.slice(start, start + length).indexOf(find);
        if (find === undefined || inside < 0) return path.length === 0 && length === 0 ? key : whole();
        return source.spot(start + inside, start + inside + find.length);
      },
    };
  }

  private spot(start: number, length: number): Spot {
    return this.source.spot(start, start + length);
  }

  /** Groups that a misspelt name may have meant. */
  private others(): string[] {
    return [...this.draft.groups.keys()].filter((it) => !this.awaited.has(it));
  }

  private error(spot: Spot, message: string, hint?: string): void {
    this.say.error(findingAt(spot, message, hint));
  }
}

const yamlStart = { is: 'bad', reason: '"---" starts YAML: give the file the ending .yml' } as const;

function isState(kind: string): kind is State {
  return states.includes(kind);
}

/** Whether the first line that says something is a section. */
export function startsWithSection(text: string): boolean {
  const first = text.split(/\r?\n/).find((line) => /^\s*[^\s#;]/.test(line));
  return first !== undefined && section.test(first.trim());
}
