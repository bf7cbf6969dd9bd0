import { createHash } from 'node:crypto';
import type { AbsolutePath } from '../brand.ts';
import type { Frames } from '../observe/frames.ts';
import { absent, unknown, value, type Known, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import { shQuote } from '../quote.ts';

/** What stands at a path. `mode` is octal with a leading zero, as in `0644`. */
export type Node =
  | {
      readonly is: 'file';
      readonly content: Buffer;
      readonly mode: string;
      readonly owner: string;
      readonly group: string;
    }
  | { readonly is: 'link'; readonly target: string }
  | { readonly is: 'other'; readonly what: string };

/** A path together with what was seen there. */
export interface Located {
  readonly path: AbsolutePath;
  readonly node: Observation<Node>;
}

export interface FileDesire {
  readonly resource: 'file';
  readonly path: AbsolutePath;
  readonly seen: Observation<Node>;
  readonly want: Known<Node>;
}

/** Lines that confine keeps between two markers of a file that others own; what others wrote there stays. */
export interface BlockDesire {
  readonly resource: 'block';
  readonly path: AbsolutePath;
  readonly seen: Observation<Node>;
  readonly marker: string;
  readonly lines: readonly string[];
}

/** A file or link is put in place, replaced or removed. */
export interface FileChange {
  readonly change: 'file';
  readonly path: AbsolutePath;
  readonly before: Known<Node>;
  readonly after: Known<Node>;
}

/** Asks what stands at a path: bytes, owner and mode of a file, or the target of a link. */
export function fileProbe(path: AbsolutePath): Probe<Node> {
  return {
    key: `file:${path}`,
    needs: ['resources/file.observe.sh'],
    ask: (key) => `observe_file ${key} ${shQuote(path)}`,
    parse: parseFile,
    predict: (seen, host) => host.node(path) ?? seen,
  };
}

/** Reads the frames that observe_file sent under a key. */
export function parseFile(frames: Frames, key: string): Observation<Node> {
  if (frames.bytes(`${key} absent`)) return absent;
  const target = frames.bytes(`${key} link`);
  if (target) return value({ is: 'link', target: target.toString('utf8') });
  const meta = frames.text(`${key} file`);
  const content = frames.bytes(`${key} content`);
  if (meta !== undefined && content) {
    // Groups of a Windows domain have spaces in their names.
    const [mode = '', owner = '', ...group] = meta.split(' ');
    return value({ is: 'file', content, mode: mode.padStart(4, '0'), owner, group: group.join(' ') });
  }
  const other = frames.text(`${key} other`);
  if (other !== undefined) return value({ is: 'other', what: other });
  return unknown(frames.text(`${key} unknown`) ?? 'the host did not answer');
}

/** Compares two nodes by all that confine can put in place. */
export function sameNode(a: Known<Node>, b: Known<Node>): boolean {
  if (a.is === 'absent' || b.is === 'absent') return a.is === b.is;
  const [x, y] = [a.value, b.value];
  if (x.is === 'file' && y.is === 'file')
    return x.content.equals(y.content) && x.mode === y.mode && x.owner === y.owner && x.group === y.group;
  if (x.is === 'link' && y.is === 'link') return x.target === y.target;
  return x.is === 'other' && y.is === 'other' && x.what === y.what;
}

/** Whether nobody but root can write a file. */
export const ownedByRoot = ({ owner, group, mode }: Node & { readonly is: 'file' }): boolean =>
  owner === 'root' && (group === 'root' || !/[2367].$/.test(mode)) && !/[2367]$/.test(mode);

/** What `preimage` in nodes.sh prints for a node: compared again under the lock. */
export function preimage(node: Known<Node>): string {
  if (node.is === 'absent') return 'absent';
  const it = node.value;
  if (it.is === 'link') return `link:${it.target}`;
  if (it.is === 'other') return 'other';
  const sum = createHash('sha256').update(it.content).digest('hex');
  return `file:${sum}:${it.mode.replace(/^0+(?=.)/, '')}:${it.owner}:${it.group}`;
}

/**
 * The change that leads from what is there to what is wanted, if they differ.
 * @throws {Refusal} where something stands in the way that confine does not replace, like a folder.
 */
export function compareFile(desire: FileDesire, before: Known<Node>): FileChange[] {
  if (before.is === 'value' && before.value.is === 'other')
    throw new Refusal('error', `${desire.path} is a ${before.value.what}`, 'move it away, then run again');
  if (sameNode(before, desire.want)) return [];
  return [{ change: 'file', path: desire.path, before, after: desire.want }];
}

/** A task that can't be done on this host as declared: what, and the next step. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: 'error' | 'conflict';
  readonly hint: string | undefined;
  constructor(kind: 'error' | 'conflict', message: string, hint?: string) {
    super(message);
    this.kind = kind;
    this.hint = hint;
  }
}
