import type { Adoption, Said } from './adopt/share.ts';
import type { Cluster } from './audit/cluster.ts';
import type { NotProposed, ProposedRule } from './audit/propose.ts';
import type { AuditRecord, AuditTrail } from './audit/record.ts';
import type { Diagnostic, ExitCode, Position } from './errors.ts';
import type { SeenNeeds } from './fleet/needs.ts';
import type { HostStatus } from './fleet/status.ts';
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

/** What the inventory and the playbooks say of a host of a run. */
export interface Member {
  readonly host: string;
  /** All groups that it is in but "all", sorted. */
  readonly groups: readonly string[];
  /** Where the inventory names it; undefined where no file does. */
  readonly at: Position | undefined;
  /** Its wave, counted from 0; undefined where it is in no rollout, or where --limit hides a part of it. */
  readonly rollout: { readonly name: string; readonly wave: number } | undefined;
}

/** What can be done next. */
export interface NextStep {
  /** Quoted for a shell. */
  readonly command: string;
  /** When, or what it brings; where the command says all, it is not there. */
  readonly about?: string;
}

/** All that a run tells the outside; every output is a rendering of these. */
export type Event =
  | {
      readonly event: 'run-started';
      readonly schemaVersion: 1;
      readonly command: string;
      readonly version: string;
      readonly commit: string;
      readonly hosts: readonly string[];
      /** The same hosts, in the same order. */
      readonly members: readonly Member[];
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
  /**
   * Something about an input file: an error rejects it. Files are read before any host is asked, so it may come before
   * the start of the run, and so it has the version of the schema, too.
   */
  | {
      readonly event: 'finding';
      readonly schemaVersion: 1;
      readonly severity: 'error' | 'warning';
      readonly finding: Diagnostic;
    }
  /** What confines named on a host right now, or how the look at it ended. */
  | ({ readonly event: 'host-status'; readonly schemaVersion: 1 } & HostStatus)
  /** What named.conf needs on a host and something there keeps from it. */
  | ({ readonly event: 'host-needs'; readonly host: string } & SeenNeeds)
  /** How much of a host's audit trail was read. */
  | ({ readonly event: 'host-trail'; readonly schemaVersion: 1; readonly host: string } & (
      | (Pick<AuditTrail, 'unparsed' | 'lost' | 'whole'> & { readonly records: number })
      | { readonly outcome: HostOutcome }
    ))
  /** Denials that are alike, over all hosts. */
  | ({ readonly event: 'denials'; readonly schemaVersion: 1 } & Cluster)
  /** The least rules for what was denied, for the hosts that share a place in the playbooks; null for nowhere. */
  | {
      readonly event: 'proposal';
      readonly schemaVersion: 1;
      readonly profile: string;
      readonly hosts: readonly string[];
      readonly at: Position | null;
      readonly rules: readonly ProposedRule[];
      readonly notProposed: readonly NotProposed[];
      readonly covered: number;
    }
  | {
      readonly event: 'playbook-changed';
      readonly file: string;
      /** False with --check. */
      readonly written: boolean;
      readonly diff: string;
    }
  /** What stands on hosts already, over the fleet, and what `init` would advise besides. */
  | ({ readonly event: 'adoption'; readonly advice: readonly Said[] } & Adoption)
  /** A new file of `init`. */
  | { readonly event: 'file-written'; readonly file: string }
  /** Rules that a person has to put in their place. */
  | {
      readonly event: 'by-hand';
      readonly at: Position | null;
      readonly why: string;
      readonly hint: string;
      readonly rules: readonly string[];
    }
  /** Where a rollout stands behind the run, and what comes next there. */
  | { readonly event: 'rollout'; readonly summary: RolloutSummary; readonly next: readonly NextStep[] }
  | {
      readonly event: 'run-ended';
      readonly exit: ExitCode;
      readonly seconds: number;
      /** The command that comes next, quoted for a shell. */
      readonly next?: string;
    };

export type Emit = (event: Event) => void;

/** A line of a log that `denials --from` reads. */
export type LogLine =
  | (Omit<AuditRecord, 'more'> & { readonly more?: AuditRecord['more'] })
  | { readonly event: 'unparsed'; readonly line: string; readonly why: string };

/** A line that `--json` prints. */
export type Line = Event | LogLine;
