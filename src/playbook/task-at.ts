import type { Spot } from '../yaml/spot.ts';
import type { CompiledTask } from './types.ts';

/** A task that no playbook holds: chosen whatever the tags, without a condition, and all of it in one place. */
export const taskAt = (
  spot: Spot,
  told: Pick<CompiledTask, 'name' | 'module' | 'play' | 'params'> & Partial<CompiledTask>,
): CompiledTask => ({
  index: 0,
  at: spot.at,
  positionOf: () => spot.at,
  spotOf: () => spot,
  tags: [],
  selected: true,
  when: { is: 'yes' },
  become: undefined,
  ...told,
});
