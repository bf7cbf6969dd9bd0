import type { Position } from '../errors.ts';
import type { Vars } from '../inventory/types.ts';
import type { Spot } from '../yaml/spot.ts';
import type { LoadedConfirm } from './confirm.ts';
import type { LoadedRollout } from './rollout.ts';
import type { TaskCommon } from './format.ts';
import type { ModuleSpec } from './spec.ts';
import type { RunPlay } from './types.ts';

/** One condition of a task's `when`. */
export type Condition =
  | { readonly is: 'fixed'; readonly holds: boolean; readonly text: string }
  | { readonly is: 'text'; readonly text: string; readonly spot: (find?: string) => Spot };

/** A task as its file has it: the shape is checked, templates are not filled in. */
export interface LoadedTask {
  readonly name: string;
  readonly module: ModuleSpec;
  /** The value of the module's key. */
  readonly params: unknown;
  readonly at: Position;
  /** The place of a part of the parameters. */
  readonly spotOf: (path: readonly PropertyKey[], which?: 'key' | 'value', find?: string) => Spot;
  readonly raw: (path: readonly PropertyKey[]) => string | undefined;
  readonly tags: readonly string[];
  readonly conditions: readonly Condition[];
  readonly become: TaskCommon['become'];
  readonly vars: Vars;
}

export interface LoadedPlay {
  readonly file: string;
  readonly name: string;
  readonly at: Position;
  /** Host patterns with their places. */
  readonly hosts: readonly { readonly text: string; readonly spot: (find?: string) => Spot }[];
  readonly become: boolean | undefined;
  readonly run: RunPlay;
  readonly confirm: LoadedConfirm | undefined;
  readonly rollout: LoadedRollout | undefined;
  /** Play vars, with those of vars_files over them. */
  readonly vars: Vars;
  readonly tasks: readonly LoadedTask[];
}
