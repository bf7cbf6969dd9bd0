import { palette } from './palette.ts';
import { planText } from './plan-text.ts';
import type { Run } from './run.ts';

/** Hosts whose plans read alike, and how. */
export interface PlanGroup {
  readonly hosts: readonly string[];
  readonly lines: readonly string[];
}

const plain = palette(false);

/** The plans that change something, or can't; hosts with the same text share it, the most hosts first. */
export function planGroups(run: Run): readonly PlanGroup[] {
  const groups = new Map<string, { hosts: string[]; lines: readonly string[] }>();
  for (const { host, plan } of run.hosts) {
    if (!plan || plan.state === 'in-sync') continue;
    const lines = planText(plan, plain, false);
    const key = lines.join('\n');
    const group = groups.get(key) ?? { hosts: [], lines };
    group.hosts.push(host);
    groups.set(key, group);
  }
  return [...groups.values()].toSorted((a, b) => b.hosts.length - a.hosts.length);
}
