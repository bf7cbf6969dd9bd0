import { hostList, many, section } from './html-parts.ts';
import { h, when, type Markup } from './markup.ts';
import { planGroups, type PlanGroup } from './plan-groups.ts';
import type { Run } from './run.ts';

/** A page stays one that a phone opens. */
const mostGroups = 100;
const mostLines = 400;

/** What differs, with diffs on demand; hosts with the same changes share them. */
export function diffsSection(run: Run): Markup {
  const groups = planGroups(run);
  if (groups.length === 0) return h``;
  const hosts = groups.reduce((sum, it) => sum + it.hosts.length, 0);
  const aside = `${many(hosts, 'host')}, ${many(groups.length, 'kind')} of change`;
  const more = groups.length - mostGroups;
  return section(
    'changes',
    run.command === 'status' ? 'Drift' : 'Changes',
    aside,
    h`${groups.slice(0, mostGroups).map(diff)}${when(
      more > 0,
      () => h`<p class="note">${more} more: confine plan shows all</p>`,
    )}`,
  );
}

function diff({ hosts, lines }: PlanGroup): Markup {
  const tasks = lines.filter((it) => /^ {2}[~x?!]/.test(it)).map((it) => it.trim().slice(2));
  const more = lines.length - mostLines;
  return h`<article class="block change">
<div class="where"><b>${hosts.length === 1 ? (hosts[0] ?? '') : 'the same on'}</b>${when(hosts.length > 1, () => hostList(hosts))}</div>
<ul class="tasks">${tasks.map((it) => h`<li>${it}</li>`)}</ul>
<details><summary>Show the diff</summary><pre class="diff">${lines.slice(0, mostLines).map(line)}${when(
    more > 0,
    () => h`<span>… ${more} more lines</span>`,
  )}</pre></details>
</article>`;
}

const line = (text: string): Markup => h`<span class="${kindOf(text)}">${text}
</span>`;

function kindOf(text: string): string {
  const own = text.trimStart();
  if (/^(\+\+\+|---) /.test(own)) return 'file';
  if (own.startsWith('@@')) return 'hunk';
  if (own.startsWith('+')) return 'plus';
  if (own.startsWith('-')) return 'minus';
  return /^ {2}\S /.test(text) ? 'task' : '';
}

/** What hosts said that took a change back. */
export function logsSection(run: Run): Markup {
  const logs = run.hosts.flatMap(({ host, outcome }) =>
    outcome && 'log' in outcome ? [{ host, reason: outcome.reason, log: outcome.log.slice(-20) }] : [],
  );
  if (logs.length === 0) return h``;
  return section(
    'logs',
    'Taken back',
    many(logs.length, 'host'),
    h`${logs.map(
      ({ host, reason, log }) =>
        h`<article class="block change"><div class="where"><b>${host}</b> ${reason}</div>${when(log.length > 0, () => h`<details><summary>The last lines of its log</summary><pre>${log.join('\n')}</pre></details>`)}</article>`,
    )}`,
  );
}
