import type { Event, HostOutcome } from '../events.ts';
import { earlierText } from '../fleet/earlier.ts';
import { plainPalette, renderDiagnostics } from './diagnostic.ts';
import { outcomeWords } from './outcome-text.ts';
import type { Palette } from './palette.ts';
import { planText } from './plan-text.ts';
import { rolloutText } from './rollout-text.ts';

/** Where the renderer writes: data to stdout, people's text to stderr. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

const hosts = (count: number): string => (count === 1 ? '1 host' : `${count} hosts`);

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
      `${paint.yellow('warning:')} ${deferred.join(', ')}: a part is known only after packages are installed; apply will install them and stop there, for a second plan`,
    );
  return [
    ...lines,
    `saved for ${hosts(count)}: ${file}`,
    paint.dim(`next: confine apply ${file}, with the same inventory`),
  ];
}

/** What a step of a transaction is called for people. */
const steps: Readonly<Record<string, string>> = {
  validate: 'checking the new rules and units in a staged copy',
  rehearse: 'rehearsal',
  place: 'putting in place',
  profile: 'loading profile',
  unload: 'unloading profile',
  'daemon-reload': 'systemd reads its units again',
  health: 'asking DNS',
  confirm: 'asking DNS from outside:',
  confirmed: 'acknowledged from outside',
  undo: 'undoing',
  packages: 'packages:',
  waiting: 'waiting for the lock, which is held by',
};

/** Renders the events of a run for a person at a terminal, or for the log of a job. */
export function terminalRenderer(streams: Streams, paint: Palette, verbose: boolean): (event: Event) => void {
  const counts = new Map<HostOutcome['is'], number>();
  let untouched: readonly string[] = [];
  let command = '';
  let isSaved = false;
  return (event) => {
    switch (event.event) {
      case 'run-started':
        command = event.command;
        streams.err(paint.dim(`${event.command}: ${hosts(event.hosts.length)}${originOf(event.plan)}`));
        return;
      case 'host-earlier':
        streams.err(`${paint.bold(event.host)}: ${earlierText(event.transaction)}`);
        return;
      case 'host-planned': {
        const lines = [
          ...planText(event.plan, paint, verbose),
          ...(event.plan.state === 'changes' ? confirmLines(event.confirm, paint) : []),
        ];
        if (lines.length > 0) streams.out([paint.bold(event.host), ...lines, ''].join('\n'));
        return;
      }
      case 'batch-started':
        streams.err(paint.bold(`batch ${event.batch} of ${event.of}: ${event.hosts.join(', ')}`));
        return;
      case 'host-started':
        return;
      case 'host-progress':
        if (event.step !== 'phase' || verbose)
          streams.err(
            `${paint.dim(`${event.host}:`)} ${steps[event.step] ?? event.step}${event.detail ? ` ${event.detail}` : ''}`,
          );
        return;
      case 'warning':
        streams.err(
          `${paint.yellow('warning:')} ${event.host === undefined ? '' : `${event.host}: `}${event.message}`,
        );
        return;
      case 'plan-saved':
        isSaved = true;
        for (const line of savedLines(event, paint)) streams.err(line);
        return;
      case 'host-ended':
        counts.set(event.outcome.is, (counts.get(event.outcome.is) ?? 0) + 1);
        if (event.outcome.is === 'untouched') untouched = [...untouched, event.host];
        else for (const line of outcomeLines(event.host, event.outcome, paint, verbose)) streams.err(line);
        return;
      case 'run-left':
        if (event.inFlight.length + event.untouched.length > 0)
          for (const line of standingLines(event, paint)) streams.err(line);
        untouched = [];
        streams.err(`${paint.cyan('to go on:')} ${event.resume}`);
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
        return;
      case 'rollout':
        streams.out(rolloutText(event.summary, paint));
        return;
      case 'run-ended': {
        if (untouched.length > 0) streams.err(`${paint.yellow('not touched:')} ${untouched.join(', ')}`);
        const summary = outcomes
          .flatMap((is) => (counts.has(is) ? [`${counts.get(is)} ${outcomeWords[is]}`] : []))
          .join(', ');
        streams.err(
          `${paint.bold(summary || (command.startsWith('rollout') ? 'nothing was changed' : 'no hosts'))} ${paint.dim(`in ${event.seconds.toFixed(1)} s`)}`,
        );
        if (command === 'plan' && !isSaved && (counts.get('pending') ?? 0) > 0)
          streams.err(paint.dim('next: confine apply with the same arguments'));
        return;
      }
    }
  };
}

const confirmLines = (
  confirm: Extract<Event, { event: 'host-planned' }>['confirm'],
  paint: Palette,
): readonly string[] =>
  confirm
    ? [`  ${paint.yellow('!')} to be confirmed from outside by ${confirm.from}, within ${confirm.within} s`]
    : [];

/** Who is where. */
function standingLines(standing: Event & { readonly event: 'run-left' }, paint: Palette): readonly string[] {
  const { done, failed, inFlight, untouched } = standing;
  const lines: readonly (readonly [string, readonly string[]])[] = [
    [paint.green('done:'), done],
    [paint.red('failed:'), failed],
    [paint.yellow('left to themselves while they were changed:'), inFlight],
    [paint.yellow('not touched:'), untouched],
  ];
  return lines.flatMap(([title, hosts]) => (hosts.length === 0 ? [] : [`${title} ${hosts.join(', ')}`]));
}

/** In the order in which a summary names them. */
const outcomes = Object.keys(outcomeWords) as readonly HostOutcome['is'][];

const planAgain = 'plan again (confine plan, with --out FILE for a saved one), look at it, and apply that';

const differing = (
  { gone, added }: { readonly gone: readonly string[]; readonly added: readonly string[] },
  paint: Palette,
): readonly string[] => [
  ...gone.map((it) => `  ${paint.red(`- ${short(it)}`)}`),
  ...added.map((it) => `  ${paint.green(`+ ${short(it)}`)}`),
];

/** Hashes as far as a person compares them. */
const short = (line: string): string => line.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');

/** How one host ended, for a person. */
export function outcomeLines(
  host: string,
  outcome: HostOutcome,
  paint: Palette,
  verbose: boolean,
): readonly string[] {
  const name = paint.bold(host);
  const hint = (text: string | undefined) => (text === undefined ? [] : [`  ${paint.dim('=')} ${text}`]);
  switch (outcome.is) {
    case 'in-sync':
      return [`${name}: ${paint.green('in sync')}`];
    case 'pending':
      return [`${name}: ${paint.yellow('changes pending')}`];
    case 'committed':
      return [`${name}: ${paint.green('changed, DNS answers')}`];
    case 'restored':
      return [`${name}: ${paint.green('as it was before confine')}, DNS answers`];
    case 'undone':
      return [
        `${name}: ${paint.red('undone')}, DNS answers as before: ${outcome.reason}`,
        ...outcome.log.slice(-20).map((line) => `  ${paint.dim('|')} ${line}`),
      ];
    case 'unhealthy':
      return [
        `${name}: ${paint.red('undone, but DNS does not answer as before: a person is needed')}: ${outcome.reason}`,
        ...outcome.log.slice(-20).map((line) => `  ${paint.dim('|')} ${line}`),
      ];
    case 'locked':
      return [
        `${name}: ${paint.yellow('locked')} by ${outcome.reason}`,
        ...hint('nothing was changed; --lock-wait SECONDS waits for the other run'),
      ];
    case 'rejected':
      return [`${name}: ${paint.red('rejected')}`, renderDiagnostics(outcome.diagnostics, plainPalette)];
    case 'stale':
      return [
        `${name}: ${paint.yellow('stale')}: its changes are no longer those that were approved, and nothing was touched`,
        ...differing(outcome, paint),
        ...hint(planAgain),
      ];
    case 'unapproved':
      return [
        `${name}: ${paint.yellow('packages installed')} (${outcome.installed.join(', ')}); what comes behind them is not in the saved plan`,
        ...differing(outcome, paint),
        ...hint(planAgain),
      ];
    case 'untouched':
      return [`${name}: ${paint.yellow('not touched')}`];
    case 'crashed':
      return [
        `${name}: ${paint.red('confine failed:')} ${outcome.reason}`,
        ...(verbose ? outcome.stack.split('\n').map((line) => `  ${paint.dim('|')} ${line}`) : []),
        ...hint(`this is a defect of confine${verbose ? '' : '; -v shows where'}`),
      ];
    case 'unknown':
      return [`${name}: ${paint.red('how it ended is not known')}: ${outcome.reason}`, ...hint(outcome.hint)];
    case 'refused':
    case 'conflict':
    case 'unreachable':
    case 'failed':
      return [`${name}: ${paint.red(outcomeWords[outcome.is])}: ${outcome.reason}`, ...hint(outcome.hint)];
  }
}
