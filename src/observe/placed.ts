import { AbsolutePath } from '../brand.ts';
import { parseFile, preimage, type Node } from '../resources/file.ts';
import type { Frames } from './frames.ts';
import { unknown, value, type Known, type Observation } from './observation.ts';
import type { Probe } from './probe.ts';

/** A file that confine's standing transactions put in place for a unit or a jail. */
export interface Placed {
  readonly path: AbsolutePath;
  readonly now: Known<Node>;
  /** What was there before the first of them. */
  readonly before: Known<Node>;
  /** Whether it still is as the last of them had left it. */
  readonly own: boolean;
}

/** Asks the journals of the host which files those are. */
export const placedProbe: Probe<readonly Placed[]> = {
  key: 'placed',
  needs: ['resources/file.observe.sh', 'observe/placed.observe.sh'],
  ask: (key) => `observe_placed ${key}`,
  parse: parsePlaced,
};

function parsePlaced(frames: Frames, key: string): Observation<readonly Placed[]> {
  const paths = frames.text(`${key} paths`);
  if (paths === undefined) return unknown('the host did not answer');
  const placed = new Map(
    (frames.text(`${key} placed`) ?? '').split('\n').map((line): [string, string] => {
      const [path = '', note = ''] = line.split('\t');
      return [path, note];
    }),
  );
  const found: Placed[] = [];
  for (const [i, text] of paths.split('\n').filter(Boolean).entries()) {
    const path = AbsolutePath.parse(text);
    const before = parseFile(frames, `${key}/before ${i + 1}`);
    const now = parseFile(frames, `${key}/now ${i + 1}`);
    if (before.is === 'unknown') return before;
    if (now.is === 'unknown') return now;
    found.push({ path, now, before, own: placed.get(path) === preimage(now) });
  }
  return value(found);
}
