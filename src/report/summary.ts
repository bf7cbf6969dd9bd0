import type { Event, HostOutcome } from '../events.ts';
import { spanText } from '../span.ts';
import { hostList } from './host-list.ts';
import { outcomeWords } from './outcome-text.ts';
import type { Palette } from './palette.ts';

/** How many hosts ended how. */
export type Counts = ReadonlyMap<HostOutcome['is'], number>;

/** `480 in sync, 3 unreachable`, the good first; nothing where no host has ended. */
export const countsText = (counts: Counts): string =>
  (Object.keys(outcomeWords) as HostOutcome['is'][])
    .flatMap((is) => (counts.has(is) ? [`${counts.get(is)} ${outcomeWords[is]}`] : []))
    .join(', ');

/** The last lines of a run: how many ended how, in what time, and the command that comes next. */
export function summaryLines(
  command: string,
  counts: Counts,
  { seconds, next }: Extract<Event, { event: 'run-ended' }>,
  paint: Palette,
): readonly string[] {
  const none = command.startsWith('rollout') ? 'nothing was changed' : 'no hosts';
  const time = seconds < 60 ? `${seconds.toFixed(1)} s` : spanText(seconds);
  return [
    `${paint.bold(countsText(counts) || none)} ${paint.dim(`in ${time}`)}`,
    ...(next === undefined ? [] : [`${paint.cyan('next:')} ${next}`]),
  ];
}

/** Who is where when a run ends before all is done. */
export function standingLines(
  { done, failed, inFlight, untouched }: Extract<Event, { event: 'run-left' }>,
  paint: Palette,
): readonly string[] {
  const lines: readonly (readonly [string, readonly string[]])[] = [
    [paint.green('done:'), done],
    [paint.red('failed:'), failed],
    [paint.yellow('left to themselves while they were changed:'), inFlight],
    [paint.yellow('not touched:'), untouched],
  ];
  return lines.flatMap(([title, hosts]) => (hosts.length === 0 ? [] : [`${title} ${hostList(hosts)}`]));
}
