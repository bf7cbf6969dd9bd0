import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { startProgram, type Ended } from './program.ts';
import type { Repository } from './repository.ts';

/** What a pipeline is about. */
export interface GitlabPipeline {
  readonly commit: string;
  readonly branch: string;
  readonly variables: Readonly<Record<string, string>>;
}

const runner = resolve('node_modules/gitlab-ci-local/dist/index.js');

const start = (
  repository: Repository,
  { variables }: GitlabPipeline,
  cwd: string,
  ...args: readonly string[]
): Promise<Ended> =>
  startProgram(
    process.execPath,
    [
      runner,
      ...args,
      '--home',
      repository.env['HOME'] ?? '',
      ...Object.entries(variables).flatMap(([key, value]) => ['--variable', `${key}=${value}`]),
    ],
    cwd,
    repository.env,
  ).ended;

/** A job that is over: GitLab shows it as passed, as a warning or as failed. */
export interface GitlabJob {
  readonly verdict: 'passed' | 'warned' | 'failed';
  /** What its script ended with. */
  readonly code: number;
  readonly said: string;
  /** The path of a file in its folder. */
  readonly file: (path: string) => string;
}

/** Runs a job as GitLab's shell executor would, from a clone of its own. */
export async function runGitlabJob(
  repository: Repository,
  name: string,
  pipeline: GitlabPipeline,
): Promise<GitlabJob> {
  const folder = repository.clone(pipeline.commit, pipeline.branch);
  // What a push changed is not what its branch has besides the default branch.
  const quick = ['--no-evaluate-rule-changes', '--no-json-schema-validation'];
  const ended = await start(repository, pipeline, folder, name, ...quick);
  const said = stripVTControlCharacters(ended.said);
  const over = new RegExp(`^${name} +finished in .*?(?: (WARN|FAIL) (\\d+))? *$`, 'm');
  const [line, word, code = '0'] = over.exec(said) ?? [];
  if (line === undefined) throw new Error(said);
  const verdict = word === undefined ? 'passed' : word === 'WARN' ? 'warned' : 'failed';
  return { verdict, code: Number(code), said, file: (path) => join(folder, path) };
}

/** The jobs that a pipeline has by its rules; the file is held against GitLab's schema on the way. */
export async function gitlabJobs(
  repository: Repository,
  pipeline: GitlabPipeline,
): Promise<readonly string[]> {
  const folder = repository.clone(pipeline.commit, pipeline.branch);
  const { code, said } = await start(repository, pipeline, folder, '--list-csv');
  if (code !== 0) throw new Error(said);
  return said
    .split('\n')
    .flatMap((line) => /^(\w+);/.exec(line)?.[1] ?? [])
    .filter((it) => it !== 'name');
}
