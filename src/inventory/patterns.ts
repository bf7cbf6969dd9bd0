import { isIPv6 } from 'node:net';
import { counted } from '../counted.ts';
import { HostName } from '../brand.ts';
import { InputError, messageOf } from '../errors.ts';
import { didYouMean } from '../yaml/suggest.ts';
import { fnmatch, isGlob } from './fnmatch.ts';
import { groupHosts } from './members.ts';
import type { Host, Inventory } from './types.ts';
import { fixedVariable } from './variable.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';

/** A part of a host pattern that stands for no host. */
export interface PatternProblem {
  readonly term: string;
  readonly message: string;
  readonly hint?: string;
}

/** The hosts of a pattern, and what is wrong with it. With problems, the hosts are not to be used. */
export interface Matched {
  readonly hosts: readonly Host[];
  readonly problems: readonly PatternProblem[];
}

/**
 * The hosts that a pattern stands for, each once. Whatever order its terms have, the plain ones are taken
 * together first, then every `&` cuts down, then every `!` takes away; without a plain one it starts from all.
 */
export function matchHosts(inventory: Inventory, pattern: string | readonly string[]): Matched {
  const terms = [pattern].flat().flatMap((text) => splitPattern(text));
  const problems: PatternProblem[] = [];
  const hostsOf = (term: string): readonly Host[] => {
    const found = matchTerm(inventory, term);
    if (found.is === 'hosts') return found.hosts;
    problems.push(found.problem);
    return [];
  };
  const plain = terms.filter((term) => !/^[&!]/.test(term));
  const named: ReadonlyMap<string, Host> = inventory.hosts;
  const plainly = (term: string): readonly Host[] => {
    const host = named.get(term);
    return host === undefined ? hostsOf(term) : [host];
  };
  let hosts = new Set((plain.length === 0 ? ['all'] : plain).flatMap(plainly));
  for (const term of terms.filter((t) => t.startsWith('&'))) {
    const also = new Set(hostsOf(term.slice(1)));
    hosts = new Set([...hosts].filter((host) => also.has(host)));
  }
  for (const term of terms.filter((t) => t.startsWith('!')))
    for (const host of hostsOf(term.slice(1))) hosts.delete(host);
  return { hosts: [...hosts], problems };
}

/**
 * `--limit`: as a pattern, but `@file` stands for the lines of a file, with comments behind `#`.
 * @param by what the pattern was given with, for messages
 * @throws {InputError} where it, or its file, names nothing: that would otherwise be no limit, and mean all hosts
 */
export function limitTerms(
  limit: string,
  readLimit: (path: string) => string,
  by = '--limit',
): readonly string[] {
  const terms = splitPattern(limit).flatMap((term) => {
    if (!term.startsWith('@')) return [term];
    const path = term.slice(1);
    const lines = readLimit(path)
      .split(/\r?\n/)
      .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
      .filter((line) => line !== '');
    if (lines.length > 0) return lines;
    const at = { file: path, line: 1, col: 1 };
    throw new InputError([{ at, message: `the file of ${by} names no host`, hint: 'one host a line' }]);
  });
  if (terms.length > 0) return terms;
  const hint = by === '--limit' ? 'name hosts, or leave it out for all of them' : 'name hosts or groups';
  throw new InputError([findingAt(namedSpot(by), 'it names no host', hint)]);
}

/** Splits at commas, or, where there is none, at colons; neither counts inside brackets. */
export function splitPattern(pattern: string): readonly string[] {
  const trimmed = pattern.trim();
  // Node's expression for these addresses takes milliseconds to compile, at every start.
  if (trimmed.includes(':') && isIPv6(trimmed)) return [trimmed];
  const byComma = splitOutside(trimmed, ',');
  const terms = byComma.length > 1 ? byComma : splitOutside(trimmed, ':');
  return terms.map((term) => term.trim()).filter((term) => term !== '');
}

function splitOutside(text: string, separator: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const char of text) {
    if (char === '[' || char === '(') depth += 1;
    if (char === ']' || char === ')') depth = Math.max(0, depth - 1);
    if (char === separator && depth === 0) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}

type Found =
  | { readonly is: 'hosts'; readonly hosts: readonly Host[] }
  | { readonly is: 'problem'; readonly problem: PatternProblem };

function matchTerm(inventory: Inventory, term: string): Found {
  const { expression, subscript } = splitSubscript(inventory, term);
  const named = byExpression(inventory, expression);
  if (named.is === 'problem' || subscript === undefined) return named;
  const { first, last } = subscript;
  const { hosts } = named;
  const picked = hosts.slice(first, last === undefined ? undefined : last + 1 || undefined);
  if (picked.length > 0) return { is: 'hosts', hosts: picked };
  const count = counted(hosts.length, 'host');
  return problem(term, `"${term}" is out of range: "${expression}" has ${count}`);
}

interface Subscript {
  readonly first: number;
  /** Inclusive. Undefined: to the end. */
  readonly last: number | undefined;
}

function splitSubscript(
  inventory: Inventory,
  term: string,
): { expression: string; subscript: Subscript | undefined } {
  const found = /^([^~].*)\[(?:(-?\d+)|(\d*):(\d*))\]$/.exec(term);
  const [, expression, index, from, to] = found ?? [];
  if (expression === undefined || hasName(inventory, term)) return { expression: term, subscript: undefined };
  const subscript =
    index === undefined
      ? { first: Number(from ?? 0), last: to === undefined || to === '' ? undefined : Number(to) }
      : { first: Number(index), last: Number(index) };
  return { expression, subscript };
}

function hasName(inventory: Inventory, name: string): boolean {
  const host = HostName.safeParse(name);
  return inventory.groups.has(name) || (host.success && inventory.hosts.has(host.data));
}

function byExpression(inventory: Inventory, expression: string): Found {
  if (expression === 'all' || expression === '*') return { is: 'hosts', hosts: groupHosts(inventory, 'all') };
  if (inventory.groups.has(expression)) return { is: 'hosts', hosts: groupHosts(inventory, expression) };
  const name = HostName.safeParse(expression);
  const host = name.success ? inventory.hosts.get(name.data) : undefined;
  if (host !== undefined) return { is: 'hosts', hosts: [host] };
  if (expression.startsWith('~')) return byRegExp(inventory, expression);
  if (isGlob(expression)) return byTest(inventory, expression, fnmatch(expression));
  if (name.success && /^(localhost|127\.0\.0\.1|::1)$/.test(expression))
    return { is: 'hosts', hosts: [implicitLocalhost(inventory, name.data)] };
  return nothing(inventory, expression);
}

function byRegExp(inventory: Inventory, expression: string): Found {
  try {
    // As Python's re.match: from the start, and not necessarily to the end.
    return byTest(inventory, expression, new RegExp(`^(?:${expression.slice(1)})`));
  } catch (error) {
    const reason = messageOf(error);
    return problem(expression, `"${expression}" is no regular expression: ${reason}`);
  }
}

function byTest(inventory: Inventory, expression: string, test: RegExp): Found {
  const groups = [...inventory.groups.keys()].filter((name) => name !== 'all' && test.test(name));
  const hosts = new Set(groups.flatMap((name) => groupHosts(inventory, name)));
  for (const host of inventory.hosts.values()) if (test.test(host.name)) hosts.add(host);
  if (hosts.size > 0 || groups.length > 0) return { is: 'hosts', hosts: [...hosts] };
  return problem(expression, `"${expression}" matches no host and no group`);
}

const implicit = new WeakMap<Inventory, Map<string, Host>>();

/** Without being in the inventory, localhost can be asked for by name; it is in no group. */
function implicitLocalhost(inventory: Inventory, name: HostName): Host {
  let hosts = implicit.get(inventory);
  if (hosts === undefined) implicit.set(inventory, (hosts = new Map()));
  let host = hosts.get(name);
  if (host === undefined) {
    const spot = namedSpot('(implicit localhost)');
    const vars = new Map([['ansible_connection', fixedVariable(spot, 'local')]]);
    host = { name, at: spot.at, groups: [], vars };
    hosts.set(name, host);
  }
  return host;
}

function nothing(inventory: Inventory, expression: string): Found {
  const message = `there is no host and no group "${expression}"`;
  const near = didYouMean(expression, [...inventory.groups.keys(), ...inventory.hosts.keys()]);
  if (near !== undefined) return problem(expression, message, near);
  const groups = [...inventory.groups.keys()].filter((g) => g !== 'all' && g !== 'ungrouped');
  if (inventory.hosts.size === 0) return problem(expression, message, 'the inventory has no hosts');
  return problem(
    expression,
    message,
    groups.length > 0 && groups.length <= 10 ? `groups: ${groups.join(', ')}` : undefined,
  );
}

function problem(term: string, message: string, hint?: string): Found {
  return { is: 'problem', problem: { term, message, ...(hint === undefined ? {} : { hint }) } };
}
