import type { Change } from '../resources/resources.ts';

type Run = Extract<Change, { change: 'start' | 'restart' | 'reload' | 'stop' }>;

/** Packages first; then files and links; then what makes systemd and the kernel take them up; restarts last. */
const turns = [
  'file',
  'profile',
  'backlog',
  'daemon-reload',
  'enable',
  'disable',
  'stop',
  'start',
  'reload',
  'restart',
] as const;

/**
 * The order in which one transaction makes the changes, each effect once: a profile is loaded once with
 * all its new rules, systemd reads its files once, and a unit restarts once with every reason.
 */
export function orderChanges(all: readonly Change[]): Change[] {
  const merged = new Map<string, Change>();
  for (const change of all) {
    const key = effectOf(change);
    const first = merged.get(key);
    if (change.change !== 'package') merged.set(key, first ? merge(first, change) : change);
  }
  return turns.flatMap((turn) => [...merged.values()].filter((it) => it.change === turn));
}

function effectOf(change: Change): string {
  switch (change.change) {
    case 'file':
      return `file ${change.path}`;
    case 'package':
      return `package ${change.name}`;
    case 'profile':
      return `profile ${change.name}`;
    case 'backlog':
      return 'backlog';
    case 'daemon-reload':
      return 'daemon-reload';
    case 'enable':
    case 'disable':
      return `enabled ${change.unit}`;
    case 'start':
    case 'restart':
    case 'reload':
    case 'stop':
      return `run ${change.unit}`;
  }
}

function merge(first: Change, later: Change): Change {
  if (first.change === 'file' && later.change === 'file') return { ...later, before: first.before };
  if (first.change === 'profile' && later.change === 'profile')
    return {
      ...later,
      from: first.from,
      why: join(first.why, later.why),
      tightens: first.tightens || later.tightens,
    };
  if (isRun(first) && isRun(later)) {
    const strongest = first.change === 'restart' ? first : later;
    return { ...strongest, why: [...new Set([...first.why, ...later.why])] };
  }
  return later;
}

const join = (a: string, b: string) => (a === b ? a : `${a}, ${b}`);

/** Whether a change is about the running process of a unit. */
export const isRun = (change: Change): change is Run => runs.has(change.change);
const runs: ReadonlySet<string> = new Set(['start', 'restart', 'reload', 'stop']);
