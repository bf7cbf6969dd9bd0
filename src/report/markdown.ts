import { hostCounts } from './counts.ts';
import { pathIn } from './fingerprint.ts';
import { issuesOf, type Issue, type Level } from './issues.ts';
import { planGroups } from './plan-groups.ts';
import type { Run } from './run.ts';

/** What GitHub takes as a comment: 65,536 characters, with room for what a job puts before it. GitLab takes more. */
export const mostCommentBytes = 65_000;

/** A run as Markdown of GitHub and GitLab: counts, then what stands out, then diffs, as far as there is room. */
export function markdown(run: Run, most: number): string {
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
  return withinBytes(parts, most);
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

/** Leaves out what does not fit: with a diff that is too long, the others are still shown. */
function withinBytes(parts: readonly string[], most: number): string {
  let bytes = 0;
  const kept = parts.filter((part) => {
    const size = Buffer.byteLength(part);
    if (bytes + size > most) return false;
    bytes += size;
    return true;
  });
  const left = parts.length - kept.length;
  if (left === 0) return kept.join('');
  return `${kept.join('')}\n${left} more ${left === 1 ? 'part is' : 'parts are'} left out: there is no room for all. The log of the run has it.\n`;
}
