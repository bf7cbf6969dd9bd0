import type { HostName } from '../brand.ts';
import { InputError, type Diagnostic } from '../errors.ts';
import { byPlace } from '../yaml/diagnose.ts';

/** Findings of all files and hosts; what is the same for many hosts is one finding. */
export interface Findings {
  readonly report: (finding: Diagnostic, host?: HostName) => void;
  /** Runs a step; what it throws as InputError becomes findings, and the result is undefined. */
  attempt<T>(run: () => T, host?: HostName): T | undefined;
  isEmpty(): boolean;
  /** Throws InputError if there are any. `hosts`: how many hosts there are; a finding for all needs no names. */
  reject(hosts: number): void;
}

export function createFindings(): Findings {
  const found = new Map<string, { finding: Diagnostic; hosts: Set<HostName> }>();
  const report = (finding: Diagnostic, host?: HostName): void => {
    const { file, line, col } = finding.at;
    const key = JSON.stringify([file, line, col, finding.message]);
    const entry = found.get(key) ?? { finding, hosts: new Set<HostName>() };
    if (host !== undefined) entry.hosts.add(host);
    found.set(key, entry);
  };
  return {
    report,
    attempt(run, host) {
      try {
        return run();
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        for (const finding of error.diagnostics) report(finding, host);
        return undefined;
      }
    },
    isEmpty: () => found.size === 0,
    reject(hosts) {
      if (found.size === 0) return;
      const all = [...found.values()].map((entry) => withHosts(entry, hosts)).toSorted(byPlace);
      throw new InputError(all);
    },
  };
}

function withHosts(entry: { finding: Diagnostic; hosts: ReadonlySet<HostName> }, total: number): Diagnostic {
  const { finding, hosts } = entry;
  if (hosts.size === 0 || hosts.size === total) return finding;
  const names = [...hosts].slice(0, 2).join(', ');
  const more = hosts.size > 2 ? ` and ${hosts.size - 2} more` : '';
  return { ...finding, message: `${finding.message} (for ${names}${more})` };
}
