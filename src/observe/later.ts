import { framesOf, type Frames } from './frames.ts';

interface Stat {
  readonly size: number;
  readonly changed: string;
  readonly inode: string;
  readonly meta: string;
  /** The path, and for a link its target behind an arrow. */
  readonly name: string;
}

const changing = Buffer.from('a file changed while it was read: run again\n');

/**
 * Gives every file and link that a trip read together (observe_later in frame.sh) the frames that it would have
 * had alone: `KEY file` with mode and owner, `KEY content`, or `KEY link`. A file of a unit, asked for as
 * `KEY part`, becomes `KEY part PATH` with its bytes, and `KEY changed` lists the change times (ctime).
 *
 * What was gone again, or changed meanwhile, is `KEY unknown`: which bytes are whose is not known then.
 */
export function unfoldLater(frames: Frames): Frames {
  const asked = frames.text('later asked');
  if (asked === undefined) return frames;
  const all = new Map(frames.keys('').flatMap((key) => entry(key, frames.bytes(key))));
  const stats = (frames.text('later stat') ?? '').split('\n').map(parseStat);
  const bytes = frames.bytes('later bytes') ?? Buffer.alloc(0);
  const whole = isWhole(frames, asked, stats, bytes.length);
  let [turn, offset] = [0, 0];
  for (const line of asked.split('\n')) {
    const [key = '', kind = '', path = ''] = line.split('\t');
    const stat = stats[turn];
    const target = kind === 'link' && stat ? targetIn(stat.name, path) : undefined;
    const found = stat && (kind === 'link' ? target !== undefined : stat.name === path);
    if (found) turn += 1;
    if (!found || !whole) {
      all.set(`${key} unknown`, changing);
      continue;
    }
    if (target !== undefined) {
      all.set(`${key} link`, Buffer.from(target));
      continue;
    }
    const content = bytes.subarray(offset, offset + stat.size);
    offset += stat.size;
    if (key.endsWith(' part')) {
      all.set(`${key} ${path}`, content);
      const list = `${key.slice(0, -' part'.length)} changed`;
      all.set(list, Buffer.concat([all.get(list) ?? Buffer.alloc(0), Buffer.from(`${stat.changed}\n`)]));
    } else {
      all.set(`${key} file`, Buffer.from(`${stat.meta}\n`));
      all.set(`${key} content`, content);
    }
  }
  return framesOf(all);
}

/** Where a link leads, as stat's %N has it: busybox has both paths in quotes, whatever QUOTING_STYLE says. */
function targetIn(name: string, path: string): string | undefined {
  if (name.startsWith(`${path} -> `)) return name.slice(path.length + 4);
  const quoted = `'${path}' -> '`;
  return name.startsWith(quoted) && name.endsWith("'") ? name.slice(quoted.length, -1) : undefined;
}

const entry = (key: string, bytes: Buffer | undefined): [string, Buffer][] => (bytes ? [[key, bytes]] : []);

function parseStat(line: string): Stat {
  const [numbers = '', user = '', group = '', ...name] = line.split('\t');
  const [size = '', changed = '', inode = '', mode = ''] = numbers.split(' ');
  return { size: Number(size), changed, inode, meta: `${mode} ${user} ${group}`, name: name.join('\t') };
}

/** Whether the bytes are those of the files as both looks at them say. */
function isWhole(frames: Frames, asked: string, stats: readonly Stat[], length: number): boolean {
  const paths = new Set(
    asked.split('\n').flatMap((line) => {
      const [, kind, path = ''] = line.split('\t');
      return kind === 'file' ? [path] : [];
    }),
  );
  const files = stats.filter((it) => paths.has(it.name));
  const again = files.map((it) => `${it.size} ${it.changed} ${it.inode} ${it.name}`).join('\n');
  return (
    again === (frames.text('later again') ?? '') && length === files.reduce((sum, it) => sum + it.size, 0)
  );
}
