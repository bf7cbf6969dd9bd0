import type { Log, Location, ReportingDescriptor, Result } from 'sarif';
import { Exit } from '../errors.ts';
import { marked, pathIn, type Marked } from './fingerprint.ts';
import { issueRules, issuesOf, issueText } from './issues.ts';
import type { Run } from './run.ts';

/**
 * What GitHub takes of a file, and shows of a result.
 * Source: GitHub Docs, "SARIF support for code scanning" and "SARIF results exceed limits".
 */
const mostResults = 25_000;
const mostHosts = 100;

const ruleSeverity = { error: '8.0', warning: '5.0', note: '2.0' } as const;

/** The issues of a run as SARIF 2.1.0: each at its line, with its hosts as logical locations. */
export function sarif(run: Run): string {
  const issues = marked(issuesOf(run), run.folder).slice(0, mostResults);
  const rules = [...new Set(issues.map(({ rule }) => rule))].toSorted();
  const log: Log = {
    version: '2.1.0',
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    runs: [
      {
        tool: {
          driver: {
            name: 'confine',
            semanticVersion: run.version,
            rules: rules.map((rule) => descriptor(rule, issues)),
          },
        },
        invocations: [
          {
            executionSuccessful: run.exit === Exit.ok || run.exit === Exit.pending,
            ...(run.exit === undefined ? {} : { exitCode: run.exit }),
            startTimeUtc: run.started.toISOString(),
            ...(run.seconds === undefined
              ? {}
              : { endTimeUtc: new Date(run.started.getTime() + run.seconds * 1000).toISOString() }),
          },
        ],
        ...(run.commit && { properties: { commit: run.commit } }),
        columnKind: 'utf16CodeUnits',
        results: issues.map((issue) => result(issue, rules.indexOf(issue.rule), run.folder)),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function descriptor(rule: string, issues: readonly Marked[]): ReportingDescriptor {
  const level = issues.find((it) => it.rule === rule)?.level ?? 'note';
  const text = issueRules[rule];
  return {
    id: rule,
    shortDescription: { text: text ?? `Rule about units: ${rule}` },
    ...(text === undefined && { help: { text: `confine explain unit ${rule}` } }),
    properties: { 'security-severity': ruleSeverity[level], tags: ['security'] },
  };
}

function result(issue: Marked, ruleIndex: number, folder: string): Result {
  const { rule, level, at, hosts, fingerprint } = issue;
  const logical = hosts.slice(0, mostHosts).map((name) => ({ name, kind: 'resource' }));
  const location: Location = {
    ...(at && {
      physicalLocation: {
        artifactLocation: { uri: uriOf(pathIn(folder, at.file)) },
        region: { startLine: at.line, startColumn: at.col },
      },
    }),
    ...(logical.length > 0 && { logicalLocations: logical }),
  };
  return {
    ruleId: rule,
    ruleIndex,
    level,
    message: { text: issueText(issue, mostHosts) },
    locations: at || logical.length > 0 ? [location] : [],
    partialFingerprints: { 'confine/v1': fingerprint },
  };
}

/** A path as a URI reference; ":" would make its first segment a scheme. */
const uriOf = (path: string): string =>
  `${path.startsWith('/') ? 'file://' : ''}${path.split('/').map(encodeURIComponent).join('/')}`;
