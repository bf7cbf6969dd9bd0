import type { Event, HostOutcome } from '../events.ts';
import { waiting } from './patience.ts';

/** Where each host of a run stands; a host that was left as it is on purpose is in none. */
export interface Standing {
  /** As declared, by this run or before. */
  readonly done: readonly string[];
  readonly failed: readonly string[];
  /** Being changed: each finishes by itself, whoever listens. */
  readonly inFlight: readonly string[];
  readonly untouched: readonly string[];
}

type Place = keyof Standing | 'left';

const placeOf: Readonly<Record<HostOutcome['is'], Place>> = {
  'in-sync': 'done',
  committed: 'done',
  restored: 'done',
  pending: 'left',
  untouched: 'untouched',
  undone: 'failed',
  unhealthy: 'failed',
  refused: 'failed',
  conflict: 'failed',
  locked: 'failed',
  unreachable: 'failed',
  rejected: 'failed',
  stale: 'failed',
  unapproved: 'failed',
  unknown: 'inFlight',
  failed: 'failed',
  crashed: 'failed',
};

/** Keeps where each host of a run stands, by what the run tells. */
export function createLedger(hosts: readonly string[]): {
  readonly note: (event: Event) => void;
  readonly standing: () => Standing;
} {
  const places = new Map<string, Place>(hosts.map((it) => [it, 'untouched']));
  const at = (place: Place) => [...places].flatMap(([host, is]) => (is === place ? [host] : []));
  return {
    note: (event) => {
      if (event.event === 'host-started') places.set(event.host, 'inFlight');
      if (event.event === 'host-progress' && event.step === waiting) places.set(event.host, 'untouched');
      if (event.event === 'host-ended') places.set(event.host, placeOf[event.outcome.is]);
    },
    standing: () => ({
      done: at('done'),
      failed: at('failed'),
      inFlight: at('inFlight'),
      untouched: at('untouched'),
    }),
  };
}

/** Hosts to go on with. How those in flight end is not known, and one that is done by then is in sync. */
export const leftOf = ({ failed, inFlight, untouched }: Standing): readonly string[] => [
  ...failed,
  ...inFlight,
  ...untouched,
];
