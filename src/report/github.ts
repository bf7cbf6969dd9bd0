import { pathIn } from './fingerprint.ts';
import { issuesOf, issueText, type Issue, type Level } from './issues.ts';
import { planGroups } from './plan-groups.ts';
import { hostCounts } from './counts.ts';
import type { Run } from './run.ts';

/** GitHub shows so many annotations of a kind and step; of more, it drops whatever comes last. */
const mostAnnotations = 10;

/** A step may write 1 MiB of summary: beyond that GitHub shows none of it. */
const mostSummaryBytes = 1_000_000;

const commands: Readonly<Record<Level, string>> = { error: 'error', warning: 'warning', note: 'notice' };

/** The worst issues of a run as workflow commands, and how many there are besides. */
export function githubAnnotations(run: Run): string {
  const issues = issuesOf(run);
  const more = issues.length - mostAnnotations;
  return [
    ...issues.slice(0, mostAnnotations).map((issue) => annotation(issue, run.folder)),
    ...(more > 0 ? [`::notice title=confine::${more} more: see the summary of this step`] : []),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function annotation(issue: Issue, folder: string): string {
  const { at, rule, level } = issue;
  const place = at ? { file: pathIn(folder, at.file), line: at.line, col: at.col } : {};
  const properties = Object.entries({ ...place, title: `confine: ${rule}` }).map(
    ([key, value]) => `${key}=${property(String(value))}`,
  );
  return `::${commands[level]} ${properties.join(',')}::${data(issueText(issue, 10))}`;
}

/** Source: actions/toolkit, packages/core/src/command.ts, of what the runner takes back. */
const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** The summary of the step as Markdown: counts, then what stands out, then diffs, as far as there is room. */
export function githubSummary(run: Run): string {
  const issues = issuesOf(run);
  const counts = hostCounts(run);
  const parts = [
    `### confine ${cell(run.command)}\n\n`,
    counts.length > 0 ? `${counts.map(({ count, words }) => `**${count}** ${words}`).join(' · ')}\n\n` : '',
    issues.length > 0 ? '| | where | what | hosts |\n| --- | --- | --- | --- |\n' : 'Nothing stands out.\n',
    ...issues.map((issue) => issueRow(issue, run.folder)),
    '\n',
    ...planGroups(run).map(({ hosts, lines }) => diffBlock(hosts, lines)),
    run.resume === undefined ? '' : `\nTo go on:\n\n${fenced(run.resume)}\n`,
  ];
  return withinBytes(parts, mostSummaryBytes);
}

const marks: Readonly<Record<Level, string>> = { error: '🔴', warning: '🟠', note: '🔵' };

function issueRow({ level, at, message, next, hosts }: Issue, folder: string): string {
  const where = at ? `<code>${cell(`${pathIn(folder, at.file)}:${at.line}`)}</code>` : '';
  const what = [cell(message), ...(next ? [`<sub>${cell(next)}</sub>`] : [])].join('<br>');
  const names = hosts.length > 5 ? `${hosts.length} hosts` : hosts.join(', ');
  return `| ${marks[level]} | ${where} | ${what} | ${cell(names)} |\n`;
}

/** Text in a cell of a table: as it is, whatever of Markdown or HTML is in it. */
const cell = (text: string): string =>
  text.replace(/[&<>|`*_~[\]\\@#$!]/g, (it) => `&#${it.charCodeAt(0)};`).replace(/\s*[\r\n]+\s*/g, '<br>');

function diffBlock(hosts: readonly string[], lines: readonly string[]): string {
  const title = hosts.length === 1 ? cell(hosts[0] ?? '') : `the same on ${hosts.length} hosts`;
  return `<details><summary>Changes: ${title}</summary>\n\n${fenced(lines.join('\n'), 'diff')}\n</details>\n\n`;
}

/** A fence is longer than any that is in the text. */
function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([it]) => it.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}\n`;
}

function withinBytes(parts: readonly string[], most: number): string {
  let text = '';
  let bytes = 0;
  for (const [i, part] of parts.entries()) {
    bytes += Buffer.byteLength(part);
    if (bytes > most) return `${text}\n${parts.length - i} more parts are left out: GitHub takes no more.\n`;
    text += part;
  }
  return text;
}
