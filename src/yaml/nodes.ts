import { EVENT_ID, SCALAR_STYLE, getScalarValue, type Event, type Schema } from 'js-yaml';
import type { Diagnostic } from '../errors.ts';
import { findingAt, type SourceText } from './spot.ts';

/** Where one value stands in the text, and its key, and what it holds. Offsets; the ends are exclusive. */
export interface Node {
  /** Undefined for items of a list and for the document itself. */
  readonly key: readonly [start: number, end: number] | undefined;
  readonly value: readonly [start: number, end: number];
  /** The members of a mapping or list. An alias shares those of its anchor. */
  readonly members: Members | undefined;
  /** The text between the quotes or of the plain word; undefined for mappings and lists. */
  readonly raw: string | undefined;
  /** How many values there are in it, with aliases followed. */
  readonly count: number;
  readonly depth: number;
}

type Members =
  { readonly is: 'map'; readonly byKey: Map<string, Node> } | { readonly is: 'list'; readonly items: Node[] };

/** Limits that keep a hostile file from being expensive for everything behind the parser. */
export const limits = { depth: 60, aliases: 20_000, expanded: 200_000 } as const;

interface Open {
  readonly key: Node['key'];
  readonly start: number;
  readonly members: Members;
  readonly anchor: string | undefined;
  pendingKey: { text: string; at: readonly [number, number] } | undefined;
  count: number;
  depth: number;
}

/**
 * The tree of places that mirrors the document, from the parser's events, and what is wrong with keys and
 * aliases in it. Undefined for a file without a document.
 */
export function buildNodes(
  source: SourceText,
  events: readonly Event[],
  schema: Schema,
): { root: Node | undefined; findings: readonly Diagnostic[] } {
  const { text } = source;
  const findings: Diagnostic[] = [];
  const open: Open[] = [];
  const anchors = new Map<string, Node | 'open'>();
  let root: Node | undefined;
  let aliased = 0;

  const report = (start: number, end: number, message: string, hint?: string): void => {
    findings.push(findingAt(source.spot(start, end), message, hint));
  };

  const takeKey = (parent: Open, event: Event): void => {
    const at = rangeOf(event, parent.start);
    if (event.type !== EVENT_ID.SCALAR) {
      parent.pendingKey = { text: '', at };
      if (!text.startsWith('{{', at[0] - 1)) report(at[0], at[0] + 1, 'a key must be plain text');
      return;
    }
    const key = getScalarValue(text, event);
    parent.pendingKey = { text: key, at };
    if (key === '__proto__') report(...at, 'the key "__proto__" is not allowed');
    if (key.includes('\0')) report(...at, 'a key cannot hold a NUL character');
    const read = event.style === SCALAR_STYLE.PLAIN ? readAsOtherText(key, schema) : undefined;
    if (read !== undefined) report(...at, `this key would be read as ${read}`, `quote it: "${key}"`);
  };

  const add = (node: Omit<Node, 'key'>): Node => {
    const parent = open.at(-1);
    if (parent === undefined) return (root = { ...node, key: undefined });
    parent.count += node.count;
    parent.depth = Math.max(parent.depth, node.depth + 1);
    if (parent.members.is === 'list') {
      const item = { ...node, key: undefined };
      parent.members.items.push(item);
      return item;
    }
    const key = parent.pendingKey ?? { text: '', at: [parent.start, parent.start + 1] as const };
    parent.pendingKey = undefined;
    const member = { ...node, key: key.at };
    const first = parent.members.byKey.get(key.text)?.key;
    if (first === undefined) parent.members.byKey.set(key.text, member);
    else if (key.text !== '') {
      const line = source.spot(first[0]).at.line;
      report(...key.at, `the key "${key.text}" is given twice`, `the first one is in line ${line}`);
    }
    return member;
  };

  const alias = (event: Event & { type: typeof EVENT_ID.ALIAS }): void => {
    const name = text.slice(event.anchorStart, event.anchorEnd);
    const value = rangeOf(event, 0);
    const target = anchors.get(name);
    if (target === 'open') report(...value, `the alias "*${name}" stands inside its own anchor`);
    const known = typeof target === 'object' ? target : undefined;
    aliased += known?.count ?? 1;
    if (known === undefined) add({ value, members: undefined, raw: undefined, count: 1, depth: 0 });
    else add({ ...known, value });
  };

  for (const event of events) {
    const parent = open.at(-1);
    const isKey = parent?.members.is === 'map' && parent.pendingKey === undefined;
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      const done = open.pop();
      if (done === undefined) continue;
      const { members, count, depth, start } = done;
      // A mapping that stands where a key belongs has been reported; it is no member of anything.
      if (done.key !== undefined) continue;
      const node = add({ value: [start, start + 1], members, raw: undefined, count, depth });
      if (done.anchor !== undefined) anchors.set(done.anchor, node);
      continue;
    }
    if (parent !== undefined && isKey) takeKey(parent, event);
    switch (event.type) {
      case EVENT_ID.SCALAR: {
        if (isKey) break;
        const value = rangeOf(event, parent?.pendingKey?.at[0] ?? parent?.start ?? 0);
        const raw = text.slice(Math.max(0, event.valueStart), Math.max(0, event.valueEnd));
        if (event.style === SCALAR_STYLE.PLAIN && losesDigits(raw))
          report(...value, 'this number has more digits than can be kept', `quote it: "${raw}"`);
        if (event.style === SCALAR_STYLE.DOUBLE_QUOTED && getScalarValue(text, event).includes('\0'))
          report(...value, 'a text cannot hold a NUL character');
        const node = add({ value, members: undefined, raw, count: 1, depth: 0 });
        if (event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd), node);
        break;
      }
      case EVENT_ID.ALIAS:
        if (!isKey) alias(event);
        break;
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE: {
        const anchor = event.anchorStart >= 0 ? text.slice(event.anchorStart, event.anchorEnd) : undefined;
        if (anchor !== undefined) anchors.set(anchor, 'open');
        if (isUnquotedTemplate(text, event.start)) reportTemplate(source, event.start, report);
        const members: Members =
          event.type === EVENT_ID.MAPPING ? { is: 'map', byKey: new Map() } : { is: 'list', items: [] };
        const key = isKey ? parent.pendingKey?.at : undefined;
        open.push({ key, start: event.start, members, anchor, pendingKey: undefined, count: 1, depth: 0 });
        break;
      }
    }
    if (aliased > limits.expanded) {
      report(...rangeOf(event, 0), `the aliases of this file stand for more than ${limits.expanded} values`);
      break;
    }
  }
  if (root !== undefined && findings.length === 0 && root.depth > limits.depth)
    report(
      root.value[0],
      root.value[1],
      `with its aliases this is nested deeper than ${limits.depth} levels`,
    );
  return { root, findings };
}

/** `{{` outside of quotes: for YAML a mapping inside a mapping, and never what was meant. */
function isUnquotedTemplate(text: string, start: number): boolean {
  return text.startsWith('{{', start) && text[start - 1] !== '{';
}

function reportTemplate(
  source: SourceText,
  start: number,
  report: (start: number, end: number, message: string, hint: string) => void,
): void {
  const line = source.text.slice(start).split(/[\r\n]/, 1)[0] ?? '';
  const end = line.lastIndexOf('}}');
  const template = end < 0 ? line : line.slice(0, end + 2);
  report(
    start,
    start + template.length,
    'a text that starts with {{ must be quoted',
    `quote it: "${template}"`,
  );
}

/** From the opening quote to behind the closing one. An empty value has no place of its own. */
function rangeOf(event: Event, otherwise: number): readonly [number, number] {
  switch (event.type) {
    case EVENT_ID.SCALAR: {
      if (event.valueStart < 0) return [otherwise, otherwise + 1];
      const quotes =
        event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
      return [event.valueStart - quotes, event.valueEnd + quotes];
    }
    case EVENT_ID.ALIAS:
      return [event.anchorStart - 1, event.anchorEnd];
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return [event.start, event.start + 1];
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
      break;
  }
  return [otherwise, otherwise + 1];
}

/** What the key becomes where it reads as a number or null, such as 16 for 0x10. */
function readAsOtherText(key: string, schema: Schema): string | undefined {
  if (!/^([-+.~\d]|(null|true|false|yes|no|on|off)?$)/i.test(key)) return undefined;
  const read = String(schema.resolveImplicitScalarTag(key).value);
  return read === key ? undefined : read;
}

/** A whole number that is rounded where it is held as one: Ansible's have any length. */
export function losesDigits(text: string): boolean {
  return /^[-+]?\d{16,}$/.test(text) && !Number.isSafeInteger(Number(text));
}
