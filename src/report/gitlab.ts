import { marked, pathIn } from './fingerprint.ts';
import { issuesOf, issueText, type Level } from './issues.ts';
import type { Run } from './run.ts';

const severities: Readonly<Record<Level, string>> = { error: 'critical', warning: 'minor', note: 'info' };

/**
 * The issues of a run as GitLab's Code Quality report.
 * Source: GitLab Docs, "Code Quality report format"; a file and a line are required, so what no file says anything of
 * stands at the first line of the first file that the run was given.
 */
export function gitlab(run: Run): string {
  const issues = marked(issuesOf(run), run.folder).map((issue) => ({
    description: issueText(issue, 20),
    check_name: issue.rule,
    fingerprint: issue.fingerprint,
    severity: severities[issue.level],
    location: {
      path: pathIn(run.folder, issue.at?.file ?? run.files[0] ?? 'confine'),
      lines: { begin: issue.at?.line ?? 1 },
    },
  }));
  return `${JSON.stringify(issues, undefined, 2)}\n`;
}
