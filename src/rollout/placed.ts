import { unknown, value } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';

/** The folders of those transactions of a rollout that stand on a host, the oldest first. */
export const placedProbe: Probe<readonly string[]> = {
  key: 'rollout-placed',
  needs: ['rollout/placed.observe.sh'],
  ask: (key) => `observe_rollout_placed ${key}`,
  parse: (frames, key) => {
    const text = frames.text(`${key} asked`);
    return text === undefined ? unknown('the host did not answer') : value(text.split('\n').filter(Boolean));
  },
};
