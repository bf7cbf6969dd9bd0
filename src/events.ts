import type { Diagnostic, ExitCode } from './errors.ts';
import type { Transaction } from './observe/transaction.ts';
import type { HostPlan } from './plan/types.ts';

/** How one host ended in a run. */
export type HostOutcome =
  | { readonly is: 'in-sync' }
  /** Changes are pending: a plan, not an apply. */
  | { readonly is: 'pending' }
  | { readonly is: 'committed' }
  /** All that confine had changed was taken back on demand, and DNS answers. */
  | { readonly is: 'restored' }
  | { readonly is: 'undone'; readonly reason: string; readonly log: readonly string[] }
  | { readonly is: 'unhealthy'; readonly reason: string; readonly log: readonly string[] }
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
  /** The playbook can't be right for this host: a condition that its facts do not decide. */
  | { readonly is: 'rejected'; readonly diagnostics: readonly Diagnostic[] }
  /** The connection ended before the host said how it ended. */
  | { readonly is: 'unknown'; readonly reason: string; readonly hint: string | undefined }
  /** The run was interrupted before its turn. */
  | { readonly is: 'untouched' }
  | { readonly is: 'failed'; readonly reason: string; readonly hint: string | undefined }
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
    }
  /** What became of a transaction whose end nobody was told. */
  | { readonly event: 'host-earlier'; readonly host: string; readonly transaction: Transaction }
  | { readonly event: 'host-planned'; readonly host: string; readonly plan: HostPlan }
  | { readonly event: 'host-progress'; readonly host: string; readonly step: string; readonly detail: string }
  | { readonly event: 'host-ended'; readonly host: string; readonly outcome: HostOutcome }
  | { readonly event: 'warning'; readonly host: string | undefined; readonly message: string }
  | { readonly event: 'run-ended'; readonly exit: ExitCode; readonly seconds: number };

export type Emit = (event: Event) => void;
