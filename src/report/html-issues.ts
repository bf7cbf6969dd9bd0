import { pathIn, withoutNumbers } from './fingerprint.ts';
import { hostList, many, section } from './html-parts.ts';
import { issuesOf, levels, type Issue, type Level } from './issues.ts';
import { h, when, type Markup } from './markup.ts';
import type { Run } from './run.ts';

/** More than these fold: who has a hundred problems reads the first ones first. */
const mostShown = 25;

const words: Readonly<Record<Level, string>> = { error: 'error', warning: 'warning', note: 'note' };

/** What stands out, the worst first. What is alike but for numbers and times is one, with all of its hosts. */
export function issuesSection(run: Run): Markup {
  const issues = issuesOf(run);
  const alike = new Map<string, Issue[]>();
  for (const it of issues) {
    const key = JSON.stringify([it.level, it.rule, withoutNumbers(it.message), it.next]);
    alike.set(key, [...(alike.get(key) ?? []), it]);
  }
  const cards = [...alike.values()]
    .toSorted((a, b) => rank(a) - rank(b) || hostsOf(b).length - hostsOf(a).length)
    .map((it) => card(it, run.folder));
  const warnings = run.warnings.map((it) => h`<li class="issue warning"><p>${it}</p></li>`);
  const all = [...cards, ...warnings];
  if (all.length === 0) return h``;
  const more = all.slice(mostShown);
  return section(
    'issues',
    'What stands out',
    levels
      .map((level) => [level, issues.filter((it) => it.level === level).length] as const)
      .filter(([, n]) => n > 0)
      .map(([level, n]) => many(n, words[level]))
      .join(', '),
    h`<ul class="issues">${all.slice(0, mostShown)}</ul>${when(
      more.length > 0,
      () =>
        h`<details class="more"><summary>${more.length} more</summary><ul class="issues">${more}</ul></details>`,
    )}`,
  );
}

const rank = ([first]: readonly Issue[]): number => levels.indexOf(first?.level ?? 'note');

const hostsOf = (same: readonly Issue[]): readonly string[] => [
  ...new Set(same.flatMap(({ hosts }) => hosts)),
];

function card(same: readonly Issue[], folder: string): Markup {
  const [first] = same;
  if (!first) return h``;
  const { level, rule, message, why, next } = first;
  const places = new Set(same.flatMap(({ at }) => (at ? [`${pathIn(folder, at.file)}:${at.line}`] : [])));
  const texts = new Set(same.map((it) => it.message));
  const [place] = places;
  return h`<li class="issue ${level}">
<p>${message}</p>
${when(why !== undefined && why !== '', () => h`<p class="why">${why ?? ''}</p>`)}
${when(next !== undefined && next !== '', () => h`<p class="next">${next ?? ''}</p>`)}
<div class="where"><span class="rule">${rule}</span>${when(places.size === 1, () => h`<code>${place ?? ''}</code>`)}${hostList(hostsOf(same))}</div>
${when(
  texts.size > 1,
  () =>
    h`<details class="fold"><summary>each of them</summary><ul class="each">${same.map((it) => h`<li><b>${it.hosts.join(', ')}</b> ${it.message}</li>`)}</ul></details>`,
)}</li>`;
}
