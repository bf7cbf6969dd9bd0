import { namedDenials } from '../fleet/trail-findings.ts';
import type { DeniedAccess } from '../observe/attest-trail.ts';
import { hostList, instant, many, section } from './html-parts.ts';
import { h, when, type Markup } from './markup.ts';
import type { Run } from './run.ts';
import { shown } from './shown.ts';

interface Denied extends Pick<DeniedAccess, 'verdict' | 'profile' | 'operation' | 'name' | 'mask'> {
  readonly count: number;
  readonly last: number;
  readonly hosts: readonly string[];
}

const mostRows = 50;

/** What named was denied since each host's boot; the same access of several hosts is one row. */
export function denialsSection(run: Run): Markup {
  const all = deniedIn(run);
  const count = all.reduce((sum, it) => sum + it.count, 0);
  if (count === 0) return h``;
  const hosts = new Set(all.flatMap((it) => it.hosts));
  return section(
    'denials',
    'Denials',
    `${many(count, 'access', 'accesses')} on ${many(hosts.size, 'host')}, since their last boot`,
    h`<div class="scroll"><table class="denials"><thead><tr><th>Verdict<th>Access<th>Times<th>Last<th>Hosts</tr></thead><tbody>${all.slice(0, mostRows).map(row)}</tbody></table></div>${when(
      all.length > mostRows,
      () => h`<p class="note">${all.length - mostRows} more: confine denials shows all</p>`,
    )}`,
  );
}

const row = ({ verdict, profile, operation, name, mask, count, last, hosts }: Denied): Markup =>
  h`<tr><td><span class="tag ${verdict === 'KILLED' ? 'broken' : 'alarm'}">${verdict}</span><td>${operation} <code>${shown(name)}</code> ${mask && `(${mask})`} <small>under ${shown(profile)}</small><td>${count}<td>${instant(last)}<td>${hostList(hosts, 3)}</tr>`;

function deniedIn(run: Run): readonly Denied[] {
  const known = new Map<string, Denied>();
  for (const { host, status } of run.hosts) {
    const trail = status?.attestation.trail;
    if (!status || trail?.is !== 'value' || trail.value.evidence.is !== 'value') continue;
    for (const it of namedDenials(status.attestation, trail.value.evidence.value)) {
      const { verdict, profile, operation, name, mask } = it;
      const of = { verdict, profile, operation, name, mask };
      const key = JSON.stringify(of);
      const before = known.get(key);
      known.set(key, {
        ...of,
        count: (before?.count ?? 0) + it.count,
        last: Math.max(before?.last ?? 0, it.last),
        hosts: [...new Set([...(before?.hosts ?? []), host])],
      });
    }
  }
  return [...known.values()].toSorted((a, b) => b.hosts.length - a.hosts.length || b.count - a.count);
}
