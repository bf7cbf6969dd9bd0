import { EVENT_ID, constructFromEvents, parseEvents, type Event } from 'js-yaml';
import { InputError } from '../errors.ts';
import { buildNodes, limits, type Node } from './nodes.ts';
import { schemas, type Dialect } from './schemas.ts';
import { findingAt, sourceText, type SourceText, type Spot } from './spot.ts';
import { explainSyntax, findBadCharacter } from './syntax.ts';

/** A loaded file that knows the place of every key and value in it. */
export interface SourceFile {
  readonly file: string;
  /** Null for an empty file. */
  readonly value: unknown;
  /** Nothing but blanks and comments. */
  readonly empty: boolean;
  /**
   * The place of the value (or of its key) at a path, or of the nearest thing around it that exists.
   * With `find`, the place of that text inside the value, where it is written there as such.
   */
  readonly spot: (path: readonly PropertyKey[], which?: 'key' | 'value', find?: string) => Spot;
  /** A number, word or text as it was written, without quotes: `0644` where the value is 644. */
  readonly raw: (path: readonly PropertyKey[]) => string | undefined;
}

/** One of YAML or JSON. */
export interface YamlFile extends SourceFile {
  /**
   * Offsets in the text (without a byte order mark) of the value at a path, quotes in it, the end exclusive; of a
   * mapping or list only where it starts. Undefined where there is none.
   */
  readonly range: (path: readonly PropertyKey[]) => readonly [start: number, end: number] | undefined;
}

/** Default limit of a file's size. */
export const maxFileBytes = 1024 * 1024;

/** Parses one YAML document. Throws InputError with what is wrong and where. */
export function parseYaml(
  given: string,
  file: string,
  maxBytes = maxFileBytes,
  dialect: Dialect = '1.2',
): YamlFile {
  // Ansible tries JSON first, where 1e5 is a number.
  const schema = schemas[dialect === 'ansible' && isJson(given) ? '1.2' : dialect];
  const source = sourceText(file, given.startsWith('\uFEFF') ? given.slice(1) : given);
  rejectLarge(source, maxBytes);
  const bad = findBadCharacter(source);
  if (bad !== undefined) throw new InputError([bad]);
  if (source.text.startsWith('$ANSIBLE_VAULT;'))
    throw new InputError([
      findingAt(
        source.spot(0, 14),
        'a file of Ansible Vault cannot be read',
        'encrypt it by sops or age instead, or give the password of sudo by -K',
      ),
    ]);

  const events = attempt(source, () => parseEvents(source.text, { filename: file, maxDepth: limits.depth }));
  rejectSecondDocument(source, events);
  const { root, findings } = buildNodes(source, events, schema);
  if (findings.length > 0) throw new InputError(findings);
  const documents = attempt(source, () =>
    constructFromEvents([...events], {
      source: source.text,
      filename: file,
      schema,
      maxAliases: limits.aliases,
      maxTotalMergeKeys: limits.expanded,
    }),
  );
  return yamlFile(source, root, documents[0] ?? null);
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function yamlFile(source: SourceText, root: Node | undefined, value: unknown): YamlFile {
  return {
    file: source.file,
    value,
    empty: root === undefined,
    spot(path, which = 'value', find) {
      if (root === undefined) return source.spot(0);
      const { node, exact } = nearest(root, path);
      if (which === 'key' && exact && node.key !== undefined) return source.spot(...node.key);
      const inside = find === undefined ? -1 : source.text.slice(...node.value).indexOf(find);
      if (find === undefined || inside < 0) return source.spot(...node.value);
      return source.spot(node.value[0] + inside, node.value[0] + inside + find.length);
    },
    raw(path) {
      if (root === undefined) return undefined;
      const { node, exact } = nearest(root, path);
      return exact ? node.raw : undefined;
    },
    range(path) {
      if (root === undefined) return undefined;
      const { node, exact } = nearest(root, path);
      return exact ? node.value : undefined;
    },
  };
}

function nearest(root: Node, path: readonly PropertyKey[]): { node: Node; exact: boolean } {
  let node = root;
  for (const step of path) {
    const next = memberOf(node, step);
    if (next === undefined) return { node, exact: false };
    node = next;
  }
  return { node, exact: true };
}

function memberOf(node: Node, step: PropertyKey): Node | undefined {
  if (node.members === undefined) return undefined;
  if (node.members.is === 'list') return node.members.items[Number(step)];
  const own = node.members.byKey.get(String(step));
  if (own !== undefined) return own;
  // A key that came in by "<<" has its place in the merged mapping.
  const merged = node.members.byKey.get('<<');
  if (merged?.members === undefined) return undefined;
  if (merged.members.is === 'map') return memberOf(merged, step);
  for (const part of merged.members.items) {
    const found = memberOf(part, step);
    if (found !== undefined) return found;
  }
  return undefined;
}

function rejectLarge(source: SourceText, maxBytes: number): void {
  const bytes = Buffer.byteLength(source.text);
  if (bytes <= maxBytes) return;
  const sizes = `${megabytes(bytes)}; the limit is ${megabytes(maxBytes)}`;
  throw new InputError([
    { at: { file: source.file, line: 1, col: 1 }, message: `the file is too large: ${sizes}` },
  ]);
}

export function megabytes(bytes: number): string {
  return `${(bytes / (1024 * 1024)).toFixed(1)} MiB`;
}

function rejectSecondDocument(source: SourceText, events: readonly Event[]): void {
  const second = events.filter((e) => e.type === EVENT_ID.DOCUMENT)[1];
  if (second === undefined) return;
  const first = events[0];
  const markers = [...source.text.matchAll(/^(---|\.\.\.)(?=\s|$)/gm)];
  const explicit = first?.type === EVENT_ID.DOCUMENT && first.explicitStart ? 1 : 0;
  const marker = markers[explicit] ?? markers.at(-1);
  const start = marker?.index ?? 0;
  throw new InputError([
    findingAt(
      source.spot(start, start + 3),
      'a second YAML document starts here',
      'write one document a file: remove this line',
    ),
  ]);
}

function attempt<T>(source: SourceText, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new InputError([explainSyntax(source, error)]);
  }
}
