import { counted } from '../counted.ts';
import type { Event, HostOutcome } from '../events.ts';
import { earlierText } from '../fleet/earlier.ts';
import type { HostPlan } from '../plan/types.ts';
import type { RolloutSummary } from '../rollout/summary.ts';
import { hostList, hostTitle } from './host-list.ts';
import { placeOf } from './issues.ts';
import { good, outcomeLines } from './outcome-text.ts';
import type { Palette } from './palette.ts';
import { planText } from './plan-text.ts';
import { rolloutText } from './rollout-text.ts';
import { alike, anyHost, withHosts } from './same.ts';
import { steps } from './steps.ts';
import { standingLines, summaryLines } from './summary.ts';

/** Where the renderer writes: data to stdout, people's text to stderr. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

/** How much is told, and beside what. */
export interface Manner {
  /** quiet: failures, the summary and data; verbose: every task and host apart, with times and ways. */
  readonly detail: 'quiet' | 'normal' | 'verbose';
  /** A live view shows progress, so that lines need not. */
  readonly live: boolean;
  /** Seconds, from any start. */
  readonly now: () => number;
}

/** Tells a run to a person. */
export interface Renderer {
  readonly emit: (event: Event) => void;
  /** Tells what was held back to be told of many hosts at once: before a question, and at the end. */
  readonly settle: () => void;
}

type Told = (readonly [host: string, text: string])[];

/** Who made the plan that is applied, and from what. */
function originOf(plan: Extract<Event, { event: 'run-started' }>['plan']): string {
  if (!plan) return '';
  const { by, made, commit, version } = plan;
  return `, by the plan of ${by}, ${made}, confine ${version}${commit && `, commit ${commit}`}`;
}

function savedLines(
  { file, hosts: count, deferred, leftOut }: Extract<Event, { event: 'plan-saved' }>,
  paint: Palette,
): readonly string[] {
  const lines = Object.entries(leftOut).map(
    ([host, how]) => `${paint.yellow('warning:')} ${host}: not in the saved plan: ${how}`,
  );
  if (deferred.length > 0)
    lines.push(
      `${paint.yellow('warning:')} ${hostList(deferred)}: a part is known only after packages are installed; apply will install them and stop there, for a second plan`,
    );
  return [...lines, `saved for ${counted(count, 'host')}: ${file}`];
}

/** Told host by host, where no live view does. */
const changed: ReadonlySet<HostOutcome['is']> = new Set(['committed', 'restored']);

/** Renders the events of a run for a person at a terminal, or for the log of a job. */
export function terminalRenderer(streams: Streams, paint: Palette, { detail, live, now }: Manner): Renderer {
  const verbose = detail === 'verbose';
  const counts = new Map<HostOutcome['is'], number>();
  const begun = new Map<string, number>();
  /** What was told of one host already, and is held back of others. */
  const first = new Map<string, string>();
  let [plans, ends, again]: [Told, Told, Told] = [[], [], []];
  let untouched: readonly string[] = [];
  /** Why it ended so was told. */
  const explained = new Set<string>();
  let command = '';
  /** What is planned while hosts are changed already is told at once. */
  let changing = false;

  const err = (lines: readonly string[]): void => {
    for (const line of lines) streams.err(line);
  };
  const since = (host: string): string => {
    const at = begun.get(host);
    return at === undefined ? '' : `${(now() - at).toFixed(1)} s`;
  };
  const showPlan = (of: readonly string[], text: string): void => {
    first.set(`plan\0${text}`, of[0] ?? '');
    streams.out([paint.bold(hostTitle(of)), text, ''].join('\n'));
  };
  const settlePlans = (): void => {
    const told = alike(plans);
    plans = [];
    for (const it of told) showPlan(it.hosts, it.text);
  };
  const settle = (): void => {
    settlePlans();
    const told = [...alike(again), ...alike(ends)];
    [again, ends] = [[], []];
    for (const it of told) streams.err(withHosts(it.text, hostTitle(it.hosts)));
  };
  /** Tells at once what is the first of its kind, and the others later, in one line for all. */
  const once = (host: string, lines: readonly string[]): void => {
    const text = lines.join('\n');
    const of = first.get(text);
    if (of === undefined || verbose) {
      first.set(text, host);
      streams.err(withHosts(text, host));
    } else again.push([host, `${lines[0] ?? ''}${paint.dim(` (as ${of})`)}`]);
  };
  const ended = (host: string, outcome: HostOutcome): void => {
    counts.set(outcome.is, (counts.get(outcome.is) ?? 0) + 1);
    if (outcome.is === 'untouched') {
      untouched = [...untouched, host];
      return;
    }
    const lines = outcomeLines(anyHost, outcome, paint, verbose);
    if (!good.has(outcome.is)) explained.add(host);
    if (verbose) {
      const took = since(host);
      const [head = '', ...rest] = lines;
      once(host, [`${head}${took && paint.dim(` (${took})`)}`, ...rest]);
    } else if (!good.has(outcome.is)) once(host, lines);
    else if (detail === 'quiet') return;
    else if (live || !changed.has(outcome.is)) ends.push([host, lines.join('\n')]);
    else err(outcomeLines(host, outcome, paint, verbose));
  };

  const emit = (event: Event): void => {
    switch (event.event) {
      case 'run-started':
        command = event.command;
        if (detail !== 'quiet')
          streams.err(
            paint.dim(`${event.command}: ${counted(event.hosts.length, 'host')}${originOf(event.plan)}`),
          );
        return;
      case 'host-look':
        if (event.state === 'over') return;
        begun.set(event.host, now());
        if (verbose && event.via !== undefined) streams.err(`${paint.dim(`${event.host}:`)} ${event.via}`);
        return;
      case 'host-earlier':
        streams.err(`${paint.bold(event.host)}: ${earlierText(event.transaction)}`);
        return;
      case 'host-planned': {
        if (isToldByItsEnd(event.plan)) return;
        const lines = [
          ...planText(event.plan, paint, verbose),
          ...(event.plan.state === 'changes' ? confirmLines(event.confirm, paint) : []),
        ];
        if (lines.length === 0) return;
        const text = lines.join('\n');
        const of = first.get(`plan\0${text}`);
        if (verbose || (changing && of === undefined)) showPlan([event.host], text);
        else if (of === undefined) plans.push([event.host, text]);
        else if (of !== event.host) streams.out(`${paint.bold(event.host)}: as ${of}`);
        return;
      }
      case 'batch-started':
        settle();
        changing = true;
        if (detail !== 'quiet')
          streams.err(paint.bold(`batch ${event.batch} of ${event.of}: ${hostList(event.hosts)}`));
        return;
      case 'host-started':
        settlePlans();
        changing = true;
        if (!begun.has(event.host)) begun.set(event.host, now());
        return;
      case 'host-progress':
        if (verbose || (detail === 'normal' && !live && event.step !== 'phase'))
          streams.err(
            `${paint.dim(`${event.host}:${verbose ? ` ${since(event.host)}:` : ''}`)} ${steps[event.step] ?? event.step}${event.detail ? ` ${event.detail}` : ''}`,
          );
        return;
      case 'warning':
        if (event.host === undefined) streams.err(`${paint.yellow('warning:')} ${event.message}`);
        else if (detail !== 'quiet')
          once(event.host, [`${paint.yellow('warning:')} ${anyHost}: ${event.message}`]);
        return;
      case 'plan-saved':
        settle();
        err(savedLines(event, paint));
        return;
      case 'host-ended':
        ended(event.host, event.outcome);
        return;
      case 'run-left':
        settle();
        if (event.inFlight.length + event.untouched.length > 0) err(standingLines(event, paint));
        untouched = [];
        return;
      // Shown by the commands that tell them, as tables and lists.
      case 'finding':
      case 'host-status':
      case 'host-needs':
      case 'host-trail':
      case 'denials':
      case 'proposal':
      case 'playbook-changed':
      case 'by-hand':
      case 'adoption':
      case 'file-written':
        return;
      case 'rollout':
        settle();
        streams.out(rolloutText(untold(event.summary, explained), event.next, paint));
        return;
      case 'run-ended':
        settle();
        if (untouched.length > 0) streams.err(`${paint.yellow('not touched:')} ${hostList(untouched)}`);
        err(summaryLines(command, counts, event, paint));
        return;
    }
  };
  return { emit, settle };
}

/** A task that a command makes by itself is all of its plan: what blocks that is how the host ended, in one line. */
const isToldByItsEnd = ({ state, tasks }: HostPlan): boolean =>
  state === 'blocked' && tasks.every(({ at }) => placeOf(at) === undefined);

/** Without hosts that could not be seen, where why was told already. */
const untold = (summary: RolloutSummary, explained: ReadonlySet<string>): RolloutSummary => ({
  ...summary,
  blocks: summary.blocks.flatMap((it) => {
    if (it.kind !== 'unseen') return [it];
    const hosts = it.hosts.filter((host) => !explained.has(host));
    return hosts.length === 0 ? [] : [{ ...it, hosts }];
  }),
});

const confirmLines = (
  confirm: Extract<Event, { event: 'host-planned' }>['confirm'],
  paint: Palette,
): readonly string[] =>
  confirm
    ? [`  ${paint.yellow('!')} to be confirmed from outside by ${confirm.from}, within ${confirm.within} s`]
    : [];
