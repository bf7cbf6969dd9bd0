import type { Emit } from '../events.ts';
import type { PipelineKind } from '../init/pipeline.ts';

/** Options as commander gives them, over all commands. */
export interface CommonOptions {
  readonly inventory?: readonly string[];
  readonly limit?: string;
  /** What `limit` was given with, where a command spells it in another way. */
  readonly limitedBy?: string;
  readonly forks?: number;
  readonly user?: string;
  readonly privateKey?: string;
  readonly become?: boolean;
  readonly askBecomePass?: boolean;
  readonly sshConfig?: boolean;
  readonly allowUntested?: boolean;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  readonly extraVars?: readonly string[];
  readonly modulePath?: readonly string[];
  readonly json?: boolean;
  readonly color?: 'auto' | 'always' | 'never';
  readonly verbose?: number;
  readonly quiet?: boolean;
  readonly detailedExitcode?: boolean;
  readonly yes?: boolean;
  readonly last?: boolean;
  readonly check?: boolean;
  readonly baseline?: boolean;
  readonly breakHold?: boolean;
  readonly lockWait?: number;
  readonly mechanism?: readonly string[];
  readonly all?: boolean;
  readonly for?: number;
  readonly why?: string;
  readonly end?: boolean;
  readonly playbookDir?: string;
  readonly list?: boolean;
  readonly host?: string;
  readonly graph?: boolean;
  readonly out?: string;
  readonly ci?: PipelineKind;
  readonly report?: readonly string[];
  /** No flag: takes what the run tells, for the reports that were asked for. */
  readonly note?: Emit | undefined;
  readonly adopt?: boolean;
}

/** What `confine rollout` does with the rollouts of a playbook. */
export type RolloutAction = 'start' | 'status' | 'advance' | 'pause' | 'abort';

/** Options of `denials`. */
export interface DenialsOptions {
  readonly since?: string;
  readonly profile?: string;
  readonly from?: string;
  readonly propose?: boolean;
  readonly fromProfile?: string;
}

/** Options of `audit` that have a default. */
export interface Limits {
  readonly for: number;
  readonly bytes: number;
  readonly profile: string;
}

/** Whether to colour what goes to a stream: `--color`, then NO_COLOR and FORCE_COLOR, then the terminal. */
export function colours(when: CommonOptions['color'], stream: { readonly isTTY?: boolean }): boolean {
  if (when === 'always' || when === 'never') return when === 'always';
  if (process.env['NO_COLOR']) return false;
  if (process.env['FORCE_COLOR']) return true;
  return takesEscapes(stream);
}

const takesEscapes = (stream: { readonly isTTY?: boolean }): boolean =>
  stream.isTTY === true && process.env['TERM'] !== 'dumb' && !process.env['CI'];

/** Whether a live view can be drawn on stderr, and is wanted there. */
export const isLive = ({ quiet, json }: CommonOptions): boolean =>
  !quiet && takesEscapes(process.stderr) && !(json && process.stdout.isTTY);

/** How much is told. */
export function detailOf({ quiet, verbose = 0 }: CommonOptions): 'quiet' | 'normal' | 'verbose' {
  return quiet ? 'quiet' : verbose > 0 ? 'verbose' : 'normal';
}
