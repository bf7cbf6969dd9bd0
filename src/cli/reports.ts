import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { MissingError, UsageError, messageOf } from '../errors.ts';
import type { Emit, Event } from '../events.ts';
import { runOf, type Run, type Told } from '../report/run.ts';
import { redact, redactAll } from '../secret.ts';
import { destination, writeWhole } from './whole-file.ts';

/** Takes what a run tells, and writes the reports that were asked for. */
export interface Reports {
  readonly note: Emit;
  /** Writes them, once; what is not told by then is not in them. Throws MissingError where there is no room. */
  readonly write: () => void;
}

/** How each kind of file is made from a run; loaded where it is asked for. */
const kinds: Readonly<Record<string, () => Promise<(run: Run) => string>>> = {
  junit: async () => (await import('../report/junit.ts')).junit,
  sarif: async () => (await import('../report/sarif.ts')).sarif,
  gitlab: async () => (await import('../report/gitlab.ts')).gitlab,
  html: async () => (await import('../report/html.ts')).html,
  markdown: async () => {
    const { markdown, mostCommentBytes } = await import('../report/markdown.ts');
    return (run) => markdown(run, mostCommentBytes);
  },
  prometheus: async () => (await import('../report/prometheus.ts')).prometheus,
};

/**
 * Opens the reports of a run before any host is touched.
 * @param wanted each `--report` as given: `KIND=FILE`, or `github`
 * @throws {UsageError} for a kind that there is not, and a file that can't be written
 */
export async function openReports(told: Omit<Told, 'events'>, wanted: readonly string[]): Promise<Reports> {
  const events: Event[] = [];
  const writers = await Promise.all(wanted.map((it) => writerOf(it, told.command)));
  const files = wanted.map(fileOf).flatMap((it) => (it === '' ? [] : [resolve(it)]));
  const twice = files.find((it, i) => files.indexOf(it) !== i);
  if (twice !== undefined)
    throw new UsageError(`two reports can't be one file: ${twice}`, 'name another file for one of them');
  let written = false;
  const write = (): void => {
    // What was called wrongly told nothing, and is no run.
    if (written || events.length === 0) return;
    written = true;
    // Before they are rendered: each kind of file quotes in its own way.
    const run = runOf({ ...told, events: events.map(redactAll) });
    const failures = writers.flatMap((it) => failureOf(() => it(run)));
    if (failures.length > 0) throw failures[0];
  };
  // Whoever interrupts twice is not kept waiting, and still gets what is known.
  process.once('exit', () => {
    for (const it of failureOf(write)) process.stderr.write(`error: ${String(it)}\n`);
  });
  return { note: (event) => void events.push(event), write };
}

/** One that can't be written keeps no other back. */
function failureOf(run: () => void): readonly unknown[] {
  try {
    run();
    return [];
  } catch (error) {
    return [error];
  }
}

const fileOf = (wanted: string): string =>
  wanted.includes('=') ? wanted.slice(wanted.indexOf('=') + 1) : '';

async function writerOf(wanted: string, command: string): Promise<(run: Run) => void> {
  const kind = wanted.split('=')[0] ?? '';
  if (wanted === 'github') return githubWriter();
  const load = kinds[kind];
  const file = fileOf(wanted);
  if (load === undefined || file === '')
    throw new UsageError(
      load === undefined ? `there is no report "${wanted}"` : `--report ${kind} needs a file`,
      `write it as ${Object.keys(kinds).join('=FILE, ')}=FILE, or github`,
    );
  if (kind === 'prometheus' && command !== 'status')
    throw new UsageError(
      `confine ${command} observes nothing that a metric could tell`,
      'confine status --report prometheus=FILE does',
    );
  const target = destination(file, 'a report', `--report ${kind}=FILE`);
  const text = await load();
  return (run) => writeWhole(target, redact(text(run)), `the report ${file}`);
}

/** Annotations go where people's text goes: the runner reads them from there, too, and stdout stays data. */
async function githubWriter(): Promise<(run: Run) => void> {
  const { githubAnnotations, githubSummary } = await import('../report/github.ts');
  const summary = process.env['GITHUB_STEP_SUMMARY'];
  return (run) => {
    process.stderr.write(githubAnnotations(run));
    if (summary) appendTo(summary, redact(githubSummary(run)));
  };
}

function appendTo(summary: string, text: string): void {
  try {
    appendFileSync(summary, text);
  } catch (error) {
    throw new MissingError(
      `the summary of the step could not be written: ${messageOf(error)}`,
      'GITHUB_STEP_SUMMARY names its file: the runner sets it',
    );
  }
}
