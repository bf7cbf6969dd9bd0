import type { UnitName } from '../brand.ts';
import { parseNamedConf, type Statement } from '../bind/named-conf.ts';
import { parseServed, type Zone } from '../bind/served.ts';
import type { Frames } from '../observe/frames.ts';
import { absent, unknown, value, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import { shQuote } from '../quote.ts';
import type { Counts } from './state.ts';
import type { Exercise } from './types.ts';

/** What a host tells of its named in one look, before it is measured against a state. */
export interface Evidence {
  /** Seconds since the epoch, by the host. */
  readonly now: number;
  /** Seconds since the boot. */
  readonly uptime: number;
  readonly named: Observation<{
    readonly invocation: string;
    readonly started: number;
    readonly label: string;
  }>;
  /** Ends of its main process that failed, in any boot that the journal knows. */
  readonly deaths: readonly Death[];
  readonly statements: readonly Statement[];
  /** Of BIND, as 18 for 9.18. */
  readonly minor: number;
  /** When it was configured last, and when it started, by the host's clock; undefined where it does not say. */
  readonly configured: number | undefined;
  readonly began: number | undefined;
  /** Its counters before and behind the questions of this look. */
  readonly counts: Observation<{ readonly before: Counts; readonly after: Counts }>;
  /** Files that the configuration names, and those beside them. */
  readonly files: readonly File[];
  readonly zones: readonly Zone[];
  readonly addresses: readonly string[];
}

export interface Death {
  /** The kernel's id of the boot, without dashes. */
  readonly boot: string;
  /** Seconds since that boot. */
  readonly uptime: number;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly what: string;
}

interface File {
  readonly path: string;
  /** Seconds since the epoch: of its bytes, and of its name or inode. */
  readonly changed: number;
  readonly moved: number;
}

/** Asks what named has done, and whom its zones belong to. */
export const evidenceProbe = (unit: UnitName): Probe<Evidence> => ({
  key: `evidence:${unit}`,
  needs: ['bind/health.sh', 'bind/served.observe.sh', 'rollout/evidence.observe.sh'],
  ask: (key) => `observe_evidence ${key} ${shQuote(unit)}`,
  parse: parseEvidence,
});

function parseEvidence(frames: Frames, key: string): Observation<Evidence> {
  const text = (name: string) => frames.text(`${key} ${name}`);
  const [now = '', uptime = ''] = (text('clock') ?? '').split('\n');
  if (now === '') return unknown('the host did not answer');
  const run = new Map((text('run') ?? '').split('\n').map((line) => splitAt(line, '=')));
  const started = Number(run.get('ExecMainStartTimestampMonotonic') ?? NaN) / 1e6;
  const invocation = run.get('InvocationID') ?? '';
  return value({
    now: Number(now),
    uptime: Number.parseFloat(uptime),
    named:
      run.get('ActiveState') === 'active' && invocation !== '' && text('config') !== undefined
        ? value({ invocation, started, label: text('label')?.trim() ?? '' })
        : run.has('ActiveState')
          ? absent
          : unknown('systemd does not know the unit'),
    deaths: lines(text('deaths')).flatMap(parseDeath),
    statements: parseNamedConf(text('config') ?? ''),
    minor: Number(/BIND 9\.(\d+)/.exec(text('version') ?? '')?.[1] ?? NaN),
    configured: timeIn(text('status'), 'last configured'),
    began: timeIn(text('status'), 'boot time'),
    counts: parseCounts(text('statistics'), text('afterwards')),
    files: lines(text('files')).flatMap((line): readonly File[] => {
      const [, changed, moved, path] = /^(\d+) (\d+) (.+)$/.exec(line) ?? [];
      return path === undefined ? [] : [{ path, changed: Number(changed), moved: Number(moved) }];
    }),
    ...parseServed(frames, key),
  });
}

const lines = (text: string | undefined): readonly string[] => (text ?? '').split('\n').filter(Boolean);

function splitAt(line: string, mark: string): readonly [string, string] {
  const at = line.indexOf(mark);
  return [line.slice(0, at), line.slice(at + 1)];
}

/** A time of `rndc status`, as `boot time: Wed, 25 Nov 2026 13:20:25 GMT`. */
function timeIn(status: string | undefined, what: string): number | undefined {
  const text = new RegExp(`^${what}: (.+)$`, 'm').exec(status ?? '')?.[1];
  const at = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at / 1000;
}

/** A line of `journalctl -o json`: what systemd says of a process of the unit that ended (MESSAGE_ID 98e32220…). */
function parseDeath(line: string): readonly Death[] {
  let entry: Readonly<Record<string, unknown>>;
  try {
    entry = JSON.parse(line) as typeof entry;
  } catch {
    return [];
  }
  const message = String(entry['MESSAGE']);
  const [, what] = /(Main process exited, .*)$/.exec(message) ?? [];
  if (what === undefined) return [];
  const uptime = Number(entry['__MONOTONIC_TIMESTAMP']) / 1e6;
  return [{ boot: String(entry['_BOOT_ID']), uptime, at: Number(entry['__REALTIME_TIMESTAMP']) / 1e6, what }];
}

/** Counters of the BIND 9 Administrator Reference Manual, "Statistics File", by what they show. */
const counters: Readonly<Partial<Record<Exercise, RegExp>>> = {
  'query-udp': /^\s*(\d+) UDP queries received$/m,
  'query-tcp': /^\s*(\d+) TCP queries received$/m,
  'transfer-in': /^\s*(\d+) transfer requests succeeded$/m,
  'transfer-out': /^\s*(\d+) requested transfers completed$/m,
};

function parseCounts(before: string | undefined, after: string | undefined): Evidence['counts'] {
  if (before === undefined) return absent;
  const refused = [before, after ?? ''].find((it) => it !== '' && !it.includes('+++ Statistics Dump'));
  if (before === '' || refused !== undefined)
    return unknown(`rndc stats gave no counters${refused ? `: ${refused.split('\n')[0]}` : ''}`);
  const read = (text: string): Counts =>
    Object.fromEntries(
      Object.entries(counters).map(([key, pattern]) => [key, Number(pattern.exec(text)?.[1] ?? 0)]),
    );
  return value({ before: read(before), after: read(after || before) });
}
