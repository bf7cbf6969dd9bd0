import type { Frames } from './frames.ts';
import { transaction, type Transaction } from './transaction.ts';

/** A process called named, and the systemd unit that it belongs to; empty for one of none. */
export interface RunningNamed {
  readonly pid: number;
  readonly unit: string;
}

/** What every trip learns of a host besides its probes. */
export interface HostFacts {
  readonly os: string;
  readonly release: string;
  readonly version: string;
  readonly kernel: string;
  readonly systemd: boolean;
  /** The kernel's security modules; empty where it does not say. */
  readonly lsm: readonly string[];
  readonly bootId: string;
  /** Undefined where the host did not say. */
  readonly cores: number | undefined;
  /** As uname(2) has it; undefined where the kernel has no /proc/sys/kernel/arch (before 6.1). */
  readonly architecture: string | undefined;
  readonly root: boolean;
  /** The processes called named, each with the systemd unit that it belongs to; empty for one of none. */
  readonly named: readonly RunningNamed[];
  /** Transactions without an outcome: folder and phase. */
  readonly unfinished: readonly { readonly folder: string; readonly phase: string }[];
  /** Who changes the host at this moment, and since when; undefined where nobody does. */
  readonly holder: string | undefined;
  /** Transactions that are over without that anybody was told how, the oldest first. */
  readonly untold: readonly Untold[];
}

/** A transaction that ended when nobody listened any more. */
export interface Untold extends Transaction {
  readonly folder: string;
}

/** Reads os-release(5) and what else observe_host sends. */
export function hostFacts(frames: Frames): HostFacts {
  const text = (key: string) => frames.text(`host ${key}`)?.trim() ?? '';
  const release = new Map(
    text('os-release')
      .split('\n')
      .map((line): [string, string] => {
        const eq = line.indexOf('=');
        return [line.slice(0, eq), line.slice(eq + 1).replace(/^"(.*)"$/, '$1')];
      }),
  );
  return {
    os: release.get('ID') ?? '',
    release: release.get('VERSION_CODENAME') ?? '',
    version: release.get('VERSION_ID') ?? '',
    kernel: text('kernel'),
    systemd: text('systemd') === 'yes',
    lsm: text('lsm').split(',').filter(Boolean),
    bootId: text('boot-id'),
    cores: coresIn(text('cores')),
    architecture: text('architecture') || undefined,
    // Real and effective, as in /proc/PID/status.
    root: text('uid').split('\t')[1] === '0',
    named: namedIn(text('named')),
    unfinished: text('unfinished')
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [folder = '', phase = ''] = line.split('\t');
        return { folder, phase };
      }),
    holder: text('holder') || undefined,
    untold: text('untold')
      .split(/^folder\t/m)
      .slice(1)
      .map((it) => ({ folder: it.slice(0, it.indexOf('\n')), ...transaction(it) }))
      .toSorted((a, b) => a.at - b.at),
  };
}

/** The unit of a process is the innermost in the path of its control group (systemd(1), Control Groups). */
const namedIn = (text: string): HostFacts['named'] => [
  ...new Map(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [pid = '', group = ''] = line.split('\t');
        const unit = group.split('/').findLast((it) => /\.(service|scope)$/.test(it)) ?? '';
        return [pid, { pid: Number(pid), unit }] as const;
      }),
  ).values(),
];

/** Counts a list of the kernel's, like `0-3,8`. */
function coresIn(text: string): number | undefined {
  if (text === '') return undefined;
  return text.split(',').reduce((sum, range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return sum + last - first + 1;
  }, 0);
}

/** Releases that confine is tested on; others are refused without a flag. */
export const supported = (facts: HostFacts): boolean =>
  facts.os === 'debian' && ['11', '12', '13'].includes(facts.version);
