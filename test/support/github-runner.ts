import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { load } from 'js-yaml';
import { z } from 'zod';
import { startProgram, type Started } from './program.ts';
import type { Repository } from './repository.ts';

const Texts = z.record(z.string(), z.coerce.string());
const Step = z.object({
  id: z.string().optional(),
  name: z.string().optional(),
  if: z.string().optional(),
  env: Texts.optional(),
  run: z.string().optional(),
  uses: z.string().optional(),
  with: Texts.optional(),
});
const Workflow = z.object({
  env: Texts,
  defaults: z.object({ run: z.object({ shell: z.literal('sh') }) }),
  jobs: z.record(z.string(), z.object({ if: z.string(), steps: z.array(Step) })),
});
const readWorkflow = (file: string) => Workflow.parse(load(readFileSync(file, 'utf8')));

/** The contexts of a run, as expressions see them. */
export interface Contexts {
  readonly github: Readonly<Record<string, unknown>> & { readonly sha: string };
  readonly secrets: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
}

/** An artifact, with the run that it is of. */
export interface Artifact {
  readonly name: string;
  readonly run: number;
  readonly content: string;
}

/** A job that runs. */
export interface GithubJob {
  readonly said: () => string;
  readonly ended: Promise<{
    readonly result: 'success' | 'failure' | 'skipped';
    /** Of the step that failed first. */
    readonly code: number | null;
    readonly said: string;
    readonly summary: string;
  }>;
}

type Status = 'success' | 'failure';

/**
 * Runs a job of the workflow in a repository as GitHub's runner does: its conditions and expressions by GitHub's own
 * evaluator, its scripts by the shell it names. Of the actions only what they are documented to do is done here.
 */
export function startJob(
  repository: Repository,
  name: string,
  contexts: Contexts,
  store: Artifact[],
  run: number,
): GithubJob {
  const workspace = repository.clone(contexts.github.sha);
  const temp = mkdtempSync(join(tmpdir(), 'runner-'));
  const [envFile, outputFile, summaryFile] = ['env', 'output', 'summary'].map((it) => {
    writeFileSync(join(temp, it), '');
    return join(temp, it);
  }) as [string, string, string];
  const { env: shared, jobs } = readWorkflow(join(workspace, '.github/workflows/confine.yml'));
  const job = jobs[name];
  if (!job) throw new Error(`the workflow has no job ${name}`);

  let log = '';
  let current: Started | undefined;
  let [status, code]: [Status, number | null] = ['success', 0];
  const steps: Record<string, { outputs: Record<string, string> }> = {};
  const env = () => ({ ...shared, ...pairs(envFile) });
  const scope = () => ({ ...contexts, env: env(), steps });
  const holds = (condition: string) => {
    const says = /\b(success|failure|always|cancelled)\(/.test(condition);
    const value = evaluate(condition, scope(), status, workspace);
    return value === 'true' && (says || status === 'success');
  };
  const fill = (text: string) =>
    text.replace(/\$\{\{(.*?)\}\}/g, (_, it: string) => evaluate(it, scope(), status, workspace));
  const filled = (texts: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(texts).map(([key, it]) => [key, fill(it)]));

  async function action(uses: string, given: Readonly<Record<string, string>>): Promise<void> {
    if (uses.startsWith('actions/checkout@')) return;
    const path = join(workspace, given['path'] ?? '');
    if (uses.startsWith('actions/upload-artifact@')) {
      if (existsSync(path))
        store.push({ name: given['name'] ?? '', run, content: readFileSync(path, 'utf8') });
    } else if (uses.startsWith('actions/download-artifact@')) {
      const found = store.findLast((it) => it.name === given['name'] && it.run === Number(given['run-id']));
      if (!found) throw new Error(`no artifact ${given['name']} of run ${given['run-id']}`);
      writeFileSync(join(workspace, 'confine.plan'), found.content);
    } else throw new Error(`what ${uses} does is not known here`);
  }

  async function runSteps(): Promise<void> {
    for (const [i, step] of (job?.steps ?? []).entries()) {
      if (!holds(step.if ?? 'success()')) continue;
      log += `\n## ${step.name ?? step.uses ?? ''}\n`;
      if (step.uses !== undefined) {
        await action(step.uses, filled(step.with));
        continue;
      }
      const script = join(temp, `${i}.sh`);
      writeFileSync(script, step.run ?? '');
      writeFileSync(outputFile, '');
      current = startProgram('sh', ['-e', script], workspace, {
        ...repository.env,
        GITHUB_ACTIONS: 'true',
        CI: 'true',
        GITHUB_API_URL: String(contexts.github['api_url']),
        GITHUB_REPOSITORY: String(contexts.github['repository']),
        GITHUB_SHA: contexts.github.sha,
        GITHUB_ENV: envFile,
        GITHUB_OUTPUT: outputFile,
        GITHUB_STEP_SUMMARY: summaryFile,
        RUNNER_TEMP: temp,
        ...env(),
        ...filled(step.env),
      });
      const done = await current.ended;
      log += done.said;
      current = undefined;
      if (step.id !== undefined) steps[step.id] = { outputs: pairs(outputFile) };
      if (done.code !== 0 && status === 'success') [status, code] = ['failure', done.code];
    }
  }

  const end = async () => {
    if (!holds(job.if)) return { result: 'skipped', code: 0, said: '', summary: '' } as const;
    try {
      await runSteps();
    } finally {
      endAgent(log);
    }
    return { result: status, code, said: log, summary: readFileSync(summaryFile, 'utf8') };
  };
  return { said: () => log + (current?.said() ?? ''), ended: end() };
}

/** At the end of a job the runner ends what its steps left behind. */
function endAgent(log: string): void {
  const [, pid] = /Agent pid (\d+)/.exec(log) ?? [];
  if (pid !== undefined) process.kill(Number(pid));
}

const pairs = (file: string): Record<string, string> =>
  Object.fromEntries(
    readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

/** What an expression comes to, as text. */
function evaluate(expression: string, contexts: object, status: Status, workspace: string): string {
  const functions = [
    yes('success', () => status === 'success'),
    yes('failure', () => status === 'failure'),
    {
      ...yes('hashFiles', () => false),
      minArgs: 1,
      maxArgs: 1,
      call: (it: data.ExpressionData) =>
        new data.StringData(existsSync(join(workspace, it.coerceString())) ? 'hash' : ''),
    },
  ];
  const { tokens } = new Lexer(expression.trim()).lex();
  const tree = new Parser(tokens, Object.keys(contexts), functions).parse();
  const known = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  const named = new Map(functions.map((it) => [it.name.toLowerCase(), it]));
  return new Evaluator(tree, known, named).evaluate().coerceString();
}

const yes = (name: string, is: () => boolean) => ({
  name,
  minArgs: 0,
  maxArgs: 0,
  call: () => new data.BooleanData(is()),
});
