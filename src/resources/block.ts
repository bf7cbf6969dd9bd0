import { localRulesOf, withoutOwnedBlocks } from '../apparmor/local.ts';
import { value, type Known } from '../observe/observation.ts';
import { Refusal, type BlockDesire, type Node } from './file.ts';
import type { Profile } from './profile.ts';

const begin = (marker: string) => `# BEGIN ${marker}`;
const end = (marker: string) => `# END ${marker}`;

interface Split {
  readonly before: readonly string[];
  readonly block: readonly string[] | undefined;
  readonly after: readonly string[];
}

// Bytes are handled as latin1 text, which keeps every byte of a file that is not UTF-8.
const toBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

function split(content: string, marker: string, path: string): Split {
  const lines = content.split('\n');
  const starts = lines.flatMap((line, i) => (line === begin(marker) ? [i] : []));
  const ends = lines.flatMap((line, i) => (line === end(marker) ? [i] : []));
  if (starts.length === 0 && ends.length === 0) return { before: lines, block: undefined, after: [] };
  const [start = 0, stop = 0] = [starts[0], ends[0]];
  if (starts.length !== 1 || ends.length !== 1 || stop < start)
    throw new Refusal(
      'error',
      `the markers "${begin(marker)}" and "${end(marker)}" in ${path} are not one pair`,
      'mend the file by hand: one BEGIN line, then one END line',
    );
  return { before: lines.slice(0, start), block: lines.slice(start + 1, stop), after: lines.slice(stop + 1) };
}

/**
 * The lines that the block has to hold: those that others wrote into the file already are not doubled. What stands in
 * the block stays there, whoever writes it outside as well; and comments alone make no block.
 */
function notStanding(
  lines: readonly string[],
  outside: readonly string[],
  inside: readonly string[],
): readonly string[] {
  const theirs = localRulesOf(withoutOwnedBlocks(outside).join('\n'));
  const ours = localRulesOf(inside.join('\n'));
  const left = lines.filter((line) => {
    const rules = [...localRulesOf(line)];
    return rules.length === 0 || !rules.every((it) => theirs.has(it) && !ours.has(it));
  });
  const comments = left.every((line) => localRulesOf(line).size === 0);
  return comments && left.length < lines.length ? [] : left;
}

/** The lines that stand in the block now. */
export function linesOfBlock(node: Known<Node>, marker: string, path: string): readonly string[] {
  if (node.is === 'absent' || node.value.is !== 'file') return [];
  const { block = [] } = split(node.value.content.toString('latin1'), marker, path);
  return block.map((line) => Buffer.from(line, 'latin1').toString('utf8').trim());
}

/**
 * The file with its block holding those of these lines that stand nowhere else in it; without any, the block goes and
 * the file stays.
 * A file that is not there yet is made as packages make it (root:root 0644).
 */
export function withBlock(desire: BlockDesire, seen: Known<Node>, lines: readonly string[]): Known<Node> {
  if (seen.is === 'value' && seen.value.is !== 'file')
    throw new Refusal('error', `${desire.path} is not a plain file`, 'move it away, then run again');
  if (seen.is === 'absent' && lines.length === 0) return seen;
  const old = seen.is === 'value' && seen.value.is === 'file' ? seen.value : undefined;
  const { before, block, after } = split(old?.content.toString('latin1') ?? '', desire.marker, desire.path);
  const own = notStanding(lines.map(toBytes), [...before, ...after], block ?? []);
  const body =
    own.length === 0 ? [] : [begin(desire.marker), ...own.map((line) => `  ${line}`), end(desire.marker)];
  if (own.length === 0 && block === undefined) return seen;
  let whole: string;
  if (block !== undefined) whole = [...before, ...body, ...after].join('\n');
  else {
    const head = before.join('\n');
    whole = `${head}${head === '' || head.endsWith('\n') ? '' : '\n'}${body.join('\n')}\n`;
  }
  return value({
    is: 'file',
    content: Buffer.from(whole, 'latin1'),
    mode: old?.mode ?? '0644',
    owner: old?.owner ?? 'root',
    group: old?.group ?? 'root',
  });
}

/**
 * Local additions to a profile: lines of a block that all tasks of a host share.
 * @throws {Refusal} where the profile doesn't include its local file, so that they would do nothing
 */
export function localRules(profile: Profile, marker: string, lines: readonly string[]): BlockDesire {
  const { local, file, header } = profile;
  if (!profile.includesLocal && lines.length > 0)
    throw new Refusal(
      'error',
      `profile ${header.name} in ${file.path} does not include ${local.path}, so the rules would silently do nothing`,
      `add "#include <local/${local.path.slice(local.path.lastIndexOf('/') + 1)}>" to the profile, before its closing brace`,
    );
  return { resource: 'block', path: local.path, seen: local.node, marker, lines };
}
