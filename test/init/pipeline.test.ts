import { readFileSync } from 'node:fs';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pipelineFiles, pipelineKinds, pipelineText } from '../../src/init/pipeline.ts';
import { version } from '../../src/version.ts';
import { shell } from '../support/shell.ts';

const Lines = z.union([z.string().transform((it) => [it]), z.array(z.string())]).default([]);
const Step = z.object({ run: z.string().optional(), uses: z.string().optional() });
const Github = z.object({
  permissions: z.strictObject({}),
  jobs: z.record(
    z.string(),
    z.object({ permissions: z.record(z.string(), z.string()), steps: z.array(Step) }),
  ),
});
const Gitlab = z.record(
  z.string(),
  z.object({ before_script: Lines, script: Lines, after_script: Lines }).partial(),
);

const github = Github.parse(load(pipelineText('github')));

/** Every script of a pipeline, as the shell of its job gets it. */
const scripts: Readonly<Record<string, readonly string[]>> = {
  github: Object.values(github.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? [])),
  gitlab: Object.values(Gitlab.parse(load(pipelineText('gitlab')))).flatMap((it) => [
    [...(it.before_script ?? []), ...(it.script ?? [])].join('\n'),
    (it.after_script ?? []).join('\n'),
  ]),
};

/** What GitHub's own parser says against a workflow. */
async function faults(content: string): Promise<readonly string[]> {
  const { context, value } = parseWorkflow(
    { name: pipelineFiles.github, content },
    new NoOperationTraceWriter(),
  );
  const errors = () => context.errors.getErrors().map(({ message }) => message);
  if (value && errors().length === 0) await convertWorkflowTemplate(context, value);
  return errors();
}

describe.each(pipelineKinds)('the pipeline of %s', (kind) => {
  it('pins the version of confine', () => {
    expect(/^ +CONFINE_VERSION: (.*)$/m.exec(pipelineText(kind))?.[1]).toBe(version);
  });

  it('has scripts that shellcheck has nothing against', () => {
    expect(scripts[kind]?.length).toBeGreaterThan(4);
    // What a job is given (SC2154), and what all jobs of GitLab set, and some use (SC2034).
    for (const text of new Set(scripts[kind]))
      expect(shell('shellcheck', ['--shell=sh', '--exclude=SC2154,SC2034', '-'], text)).toBe('');
  });

  it('is told of in the documentation by its place', () => {
    expect(readFileSync('docs/pipelines.md', 'utf8')).toContain(pipelineFiles[kind]);
  });
});

describe('the workflow', () => {
  it('is one by GitHub’s own parser, which would tell', async () => {
    expect(await faults(pipelineText('github'))).toEqual([]);
    expect(await faults(pipelineText('github').replace('runs-on:', 'runs-in:'))).not.toEqual([]);
    expect(await faults(pipelineText('github').replace('steps.approved', 'stepz.approved'))).not.toEqual([]);
  });

  it('gives each job the permissions that it names, and pins each action by its commit', () => {
    for (const { permissions, steps } of Object.values(github.jobs)) {
      expect(permissions).toHaveProperty('contents', 'read');
      for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^[\w/-]+@[0-9a-f]{40}$/);
    }
  });
});
