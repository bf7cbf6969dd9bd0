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
  readonly root: boolean;
  /** Transactions that were neither committed nor undone: folder and phase. */
  readonly unfinished: readonly { readonly folder: string; readonly phase: string }[];
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
    // Real and effective, as in /proc/PID/status.
    root: text('uid').split('\t')[1] === '0',
    unfinished: text('unfinished')
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [folder = '', phase = ''] = line.split('\t');
        return { folder, phase };
      }),
  };
}

/** Releases that confine is tested on; others are refused without a flag. */
export const supported = (facts: HostFacts): boolean =>
  facts.os === 'debian' && ['11', '12', '13'].includes(facts.version);
