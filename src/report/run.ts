import type { Blocked } from '../bind/permitted.ts';
import type { ExitCode, Position } from '../errors.ts';
import type { Event, HostOutcome, Member } from '../events.ts';
import type { HostStatus } from '../fleet/status.ts';
import type { HostPlan } from '../plan/types.ts';
import type { Counted, RolloutSummary } from '../rollout/summary.ts';

/** What a report is made from: all that a command told, and what it was called with. */
export interface Told {
  /** As it was typed: `rollout status`. */
  readonly command: string;
  readonly version: string;
  readonly started: Date;
  /** Where it was called: paths are told relative to it. */
  readonly folder: string;
  /** Its arguments, and its inventories. */
  readonly files: readonly string[];
  readonly events: readonly Event[];
}

/** Something about an input file. */
export type InputFinding = Pick<Extract<Event, { event: 'finding' }>, 'severity' | 'finding'>;

/** What a run told of one host. */
export interface HostRun {
  readonly host: string;
  readonly groups: Member['groups'];
  readonly at: Position | undefined;
  readonly rollout: Member['rollout'];
  /** Where it stands in its rollout, where the run tells that. */
  readonly stage: Counted | undefined;
  /** The last one: behind packages a host is planned anew. */
  readonly plan: HostPlan | undefined;
  /** Undefined where the run was cut off before, and where it only looked. */
  readonly outcome: HostOutcome | undefined;
  readonly status: Extract<HostStatus, { is: 'attested' }> | undefined;
  readonly blocked: readonly Blocked[] | undefined;
  readonly warnings: readonly string[];
}

/** A run as reports show it. */
export interface Run extends Omit<Told, 'events'> {
  readonly commit: string;
  /** Undefined where the run was cut off. */
  readonly seconds: number | undefined;
  readonly exit: ExitCode | undefined;
  readonly hosts: readonly HostRun[];
  readonly findings: readonly InputFinding[];
  readonly warnings: readonly string[];
  readonly rollouts: readonly RolloutSummary[];
  /** The command that goes on with what is left. */
  readonly resume: string | undefined;
}

/** Puts the events of a run together by hosts, in the order of its hosts. */
export function runOf({ events, ...told }: Told): Run {
  const of = <K extends Event['event']>(kind: K) =>
    events.filter((it): it is Extract<Event, { event: K }> => it.event === kind);
  const started = of('run-started').at(-1);
  const ended = of('run-ended').at(-1);
  const last = <T extends { readonly host: string }>(all: readonly T[]) =>
    new Map(all.map((it) => [it.host, it]));
  const plans = last(of('host-planned'));
  const ends = last(of('host-ended'));
  const looks = last(of('host-status'));
  const needs = last(of('host-needs'));
  const warnings = of('warning');
  const rollouts = of('rollout').map(({ summary }) => summary);
  const stages = last(rollouts.flatMap(({ hosts }) => hosts));
  return {
    ...told,
    commit: started?.commit ?? '',
    seconds: ended?.seconds,
    exit: ended?.exit,
    hosts: (started?.members ?? []).map((member): HostRun => {
      const { host } = member;
      const look = looks.get(host);
      const status = look?.is === 'attested' ? look : undefined;
      return {
        ...member,
        stage: stages.get(host)?.stage,
        plan: plans.get(host)?.plan ?? status?.plan,
        outcome: ends.get(host)?.outcome ?? (look?.is === 'ended' ? look.outcome : undefined),
        status,
        blocked: needs.get(host)?.blocked,
        warnings: warnings.flatMap((it) => (it.host === host ? [it.message] : [])),
      };
    }),
    findings: of('finding'),
    warnings: warnings.flatMap((it) => (it.host === undefined ? [it.message] : [])),
    rollouts,
    resume: of('run-left').at(-1)?.resume,
  };
}
