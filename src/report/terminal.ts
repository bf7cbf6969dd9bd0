import type { Event, HostOutcome } from '../events.ts';
import { plainPalette, renderDiagnostics } from './diagnostic.ts';
import type { Palette } from './palette.ts';
import { planText } from './plan-text.ts';

/** Where the renderer writes: data to stdout, people's text to stderr. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

/** What a step of a transaction is called for people. */
const steps: Readonly<Record<string, string>> = {
  validate: 'checking the new rules and units in a staged copy',
  place: 'putting in place',
  profile: 'loading profile',
  unload: 'unloading profile',
  'daemon-reload': 'systemd reads its units again',
  health: 'asking DNS',
  confirm: 'asking DNS from outside:',
  confirmed: 'acknowledged from outside',
  undo: 'undoing',
  packages: 'packages:',
};

/** Renders the events of a run for a person at a terminal, or for the log of a job. */
export function terminalRenderer(streams: Streams, paint: Palette, verbose: boolean): (event: Event) => void {
  const counts = new Map<HostOutcome['is'], number>();
  const untouched: string[] = [];
  let command = '';
  return (event) => {
    switch (event.event) {
      case 'run-started':
        command = event.command;
        streams.err(
          paint.dim(`${event.command}: ${event.hosts.length} ${event.hosts.length === 1 ? 'host' : 'hosts'}`),
        );
        return;
      case 'host-planned': {
        const lines = planText(event.plan, paint, verbose);
        if (lines.length > 0) streams.out([paint.bold(event.host), ...lines, ''].join('\n'));
        return;
      }
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
      case 'host-ended':
        counts.set(event.outcome.is, (counts.get(event.outcome.is) ?? 0) + 1);
        if (event.outcome.is === 'untouched') untouched.push(event.host);
        else for (const line of outcomeLines(event.host, event.outcome, paint, verbose)) streams.err(line);
        return;
      case 'run-ended': {
        if (untouched.length > 0) streams.err(`${paint.yellow('not touched:')} ${untouched.join(', ')}`);
        const summary = outcomes
          .flatMap((is) => (counts.has(is) ? [`${counts.get(is)} ${words[is]}`] : []))
          .join(', ');
        streams.err(`${paint.bold(summary || 'no hosts')} ${paint.dim(`in ${event.seconds.toFixed(1)} s`)}`);
        if (command === 'plan' && (counts.get('pending') ?? 0) > 0)
          streams.err(paint.dim('next: confine apply with the same arguments'));
        return;
      }
    }
  };
}

const words: Readonly<Record<HostOutcome['is'], string>> = {
  'in-sync': 'in sync',
  pending: 'with changes pending',
  committed: 'changed and healthy',
  restored: 'as before confine',
  undone: 'undone and healthy',
  unhealthy: 'undone and still unhealthy',
  refused: 'refused',
  conflict: 'in conflict',
  locked: 'locked by another run',
  unreachable: 'unreachable',
  rejected: 'rejected',
  untouched: 'not touched',
  failed: 'failed',
  crashed: 'where confine failed',
};

/** In the order in which a summary names them. */
const outcomes = Object.keys(words) as readonly HostOutcome['is'][];

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
      return [`${name}: ${paint.yellow('locked')} by ${outcome.reason}`];
    case 'rejected':
      return [`${name}: ${paint.red('rejected')}`, renderDiagnostics(outcome.diagnostics, plainPalette)];
    case 'untouched':
      return [`${name}: ${paint.yellow('not touched')}`];
    case 'crashed':
      return [
        `${name}: ${paint.red('confine failed:')} ${outcome.reason}`,
        ...(verbose ? outcome.stack.split('\n').map((line) => `  ${paint.dim('|')} ${line}`) : []),
        ...hint(`this is a defect of confine${verbose ? '' : '; -v shows where'}`),
      ];
    case 'refused':
    case 'conflict':
    case 'unreachable':
    case 'failed':
      return [`${name}: ${paint.red(words[outcome.is])}: ${outcome.reason}`, ...hint(outcome.hint)];
  }
}
