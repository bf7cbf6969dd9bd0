import { pathIn } from './fingerprint.ts';
import { issuesOf, issueText, type Issue, type Level } from './issues.ts';
import { markdown } from './markdown.ts';
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

/** The summary of the step. */
export const githubSummary = (run: Run): string => markdown(run, mostSummaryBytes);
