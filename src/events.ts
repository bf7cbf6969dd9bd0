import type { Diagnostic, ExitCode } from './errors.ts';
import type { Transaction } from './observe/transaction.ts';
import type { Origin } from './plan/saved.ts';
import type { HostPlan } from './plan/types.ts';
import type { RolloutSummary } from './rollout/summary.ts';

/** An end with what the host said last. */
interface Failed<Is extends string> {
  readonly is: Is;
  readonly reason: string;
  /** The last lines of what failed there. */
  readonly log: readonly string[];
  /** The next step, where the reason is a known one. */
  readonly hint?: string | undefined;
}

/** How one host ended in a run. */
export type HostOutcome =
  | { readonly is: 'in-sync' }
  /** Changes are pending: a plan, not an apply. */
  | { readonly is: 'pending' }
  | { readonly is: 'committed' }
  /** All that confine had changed was taken back on demand, and DNS answers. */
  | { readonly is: 'restored' }
  | Failed<'undone'>
  | Failed<'unhealthy'>
  /** Nothing was touched. */
  | { readonly is: 'refused'; readonly reason: string; readonly hint: string | undefined }
  | { readonly is: 'conflict'; readonly reason: string; readonly hint: string | undefined }
  | { readonly is: 'locked'; readonly reason: string }
  | {
      readonly is: 'unreachable';
      readonly failure: string;
      readonly reason: string;
      readonly hint: string | undefined;
    }
  /** Fresh observations give other changes than those that were approved: these lines are gone, and those are new. */
  | { readonly is: 'stale'; readonly gone: readonly string[]; readonly added: readonly string[] }
  /** The packages of a saved plan are there now; what could be known only behind them, nobody has approved. */
  | {
      readonly is: 'unapproved';
      readonly installed: readonly string[];
      readonly gone: readonly string[];
      readonly added: readonly string[];
    }
  /** The playbook can't be right for this host: a condition that its facts do not decide. */
  | { readonly is: 'rejected'; readonly diagnostics: readonly Diagnostic[] }
  /** The connection ended before the host said how it ended. */
  | { readonly is: 'unknown'; readonly reason: string; readonly hint: string | undefined }
  /** It did not have its turn: somebody interrupted the run, or too many hosts had failed before. */
  | { readonly is: 'untouched'; readonly because: 'interrupted' | 'stopped' }
  | (Partial<Failed<'failed'>> & { readonly is: 'failed'; readonly reason: string })
  /** confine itself failed on this host: a defect. */
  | { readonly is: 'crashed'; readonly reason: string; readonly stack: string };

/** All that a run tells the outside; every output is a rendering of these. */
export type Event =
  | {
      readonly event: 'run-started';
      readonly schemaVersion: 1;
      readonly command: string;
      readonly version: string;
      readonly commit: string;
      readonly hosts: readonly string[];
      /** The saved plan that is applied. */
      readonly plan?: Origin & { readonly file: string };
    }
  /** What became of a transaction whose end nobody was told. */
  | { readonly event: 'host-earlier'; readonly host: string; readonly transaction: Transaction }
  | {
      readonly event: 'host-planned';
      readonly host: string;
      readonly plan: HostPlan;
      /** Who has to confirm its changes from outside, within so many seconds. */
      readonly confirm?: { readonly from: string; readonly within: number };
    }
  /** Only where there are several: each is started when the one before it is done. */
  | {
      readonly event: 'batch-started';
      readonly batch: number;
      readonly of: number;
      readonly hosts: readonly string[];
    }
  /** It is being asked from now on, or has answered: for those who watch. */
  | {
      readonly event: 'host-look';
      readonly host: string;
      readonly state: 'begun' | 'over';
      /** The way there, where the look begins. */
      readonly via?: string;
    }
  /** From now on it is being changed. */
  | { readonly event: 'host-started'; readonly host: string }
  | { readonly event: 'host-progress'; readonly host: string; readonly step: string; readonly detail: string }
  | { readonly event: 'host-ended'; readonly host: string; readonly outcome: HostOutcome }
  | { readonly event: 'warning'; readonly host: string | undefined; readonly message: string }
  /** What the run did not do; never where all is done. */
  | {
      readonly event: 'run-left';
      readonly done: readonly string[];
      readonly failed: readonly string[];
      /** Let go of while they were being changed: each finishes by itself. */
      readonly inFlight: readonly string[];
      readonly untouched: readonly string[];
      /** The hosts that are left, one a line; undefined where it could not be written. */
      readonly file: string | undefined;
      /** The command that goes on with them. */
      readonly resume: string;
    }
  | {
      readonly event: 'plan-saved';
      readonly file: string;
      readonly hosts: number;
      /** Hosts with tasks that are known only after their packages are installed. */
      readonly deferred: readonly string[];
      /** Hosts that could not be planned, and how they ended. */
      readonly leftOut: Readonly<Record<string, string>>;
    }
  /** Where a rollout stands behind the run. */
  | { readonly event: 'rollout'; readonly summary: RolloutSummary }
  | {
      readonly event: 'run-ended';
      readonly exit: ExitCode;
      readonly seconds: number;
      /** The command that comes next, quoted for a shell. */
      readonly next?: string;
    };

export type Emit = (event: Event) => void;
