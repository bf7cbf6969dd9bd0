import type { HostName } from '../brand.ts';
import type { Position } from '../errors.ts';
import type { Inventory } from '../inventory/types.ts';
import type { Availability, HostRollout, RolloutSpec } from '../rollout/types.ts';
import type { Spot } from '../yaml/spot.ts';
import type { Confirm } from './confirm.ts';
import type { ModuleMap } from './spec.ts';

/** What was observed of a host, as `when` sees it under the name `host`. */
export type HostFacts = Readonly<Record<string, unknown>>;

/** A task's condition, as far as it is decided without a host. */
export type When =
  | { readonly is: 'yes' }
  | {
      readonly is: 'deferred';
      /** The conditions as written that ask for `host.…`; all must hold. */
      readonly conditions: readonly string[];
      /** The variables that they ask for besides. */
      readonly values: Readonly<Record<string, unknown>>;
      /** Throws InputError where a condition cannot be decided: a fact that does not exist, or no yes or no. */
      evaluate(facts: HostFacts): boolean;
    };

interface TaskPlace {
  /** Counts from 0 over all plays of this host; excluded tasks keep their number. */
  readonly index: number;
  readonly name: string;
  readonly module: string;
  /** The task's module key. */
  readonly at: Position;
  /** The name of the task's play. */
  readonly play: string;
}

/** A task of one host: templates filled in, parameters checked by the module's schema. */
export interface CompiledTask extends TaskPlace {
  /** The output of the module's schema. One object for all hosts whose parameters are equal: do not change it. */
  readonly params: unknown;
  /** The place of a parameter (a path inside `params`), or of the nearest thing around it. */
  positionOf(path: readonly PropertyKey[]): Position;
  /** As positionOf, with what a Diagnostic shows of the line. */
  spotOf(path: readonly PropertyKey[], which?: 'key' | 'value'): Spot;
  readonly tags: readonly string[];
  /** Whether --tags and --skip-tags leave it in. */
  readonly selected: boolean;
  readonly when: When;
  /** The task's own `become`, or its play's. */
  readonly become: boolean | undefined;
}

/** A task whose `when` is false by the inventory's variables alone. */
export interface ExcludedTask extends TaskPlace {
  /** For people: the condition that does not hold. */
  readonly reason: string;
}

/** A host's variables with templates filled in, each when it is asked for. */
export interface ResolvedVars {
  names(): readonly string[];
  has(name: string): boolean;
  /** Undefined where there is no such variable. Throws InputError where its template cannot be filled in. */
  get(name: string): unknown;
  /** Where the value that won was written. */
  at(name: string): Position | undefined;
}

/** A number of hosts, or a share of a play's hosts in the run. */
export type Size =
  { readonly is: 'hosts'; readonly hosts: number } | { readonly is: 'percent'; readonly percent: number };

/** How a run goes over the hosts of a play. One object for all of its hosts. */
export interface RunPlay {
  readonly name: string;
  /** The sizes of its batches, the last one for all further ones; none where all hosts are one batch. */
  readonly serial: readonly Size[];
  /** The share of its hosts that may fail, in percent; undefined where it does not say. */
  readonly maxFail: number | undefined;
  /** The rollout by which alone it enforces; undefined where an apply does. */
  readonly rollout?: Pick<RolloutSpec, 'name'> | undefined;
}

/** Everything that the playbooks say about one host, in order. */
export interface HostTasks {
  readonly host: HostName;
  /** The plays that name it, in order. */
  readonly plays: readonly RunPlay[];
  /** As Host.groups. */
  readonly groups: readonly string[];
  /** Inventory variables and `-e`, without those of plays: what a connection needs. */
  readonly vars: ResolvedVars;
  /** Undefined where hosts do not wait for each other. */
  readonly availability?: Availability | undefined;
  readonly tasks: readonly CompiledTask[];
  readonly excluded: readonly ExcludedTask[];
  /** True where a task of the host wants it, undefined where nothing says. */
  readonly become: boolean | undefined;
  /** Undefined where health on the host is proof enough. */
  readonly confirm?: Confirm | undefined;
  /** Undefined where no play of it has one. */
  readonly rollout?: HostRollout | undefined;
}

/** A play with its tasks, as far as they are known without an inventory. */
export interface CheckedPlay {
  readonly name: string;
  readonly at: Position;
  readonly tasks: readonly CheckedTask[];
}

export interface CheckedTask extends TaskPlace {
  /** `open` where a parameter depends on a variable that only an inventory can give. */
  readonly params: { readonly is: 'known'; readonly value: unknown } | { readonly is: 'open' };
  readonly positionOf: CompiledTask['positionOf'];
  readonly spotOf: CompiledTask['spotOf'];
  readonly tags: readonly string[];
  readonly selected: boolean;
  /** `maybe` where it depends on the inventory or on the host. */
  readonly when: 'yes' | 'no' | 'maybe';
  readonly become: boolean | undefined;
}

export interface CheckInput {
  /** Paths of playbooks. */
  readonly playbooks: readonly string[];
  readonly modules: ModuleMap;
  /** Each `-e` as given: `k=v …`, JSON, or `@file`. */
  readonly extraVars?: readonly string[];
  /** Each `--tags` and `--skip-tags` as given; commas separate. */
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
}

export interface CompileInput extends CheckInput {
  readonly inventory: Inventory;
  /** `--limit` as given. */
  readonly limit?: string;
  /** What it was given with, for messages: `--limit` where nothing is said. */
  readonly limitedBy?: string;
}

/** Both throw InputError with every finding of all files. */
export type Compile = (input: CompileInput) => Promise<readonly HostTasks[]>;
export type Check = (input: CheckInput) => Promise<readonly CheckedPlay[]>;
