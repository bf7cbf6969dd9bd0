import type { Basis } from './basis.ts';
import type { HostName } from '../brand.ts';
import type { Position } from '../errors.ts';
import type { Hold } from '../observe/attest-holds.ts';
import type { Change } from '../resources/resources.ts';
import type { Trait } from '../resources/unit.ts';

/** What planning found for one task. There is no "skipped": a task is in one of these states. */
export type TaskResult =
  | { readonly is: 'in-sync' }
  | { readonly is: 'changes'; readonly changes: readonly Change[] }
  /** The host differs from it on purpose, and no more than that: in sync. */
  | { readonly is: 'held'; readonly by: readonly Hold[] }
  /** Known after apply: it depends on what a package will bring. */
  | { readonly is: 'deferred'; readonly reason: string }
  /** The host could not be asked, so nothing that depends on it may be changed. */
  | { readonly is: 'unknown'; readonly reason: string }
  | {
      readonly is: 'refused';
      readonly kind: 'error' | 'conflict';
      readonly message: string;
      readonly hint: string | undefined;
    }
  /** Its `when` is false on this host. */
  | { readonly is: 'excluded'; readonly reason: string };

export interface TaskPlan {
  readonly name: string;
  readonly module: string;
  readonly at: Position;
  readonly result: TaskResult;
}

/** What the running named of a unit has to look like after the transaction, whatever else is healthy. */
export type Expectation =
  | {
      readonly is: 'confined';
      readonly unit: string;
      readonly profile: string;
      readonly mode: 'enforce' | 'complain';
    }
  /** It runs below a process of this program. */
  | { readonly is: 'inside'; readonly unit: string; readonly program: 'firejail' }
  /** The kernel enforces it on the process, or it runs as that user. */
  | { readonly is: 'has'; readonly unit: string; readonly trait: Trait };

/** The plan for one host. */
export interface HostPlan {
  readonly host: HostName;
  readonly tasks: readonly TaskPlan[];
  /** Packages come first and forward only; the host is observed again behind them. */
  readonly packages: readonly string[];
  /** All other changes, in the order in which one transaction makes them. */
  readonly changes: readonly Change[];
  readonly expect: readonly Expectation[];
  /** Units that run BIND: DNS has to answer after the transaction as it did before. */
  readonly watch: readonly string[];
  /** What its loads and starts take up of the host besides what it changes. */
  readonly basis: Basis;
  /** Holds of the host, which keep it apart from its playbook; a plan that breaks them has them end with it. */
  readonly holds: readonly Hold[];
  readonly breaks: boolean;
  readonly state: 'in-sync' | 'changes' | 'blocked';
}
