import type { PackageName } from '../brand.ts';
import { absent, unknown, value, type Known, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import { shQuote } from '../quote.ts';

export interface PackageState {
  readonly version: string;
}

export interface PackageDesire {
  readonly resource: 'package';
  readonly name: PackageName;
  readonly seen: Observation<PackageState>;
}

/** A package is installed. Forward only: a failed health check never removes one. */
export interface PackageChange {
  readonly change: 'package';
  readonly name: PackageName;
}

/** Asks dpkg for packages; all probes of a trip share one call. */
export function packagesProbe(
  names: readonly PackageName[],
): Probe<ReadonlyMap<PackageName, Known<PackageState>>> {
  const sorted = [...new Set(names)].toSorted();
  return {
    key: `packages:${sorted.join(',')}`,
    needs: ['resources/package.observe.sh'],
    gather: `ask_packages ${sorted.map(shQuote).join(' ')}`,
    ask: () => 'observe_packages',
    parse: (frames) => {
      const list = frames.text('packages list');
      if (list === undefined) return unknown(frames.text('packages unknown') ?? 'the host did not answer');
      const installed = parsePackages(list);
      return value(new Map(sorted.map((name) => [name, installed.get(name) ?? absent])));
    },
    predict: (seen, host) =>
      seen.is !== 'value'
        ? seen
        : value(
            new Map(
              [...seen.value].map(([name, state]) => [
                name,
                host.packages.has(name) ? value({ version: 'known after apply' }) : state,
              ]),
            ),
          ),
  };
}

/**
 * Reads lines of `${Package}\t${db:Status-Abbrev}\t${Version}`. Only a fully installed package counts:
 * the second letter of the abbreviation is `i` (dpkg-query(1)).
 */
export function parsePackages(list: string): Map<string, Known<PackageState>> {
  const found = new Map<string, Known<PackageState>>();
  for (const line of list.split('\n')) {
    const [name = '', status = '', version = ''] = line.split('\t');
    if (status[1] === 'i') found.set(name, value({ version }));
  }
  return found;
}

export function comparePackage(desire: PackageDesire, now: Known<PackageState>): PackageChange[] {
  return now.is === 'value' ? [] : [{ change: 'package', name: desire.name }];
}
