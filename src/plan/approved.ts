import { createHash } from 'node:crypto';
import { preimage } from '../resources/file.ts';
import type { Change } from '../resources/resources.ts';
import type { Basis, TakenUp } from './basis.ts';
import { endedBy } from './holds.ts';
import type { HostPlan, TaskPlan } from './types.ts';

/**
 * What a person approves with the plan of a host, an effect a line: what becomes what. Nothing in it moves by
 * itself: no PIDs, serials, counters or reasons.
 */
export interface Approved {
  readonly packages: readonly string[];
  /** All effects of the transaction, and what they rest on. */
  readonly changes: readonly string[];
  /** Tasks that are known only once the packages are there: nobody can approve them yet. */
  readonly deferred: readonly string[];
}

/** How a fresh plan stands to what was approved. */
export type Verdict =
  | { readonly is: 'same' }
  /** All of it is there already. */
  | { readonly is: 'done' }
  | { readonly is: 'other'; readonly gone: readonly string[]; readonly added: readonly string[] };

/** What approving this plan means. */
export function approvalOf(plan: HostPlan): Approved {
  return {
    packages: plan.packages,
    changes: [
      ...plan.changes.flatMap((it) => effect(it, plan.basis)),
      ...endedBy(plan).map(({ kind, id }) => `the hold ${kind} ${id} ends`),
      ...plan.tasks.flatMap(({ name, result }) =>
        result.is === 'held' ? result.by.map(({ kind, id }) => `${name} is held by ${kind} ${id}`) : [],
      ),
    ],
    deferred: plan.tasks.filter(waits).map(({ name }) => name),
  };
}

/** A task that brings a package for something of its own knows no more than one that waits for another's. */
const waits = ({ module, result }: TaskPlan): boolean =>
  result.is === 'deferred' ||
  (result.is === 'changes' && module !== 'package' && result.changes.some((it) => it.change === 'package'));

/**
 * Whether a fresh plan is what was approved. A package that is there by now makes no difference: packages go
 * forward only, so a run that was cut short behind them goes on.
 */
export function judge(approved: Approved, plan: HostPlan): Verdict {
  const now = approvalOf(plan);
  const added = without(lines(now), lines(approved));
  const gone = without(approved.changes, now.changes);
  if (added.length > 0) return { is: 'other', gone, added };
  if (plan.state === 'in-sync') return { is: 'done' };
  return gone.length > 0 ? { is: 'other', gone, added } : { is: 'same' };
}

const lines = ({ packages, changes, deferred }: Approved): readonly string[] => [
  ...packages.map((it) => `package ${it}`),
  ...changes,
  ...deferred.map((it) => `${it} is known after a package is installed`),
];

const without = (all: readonly string[], others: readonly string[]): readonly string[] => {
  const known = new Set(others);
  return all.filter((it) => !known.has(it));
};

const takingUp = (it: TakenUp | undefined): string => (it === undefined ? '' : `, as of ${it.hash}`);

function effect(change: Change, basis: Basis): string[] {
  switch (change.change) {
    case 'file':
      return [`file ${change.path}: ${preimage(change.before)} -> ${preimage(change.after)}`];
    case 'package':
      return [];
    case 'profile': {
      const { name, file, from, to, copy } = change;
      const source = copy
        ? `${createHash('sha256').update(copy.content).digest('hex')}, a copy of ${file}: ${preimage(copy.of)}`
        : file;
      return [`profile ${name} from ${source}: ${from} -> ${to}${takingUp(basis[`profile ${name}`])}`];
    }
    case 'backlog':
      return [`audit backlog: ${change.from} -> ${change.to}`];
    case 'daemon-reload':
      return ['daemon-reload'];
    case 'enable':
    case 'disable':
      return [`${change.change} ${change.unit}: ${change.from} -> ${change.change}d`];
    case 'stop':
      return [`stop ${change.unit}`];
    case 'start':
    case 'restart':
    case 'reload':
      return [`${change.change} ${change.unit}${takingUp(basis[change.unit])}`];
  }
}
