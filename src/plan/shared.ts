import type { CompiledTask } from '../playbook/types.ts';
import { linesOfBlock } from '../resources/block.ts';
import { standsWith, type ExecDesire, type ExecLayer } from '../resources/exec.ts';
import type { BlockDesire, Node } from '../resources/file.ts';
import type { Desire } from '../resources/resources.ts';
import type { Known } from '../observe/observation.ts';

/**
 * What several tasks of a host put into one thing: lines of a block, layers of a start. Each task's target holds
 * its own items and those of the tasks before it; of the tasks behind it, and of those that tags leave out, only
 * what stands there already. So an item that no task declares any more goes, and every task shows just what it
 * brings.
 */
export interface SharedThings {
  /** Notes what a task wants, before any is planned. */
  declare(task: CompiledTask, desire: Desire): void;
  linesFor(desire: BlockDesire, task: CompiledTask, now: Known<Node>): readonly string[];
  layersFor(desire: ExecDesire, task: CompiledTask, now: Known<Node>): readonly ExecLayer[];
}

/** @param tasks all tasks of the host, in their order */
export function sharedThings(tasks: readonly CompiledTask[]): SharedThings {
  const blocks = new Map<string, Map<CompiledTask, readonly string[]>>();
  const starts = new Map<string, Map<CompiledTask, readonly ExecLayer[]>>();
  const blockKey = (it: BlockDesire) => `${it.path}\n${it.marker}`;

  const itemsFor = <T>(
    all: ReadonlyMap<CompiledTask, readonly T[]>,
    task: CompiledTask,
    stands: (item: T) => boolean,
  ): readonly T[] => {
    const turn = tasks.indexOf(task);
    return tasks.flatMap((it, i) => {
      const own = all.get(it) ?? [];
      return it.selected && i <= turn ? own : own.filter(stands);
    });
  };

  return {
    declare(task, desire) {
      if (desire.resource === 'block') add(blocks, blockKey(desire), task, desire.lines);
      if (desire.resource === 'exec') add(starts, desire.at.path, task, desire.layers);
    },
    linesFor(desire, task, now) {
      const standing = new Set(linesOfBlock(now, desire.marker, desire.path));
      const declared = add(blocks, blockKey(desire), task, desire.lines);
      return [...new Set(itemsFor(declared, task, (line) => standing.has(line.trim())))];
    },
    layersFor(desire, task, now) {
      const declared = add(starts, desire.at.path, task, desire.layers);
      return itemsFor(declared, task, (layer) => standsWith(layer, now));
    },
  };
}

/** What all tasks declared under a key, this one's items among them; a task may declare several times. */
function add<T>(
  all: Map<string, Map<CompiledTask, readonly T[]>>,
  key: string,
  task: CompiledTask,
  items: readonly T[],
): Map<CompiledTask, readonly T[]> {
  const found = all.get(key) ?? new Map<CompiledTask, readonly T[]>();
  all.set(key, found);
  return found.set(task, items);
}
