import { blockedText } from '../bind/permitted.ts';
import type { Position } from '../errors.ts';
import type { HostOutcome } from '../events.ts';
import type { Finding } from '../fleet/finding.ts';
import type { TaskPlan } from '../plan/types.ts';
import { outcomeReason, outcomeWords } from './outcome-text.ts';
import type { Block } from '../rollout/summary.ts';
import type { HostRun, Run } from './run.ts';

export const levels = ['error', 'warning', 'note'] as const;
export type Level = (typeof levels)[number];

/** Something that a report points at: one place and one text, for all hosts that have it. */
export interface Issue {
  readonly level: Level;
  /** A word of `issueRules`, or the name of a rule about units. */
  readonly rule: string;
  readonly message: string;
  readonly why: string | undefined;
  readonly next: string | undefined;
  /** What it is about. Hosts that have the same trouble share it, at the line where the inventory names the first of them. */
  readonly about: 'file' | 'host';
  /** Undefined where no file says anything of it. */
  readonly at: Position | undefined;
  readonly hosts: readonly string[];
}

/** What the rules of issues mean. A rule about units is explained by its own page. */
export const issueRules: Readonly<Record<string, string>> = {
  input: 'An input file is wrong',
  'input-warning': 'An input file is odd',
  pending: 'A task would change hosts',
  drift: 'A host differs from its playbook',
  deferred: 'What a task changes is known only after packages are installed',
  unknown: 'A host could not be asked what a task depends on',
  refused: 'A task can’t be done on a host as declared',
  conflict: 'Mechanisms exclude each other on a host',
  outcome: 'A host did not end as wanted',
  status: 'Something about the confinement of named stands out',
  rollout: 'A host of a rollout went back, or stays where it is',
  needs: 'named needs what its confinement blocks',
  warning: 'Something about a host is odd',
};

/** All that stands out of a run, the worst first; what several hosts share is told once. */
export function issuesOf(run: Run): readonly Issue[] {
  const all = [
    ...run.findings.map(({ severity, finding: { at, message, hint, rule } }): Issue => ({
      level: severity,
      rule: rule ?? (severity === 'error' ? 'input' : 'input-warning'),
      message,
      why: undefined,
      next: hint,
      at: at.file.startsWith('-') ? undefined : at,
      about: 'file',
      hosts: [],
    })),
    ...run.hosts.flatMap((host) => hostIssues(host, run.command)),
    ...run.rollouts.flatMap((it) => it.blocks.map((block) => rolloutIssue(it.name, block, run))),
  ];
  return merged(all).toSorted(
    (a, b) => levels.indexOf(a.level) - levels.indexOf(b.level) || b.hosts.length - a.hosts.length,
  );
}

function merged(all: readonly Issue[]): readonly Issue[] {
  const known = new Map<string, Issue>();
  for (const issue of all) {
    const { hosts, at, ...same } = issue;
    const key = JSON.stringify([same, issue.about === 'file' && at]);
    const before = known.get(key);
    known.set(key, before ? { ...before, hosts: [...before.hosts, ...hosts] } : issue);
  }
  return [...known.values()];
}

function hostIssues(it: HostRun, command: string): readonly Issue[] {
  const own = (level: Level, rule: string, message: string, why?: string, next?: string): Issue => ({
    level,
    rule,
    message,
    why,
    next,
    at: it.at,
    about: 'host',
    hosts: [it.host],
  });
  return [
    ...(it.plan?.tasks ?? []).flatMap((task) => taskIssues(task, it, command)),
    ...(it.outcome ? outcomeIssues(it.outcome, it) : []),
    ...(it.status?.findings ?? []).flatMap(({ severity, about, what, why, next }) =>
      // Each task that differs is told by itself, at its own line.
      about === 'drift' ? [] : [own(levelOf[severity], 'status', what, why, next)],
    ),
    ...(it.blocked ?? []).map((one) => own(one.bites ? 'error' : 'warning', 'needs', blockedText(one))),
    ...it.warnings.map((message) => own('warning', 'warning', message)),
  ];
}

/** What keeps hosts of a rollout where they are. */
function rolloutIssue(name: string, { kind, what, command, hosts }: Block, run: Run): Issue {
  return {
    level: kind === 'back' ? 'error' : kind === 'blocked' || kind === 'unseen' ? 'warning' : 'note',
    rule: 'rollout',
    message: `rollout ${name}: ${what}`,
    why: undefined,
    next: command,
    about: 'host',
    at: run.hosts.find(({ host }) => host === hosts[0])?.at,
    hosts,
  };
}

const levelOf: Readonly<Record<Finding['severity'], Level>> = {
  alarm: 'error',
  warning: 'warning',
  unknown: 'warning',
  note: 'note',
};

function taskIssues({ name, at, result }: TaskPlan, it: HostRun, command: string): readonly Issue[] {
  const issue = (level: Level, rule: string, message: string, next?: string): Issue[] => [
    { level, rule, message, why: undefined, next, at: placeOf(at), about: 'file', hosts: [it.host] },
  ];
  switch (result.is) {
    case 'in-sync':
    case 'held':
    case 'excluded':
      return [];
    case 'changes':
      if (it.status) return issue('warning', 'drift', `${name}: differs from the playbook`, planNext);
      return command === 'plan' || it.outcome?.is === 'pending'
        ? issue('note', 'pending', `${name}: changes are pending`)
        : [];
    case 'deferred':
      return issue('note', 'deferred', `${name}: ${result.reason}`);
    case 'unknown':
      return issue('error', 'unknown', `${name}: unknown: ${result.reason}`, unknownNext);
    case 'refused': {
      const rule = result.kind === 'conflict' ? 'conflict' : 'refused';
      return issue('error', rule, `${name}: ${result.message}`, result.hint);
    }
  }
}

const planNext = 'confine plan shows what would change';
const unknownNext = 'nothing is changed where something it depends on is unknown';

const quiet: ReadonlySet<HostOutcome['is']> = new Set(['in-sync', 'pending', 'committed', 'restored']);

/** A transaction is all of its tasks, so how it ended is told at the first of those that it changes. */
function outcomeIssues(outcome: HostOutcome, { host, plan, at }: HostRun): readonly Issue[] {
  if (quiet.has(outcome.is)) return [];
  if (outcome.is === 'rejected')
    return outcome.diagnostics.map(({ at: where, message, hint }) => ({
      level: 'error',
      rule: 'input',
      message,
      why: undefined,
      next: hint,
      at: where,
      about: 'file',
      hosts: [host],
    }));
  // Why a plan is blocked is told by its tasks.
  if (plan?.state === 'blocked') return [];
  const changed = plan?.tasks.find(({ result }) => result.is === 'changes');
  return [
    {
      level: outcome.is === 'untouched' || outcome.is === 'locked' ? 'warning' : 'error',
      rule: 'outcome',
      message: [outcomeWords[outcome.is], outcomeReason(outcome)].filter(Boolean).join(': '),
      why: undefined,
      next: 'hint' in outcome ? outcome.hint : undefined,
      at: (changed && placeOf(changed.at)) ?? at,
      about: changed ? 'file' : 'host',
      hosts: [host],
    },
  ];
}

/** Where a task stands; one that a command makes by itself (relax, audit) is in no file. */
export const placeOf = (at: Position): Position | undefined =>
  at.file.startsWith('confine ') ? undefined : at;

/** Whether a host is as it should be, as far as the run tells. */
export const isFine = ({ outcome }: HostRun): boolean => outcome === undefined || quiet.has(outcome.is);

/** What stands below a message: why it matters, what to do, and where it is so. */
export function issueText({ message, why, next, hosts }: Issue, most: number): string {
  const more = hosts.length - most;
  const where = `${hosts.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return [
    message,
    ...(why ? [why] : []),
    ...(next ? [`next: ${next}`] : []),
    ...(hosts.length > 0 ? [`${hosts.length === 1 ? 'host' : `${hosts.length} hosts`}: ${where}`] : []),
  ].join('\n');
}
