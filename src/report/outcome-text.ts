import type { HostOutcome } from '../events.ts';
import { plainPalette, renderDiagnostics } from './diagnostic.ts';
import { hostTitle } from './host-list.ts';
import type { Palette } from './palette.ts';
import { alike, anyHost, withHosts } from './same.ts';

/** How a host ended, as a count of hosts says it: "3 undone and healthy"; in the order of a summary. */
export const outcomeWords: Readonly<Record<HostOutcome['is'], string>> = {
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
  unknown: 'whose end is not known',
  rejected: 'rejected',
  stale: 'stale',
  unapproved: 'in need of a second plan',
  untouched: 'not touched',
  failed: 'failed',
  crashed: 'where confine failed',
};

/** What is no failure. */
export const good: ReadonlySet<HostOutcome['is']> = new Set(['in-sync', 'pending', 'committed', 'restored']);

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

/**
 * How a host ended, for a person.
 * @param host its name, or what stands for several that ended alike
 */
export function outcomeLines(
  host: string,
  outcome: HostOutcome,
  paint: Palette,
  verbose: boolean,
): readonly string[] {
  const name = paint.bold(host);
  const hint = (text: string | undefined) => (text === undefined ? [] : [`  ${paint.dim('=')} ${text}`]);
  const quoted = (line: string) => `  ${paint.dim('|')} ${line}`;
  const log = (lines: readonly string[] = []) => lines.slice(-20).map(quoted);
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
        ...log(outcome.log),
        ...hint(outcome.hint),
      ];
    case 'unhealthy':
      return [
        `${name}: ${paint.red('undone, but DNS does not answer as before: a person is needed')}: ${outcome.reason}`,
        ...log(outcome.log),
        ...hint(outcome.hint),
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
        ...(verbose ? outcome.stack.split('\n').map(quoted) : []),
        ...hint(`this is a defect of confine${verbose ? '' : '; -v shows where'}`),
      ];
    case 'unknown':
      return [`${name}: ${paint.red('how it ended is not known')}: ${outcome.reason}`, ...hint(outcome.hint)];
    case 'refused':
    case 'conflict':
    case 'unreachable':
      return [`${name}: ${paint.red(outcomeWords[outcome.is])}: ${outcome.reason}`, ...hint(outcome.hint)];
    case 'failed':
      return [
        `${name}: ${paint.red('failed')}: ${outcome.reason}`,
        ...log(outcome.log),
        ...hint(outcome.hint),
      ];
  }
}

/** How hosts ended; those that ended alike at once, or where it is to be verbose each by itself. */
export const endsTexts = (
  ended: readonly { readonly host: string; readonly outcome: HostOutcome }[],
  paint: Palette,
  verbose: boolean,
): readonly string[] =>
  alike(
    ended.map(({ host, outcome }) => [host, outcomeLines(anyHost, outcome, paint, verbose).join('\n')]),
  ).flatMap(({ text, hosts }) => (verbose ? hosts : [hostTitle(hosts)]).map((it) => withHosts(text, it)));

/** Why a host ended so, in one line; empty where the words say it all. */
export function outcomeReason(outcome: HostOutcome): string {
  switch (outcome.is) {
    case 'in-sync':
    case 'pending':
    case 'committed':
    case 'restored':
      return '';
    case 'rejected':
      return outcome.diagnostics.map(({ message }) => message).join('; ');
    case 'stale':
      return 'its changes are no longer those that were approved';
    case 'unapproved':
      return `${outcome.installed.join(', ')} installed; what comes behind is not in the saved plan`;
    case 'untouched':
      return outcome.because === 'interrupted'
        ? 'the run was interrupted'
        : 'too many hosts had failed before';
    case 'undone':
    case 'unhealthy':
    case 'refused':
    case 'conflict':
    case 'locked':
    case 'unreachable':
    case 'unknown':
    case 'failed':
    case 'crashed':
      return outcome.reason;
  }
}
