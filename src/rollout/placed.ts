import { unknown, value } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';

/**
 * The folders of those transactions of a host's rollout that stand, the oldest first: from the one that entered it on,
 * without those of a rollout before.
 */
export const placedProbe: Probe<readonly string[]> = {
  key: 'rollout-placed',
  needs: ['rollout/placed.observe.sh'],
  ask: (key) => `observe_rollout_placed ${key}`,
  parse: (frames, key) => {
    const text = frames.text(`${key} asked`);
    if (text === undefined) return unknown('the host did not answer');
    return value(
      ofThis(
        text
          .split('\n')
          .filter(Boolean)
          .map((line) => line.split('\t')),
      ),
    );
  },
};

/** Lines of a folder and the rollout before it; the last is of now. */
function ofThis(lines: readonly (readonly string[])[]): readonly string[] {
  const now = lines.at(-1)?.[1] ?? '';
  const entered = lines.findLastIndex((line, i) => i < lines.length - 1 && line[1] !== now);
  return lines.slice(Math.max(0, entered), -1).map(([folder = '']) => folder);
}
