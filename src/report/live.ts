import type { Event, HostOutcome } from '../events.ts';
import { spanText } from '../span.ts';
import { columns, firstColumns } from './columns.ts';
import { good } from './outcome-text.ts';
import type { Palette } from './palette.ts';
import { shown } from './shown.ts';
import { steps } from './steps.ts';
import { countsText } from './summary.ts';

/** A host that something goes on with at this moment. */
interface Busy {
  /** Seconds, as `now` counts them. */
  readonly since: number;
  readonly step: string;
}

/** What a live view shows of a run; everything in it is small, however many hosts there are. */
export interface Live {
  readonly command: string;
  readonly total: number;
  readonly started: number;
  /** In the order in which they began. */
  readonly busy: ReadonlyMap<string, Busy>;
  /** Hosts that were asked so far, and those whose turn is over. */
  readonly asked: number;
  readonly ended: number;
  /** Whether hosts are being changed by now, or still looked at. */
  readonly changing: boolean;
  readonly batch: string;
  readonly counts: ReadonlyMap<HostOutcome['is'], number>;
  /** How many failed, and the newest of them. */
  readonly failed: number;
  readonly failures: readonly string[];
}

/** A run of which nothing is known yet. */
export const noLive: Live = {
  command: '',
  total: 0,
  started: 0,
  busy: new Map(),
  asked: 0,
  ended: 0,
  changing: false,
  batch: '',
  counts: new Map(),
  failed: 0,
  failures: [],
};

/** How many hosts are named of those that take longest, and of those that failed last. */
const named = 3;

/** What the view shows behind an event. */
export function lively(live: Live, event: Event, now: number): Live {
  switch (event.event) {
    case 'run-started':
      return { ...noLive, command: event.command, total: event.hosts.length, started: now };
    case 'host-look':
      return event.state === 'begun'
        ? { ...live, asked: live.asked + 1, busy: busyWith(live, event.host, now, 'looking') }
        : { ...live, busy: without(live, event.host) };
    case 'host-planned':
      return live.changing ? live : { ...live, busy: without(live, event.host) };
    case 'batch-started':
      return { ...live, changing: true, batch: `batch ${event.batch} of ${event.of}` };
    case 'host-started':
      return { ...live, changing: true, busy: busyWith(live, event.host, now, 'starting') };
    case 'host-progress': {
      if (event.step === 'phase') return live;
      const step = `${steps[event.step] ?? event.step} ${event.detail}`.trim();
      return { ...live, busy: busyWith(live, event.host, live.busy.get(event.host)?.since ?? now, step) };
    }
    case 'host-ended': {
      const { is } = event.outcome;
      const over = {
        ...live,
        ended: live.ended + 1,
        busy: without(live, event.host),
        counts: new Map([...live.counts, [is, (live.counts.get(is) ?? 0) + 1]]),
      };
      if (good.has(is) || is === 'untouched') return over;
      const why = 'reason' in event.outcome ? `: ${event.outcome.reason}` : '';
      return {
        ...over,
        failed: live.failed + 1,
        failures: [...live.failures, `${event.host} ${is}${why}`].slice(-named),
      };
    }
    default:
      return live;
  }
}

const busyWith = ({ busy }: Live, host: string, since: number, step: string): Live['busy'] =>
  new Map([...busy, [host, { since, step }]]);

function without({ busy }: Live, host: string): Live['busy'] {
  if (!busy.has(host)) return busy;
  const left = new Map(busy);
  left.delete(host);
  return left;
}

/** The widest that a frame is: one that is narrower than its terminal survives most resizes without leftovers. */
const widest = 100;

/**
 * The frame of a live view: a bar, counts, the slowest and the failed, each line in one row.
 * @param now seconds, as the events were told
 * @param size of the terminal, in cells
 */
export function frame(
  live: Live,
  now: number,
  size: { readonly columns: number; readonly rows: number },
  paint: Palette,
): string {
  const width = Math.min(size.columns - 1, widest);
  const slowest = [...live.busy].toSorted(([, a], [, b]) => a.since - b.since).slice(0, named);
  const lines = [
    [headText(live, now, width), paint.bold],
    ...(live.total > 1 ? [[countText(live), (it: string) => it] as const] : []),
    ...slowest.map(
      ([host, it]) => [`  ${host} ${spanText(Math.floor(now - it.since))} ${it.step}`, paint.dim] as const,
    ),
    ...(live.failed > live.failures.length
      ? [[`  ${live.failed} failed, the newest:`, paint.red] as const]
      : []),
    ...live.failures.map((it) => [`  ${it}`, paint.red] as const),
  ] as const;
  // Below half of the screen what scrolls above stays readable.
  const most = Math.max(1, Math.floor(size.rows / 2));
  return lines
    .slice(0, most)
    .map(([text, colour]) => colour(fitting(shown(text), width)))
    .join('\n');
}

function fitting(text: string, width: number): string {
  return columns(text) <= width ? text : `${firstColumns(text, Math.max(0, width - 1))}…`;
}

function headText(live: Live, now: number, width: number): string {
  const { command, total, batch } = live;
  const time = spanText(Math.floor(now - live.started));
  if (total === 1) return `${command}: ${time}`;
  // A rollout looks at its hosts more than once.
  const over = Math.min(
    total,
    live.changing ? live.ended : Math.max(live.ended, live.asked - live.busy.size),
  );
  const what = [live.changing || live.ended > 0 ? '' : 'looking', batch].filter(Boolean).join(', ');
  const text = `${over} of ${total}${what && `, ${what}`}  ${time}`;
  const room = Math.min(30, width - command.length - text.length - 6);
  if (room < 5) return `${command}: ${text}`;
  const filled = total === 0 ? room : Math.floor((room * over) / total);
  return `${command} [${'='.repeat(filled)}${' '.repeat(room - filled)}]  ${text}`;
}

/** Those that wait are all that nothing goes on with and that have not ended. */
function countText({ counts, busy, total, ended }: Live): string {
  const wait = total - ended - busy.size;
  const parts = [
    busy.size > 0 ? `${busy.size} in flight` : '',
    wait > 0 ? `${wait} waiting` : '',
    countsText(counts),
  ];
  return `  ${parts.filter(Boolean).join(', ')}`;
}
