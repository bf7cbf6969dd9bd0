import { lastTransaction, type LastTransaction } from './attest.ts';
import type { Frames } from './frames.ts';

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
  /** Transactions without an outcome: folder and phase. */
  readonly unfinished: readonly { readonly folder: string; readonly phase: string }[];
  /** The newest transaction, where its outcome has reached no controller. */
  readonly untold: LastTransaction | undefined;
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
    unfinished: text('unfinished')
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [folder = '', phase = ''] = line.split('\t');
        return { folder, phase };
      }),
    untold: text('untold') ? lastTransaction(text('untold')) : undefined,
  };
}

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
