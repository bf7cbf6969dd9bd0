import type { HostName } from '../brand.ts';
import { Exit, type ExitCode } from '../errors.ts';
import type { Member, Standing, Stop } from './decide.ts';
import type { Decision, RolloutSpec } from './types.ts';
import { waveText } from './waves.ts';

/** Stages as a person counts them: `passed` has all of its evidence and waits for its turn. */
export type Counted = 'new' | 'soaking' | 'passed' | 'watching' | 'done' | 'back' | 'elsewhere' | 'unseen';

export interface WaveSummary {
  /** As the playbook writes it. */
  readonly wave: string;
  readonly hosts: number;
  readonly stages: Readonly<Partial<Record<Counted, number>>>;
}

/** One reason that keeps hosts where they are. */
export interface Block {
  readonly kind: 'back' | 'blocked' | 'not-proven' | 'unseen' | 'waits';
  readonly what: string;
  /** What brings the evidence, on the first of the hosts; undefined where no command does. */
  readonly command: string | undefined;
  readonly hosts: readonly HostName[];
}

/** What comes by itself, if nothing goes wrong. */
export interface Due {
  readonly what: 'gate' | 'done';
  /** Counts from 0. */
  readonly wave: number;
  readonly hosts: number;
  /** Seconds until the first of them, and until all. */
  readonly first: number;
  readonly last: number;
}

/** A rollout at a glance; also what `rollout status --json` says. */
export interface RolloutSummary {
  readonly name: string;
  readonly is: 'not-begun' | 'running' | 'paused' | 'back' | 'done';
  /** Who paused it. */
  readonly paused: string | undefined;
  readonly waves: readonly WaveSummary[];
  /** The gravest kind first, then what most hosts have. */
  readonly blocks: readonly Block[];
  readonly due: readonly Due[];
  /** In the order of the play. */
  readonly hosts: readonly { readonly host: HostName; readonly wave: number; readonly stage: Counted }[];
}

/** What a schedule goes by: 0 done, 10 in progress, 7 went back. */
export function rolloutExit({ is }: Pick<RolloutSummary, 'is'>): ExitCode {
  return is === 'done' ? Exit.ok : is === 'back' ? Exit.undone : Exit.pending;
}

export function summarize(
  spec: RolloutSpec,
  members: readonly Member[],
  decisions: readonly Decision[],
  stop: Stop | undefined,
): RolloutSummary {
  const isDone = members.every(({ standing }) => standing.is === 'done');
  const isBegun = members.some(({ standing }) => 'state' in standing);
  const isBack = members.some(({ standing }) => standing.is === 'back');
  return {
    name: spec.name,
    is: isBack ? 'back' : isDone ? 'done' : isBegun ? (stop?.is ?? 'running') : 'not-begun',
    paused: stop?.is === 'paused' ? stop.who : undefined,
    waves: spec.waves.map((wave, i) =>
      waveSummary(
        waveText(wave),
        members.filter((it) => it.wave === i),
      ),
    ),
    blocks: blocksOf(members, decisions),
    hosts: members.map((it) => ({ host: it.host, wave: it.wave, stage: counted(it) })),
    due: spec.waves.flatMap((_, i) =>
      dueOf(
        spec,
        i,
        members.filter((it) => it.wave === i),
      ),
    ),
  };
}

const counted = ({ standing, verdict }: Member): Counted =>
  verdict?.is === 'passed' ? 'passed' : standing.is;

function waveSummary(wave: string, members: readonly Member[]): WaveSummary {
  const stages: Partial<Record<Counted, number>> = {};
  for (const member of members) {
    const stage = counted(member);
    stages[stage] = (stages[stage] ?? 0) + 1;
  }
  return { wave, hosts: members.length, stages };
}

const gravity: readonly Block['kind'][] = ['back', 'blocked', 'not-proven', 'unseen', 'waits'];

function blocksOf(members: readonly Member[], decisions: readonly Decision[]): readonly Block[] {
  const found = new Map<string, { block: Block; hosts: HostName[] }>();
  for (const [i, { host, standing, verdict }] of members.entries()) {
    const waits = standing.is === 'new' ? undefined : decisions[i]?.waits;
    for (const block of [...reasons(standing, verdict), ...(waits ? [reason('waits', waits)] : [])]) {
      const key = `${block.kind} ${block.what}`;
      const entry = found.get(key) ?? { block, hosts: [] };
      entry.hosts.push(host);
      found.set(key, entry);
    }
  }
  return [...found.values()]
    .map(({ block, hosts }) => ({ ...block, hosts }))
    .toSorted((a, b) => gravity.indexOf(a.kind) - gravity.indexOf(b.kind) || b.hosts.length - a.hosts.length);
}

const reason = (kind: Block['kind'], what: string, command?: string): Block => ({
  kind,
  what,
  command,
  hosts: [],
});

function reasons(standing: Standing, verdict: Member['verdict']): readonly Block[] {
  if (standing.is === 'unseen') return [reason('unseen', standing.reason)];
  if (standing.is === 'elsewhere')
    return [reason('blocked', `in the rollout "${standing.name}", which is not over`)];
  if (standing.is === 'back') return [reason('back', standing.state.reason ?? 'no reason is kept')];
  if (verdict?.is === 'blocked') return verdict.why.map((why) => reason('blocked', why));
  if (verdict?.is === 'not-proven' || verdict?.is === 'soaking')
    return verdict.missing.map(({ what, command }) => reason('not-proven', what, command));
  return [];
}

function dueOf({ watch }: RolloutSpec, wave: number, members: readonly Member[]): readonly Due[] {
  const gates = members.flatMap(({ verdict }) => (verdict?.is === 'soaking' ? [verdict.left] : []));
  const ends = members.flatMap(({ standing }) =>
    standing.is === 'watching' ? [Math.max(0, watch - standing.state.soaked)] : [],
  );
  const due = (what: Due['what'], times: readonly number[]): readonly Due[] =>
    times.length === 0
      ? []
      : [{ what, wave, hosts: times.length, first: Math.min(...times), last: Math.max(...times) }];
  return [...due('gate', gates), ...due('done', ends)];
}
