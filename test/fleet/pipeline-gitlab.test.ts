import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { startApi, type ApiServer, type Asked } from '../support/api-server.ts';
import { gitlabJobs, runGitlabJob, type GitlabPipeline } from '../support/gitlab-runner.ts';
import { containers, fingerprint, on } from '../support/lab.ts';
import { bookOf, byHand, rolloutPlay, servicePlay, standsAt, umask } from '../support/pipeline.ts';
import { openRepository, runnerSecrets, type Repository } from '../support/repository.ts';

const project = '/projects/1';
const book = 'playbooks/confine.yml';

let c1: ContainerHandle;
let c2: ContainerHandle;
let api: ApiServer;
/** What the service keeps: merged commits, files of the plan job by the ref of the merge request, notes and issues. */
let merged: Set<string>;
let kept: Map<string, Buffer>;
let notes: { id: number; body: string }[];
let issues: unknown[];

beforeEach(async () => {
  [c1, c2] = (await containers(['c1', 'c2'])) as [ContainerHandle, ContainerHandle];
  [merged, kept, notes, issues] = [new Set(), new Map(), [], []];
  api = await startApi(answer);
});
afterEach(() => api.stop());

function answer({ method, path, body }: Asked): unknown {
  const { pathname } = new URL(path, 'http://x');
  const commit = /\/repository\/commits\/(.*)\/merge_requests$/.exec(pathname)?.[1];
  if (commit !== undefined) return merged.has(commit) ? [{ iid: 7 }] : [];
  const [, ref, file] = /\/jobs\/artifacts\/(.*)\/raw\/(.*)$/.exec(pathname) ?? [];
  if (ref !== undefined) return kept.get(`${decodeURIComponent(ref)} ${file}`);
  if (pathname === `${project}/merge_requests/7/notes`) {
    if (method === 'POST') notes.push({ id: 3, body: String(body['body']) });
    return notes;
  }
  if (pathname === `${project}/merge_requests/7/notes/3` && method === 'PUT') {
    for (const it of notes) it.body = String(body['body']);
    return {};
  }
  if (pathname === `${project}/issues`) {
    if (method === 'POST') issues.push(body);
    return issues;
  }
  return undefined;
}

const pipeline = (
  commit: string,
  branch: string,
  more: Readonly<Record<string, string>>,
): GitlabPipeline => ({
  commit,
  branch,
  variables: {
    CI_API_V4_URL: api.url,
    CI_PROJECT_ID: '1',
    CI_DEFAULT_BRANCH: 'main',
    CONFINE_TOKEN: 'glpat-of-the-project',
    CONFINE_SSH_KEY: runnerSecrets().keyFile,
    CONFINE_KNOWN_HOSTS: runnerSecrets().knownHostsFile,
    ...more,
  },
});
const request = (commit: string, branch: string) =>
  pipeline(commit, branch, { CI_PIPELINE_SOURCE: 'merge_request_event', CI_MERGE_REQUEST_IID: '7' });
const push = (commit: string) => pipeline(commit, 'main', { CI_PIPELINE_SOURCE: 'push' });
const schedule = (what: string, more = {}) =>
  pipeline('main', 'main', { CI_PIPELINE_SOURCE: 'schedule', CONFINE_SCHEDULE: what, ...more });

/** The plan job, whose artifact the service keeps. */
async function plan(repository: Repository, commit: string, branch: string) {
  const done = await runGitlabJob(repository, 'plan', request(commit, branch));
  const [, name = ''] = /saved for .*: (confine-plan-\w+)/.exec(done.said) ?? [];
  kept.set(`refs/merge-requests/7/head ${name}`, readFileSync(done.file(name)));
  return done;
}
const merge = (repository: Repository, branch: string): string => {
  const commit = repository.squash(branch);
  merged.add(commit);
  return commit;
};

it('a merge request is planned and commented, and its merge applies exactly that plan', async () => {
  const repository = await openRepository('gitlab', [c1, c2], bookOf({}));
  const before = await Promise.all([fingerprint(c1), fingerprint(c2)]);
  const draft = repository.branch('draft', { [book]: bookOf({ UMask: '0027' }) });
  await plan(repository, draft, 'draft');
  const better = repository.branch('better', { [book]: bookOf({ UMask: '0077' }) }, 'draft');
  const planned = await plan(repository, better, 'better');
  expect(planned.verdict).toBe('passed');
  expect(JSON.parse(readFileSync(planned.file('quality.json'), 'utf8'))).toEqual([
    expect.objectContaining({ location: { path: book, lines: { begin: 6 } } }),
  ]);
  expect(readFileSync(planned.file('plan.xml'), 'utf8')).toContain('<testsuite ');
  expect(await Promise.all([fingerprint(c1), fingerprint(c2)])).toEqual(before);
  expect(notes.map((one) => one.body)).toEqual([
    expect.stringMatching(/^<!-- confine -->\n### confine plan\n[^]*\+UMask=0077/),
  ]);

  const applied = await runGitlabJob(repository, 'apply', push(merge(repository, 'better')));
  expect(applied.said).toContain('c1: changed, DNS answers');
  expect(applied.verdict).toBe('passed');
  expect(await Promise.all([c1, c2].map(umask))).toEqual(['0077', '0077']);
  for (const { said } of [planned, applied]) {
    expect(said).not.toContain('glpat-of-the-project');
    const [, agent] = /Agent pid (\d+)/.exec(said) ?? [];
    expect(agent).toBeDefined();
    await expect.poll(() => existsSync(`/proc/${agent}`), { timeout: 10_000 }).toBe(false);
  }
  expect(new Set(api.asked.map((it) => it.authorization))).toEqual(new Set(['Bearer glpat-of-the-project']));
});

it('a plan that is stale, or of other files than those that were merged, is refused', async () => {
  const repository = await openRepository('gitlab', [c1, c2], bookOf({}));
  const head = repository.branch('change', { [book]: bookOf({ UMask: '0027' }) });
  await plan(repository, head, 'change');
  await byHand(c1, 'UMask=0007');
  const stale = await runGitlabJob(repository, 'apply', push(merge(repository, 'change')));
  expect(stale.said).toContain('c1: stale');
  expect(stale).toMatchObject({ verdict: 'failed', code: 9 });
  expect(await Promise.all([c1, c2].map(umask))).toEqual(['0007', '0027']);

  repository.branch('unplanned', { [book]: bookOf({ UMask: '0000' }) });
  const refused = await runGitlabJob(repository, 'apply', push(merge(repository, 'unplanned')));
  expect(refused.said).toContain('no merge request has a plan of these files as they are merged');
  expect(refused).toMatchObject({ verdict: 'failed', code: 9 });
  expect(await Promise.all([c1, c2].map(umask))).toEqual(['0007', '0027']);
});

it('drift warns with 10 and an issue, one at a time; hosts that are not reached fail', async () => {
  const repository = await openRepository('gitlab', [c1, c2], servicePlay);
  const drift = () => runGitlabJob(repository, 'drift', schedule('drift'));
  expect((await drift()).verdict).toBe('passed');
  expect(issues).toEqual([]);

  await on(c2, 'systemctl disable named');
  const drifted = await drift();
  expect(drifted).toMatchObject({ verdict: 'warned', code: 10 });
  const issue = {
    labels: 'confine-drift',
    description: expect.stringMatching(/c2[^]*enable named\.service/),
  };
  expect(issues).toEqual([expect.objectContaining(issue)]);
  expect(readFileSync(drifted.file('drift.html'), 'utf8')).toContain('<!doctype html>');
  await drift();
  expect(issues).toHaveLength(1);
  await on(c2, 'systemctl enable named');

  const strangers = schedule('drift', { CONFINE_KNOWN_HOSTS: '/dev/null' });
  const unreachable = await runGitlabJob(repository, 'drift', strangers);
  expect(unreachable).toMatchObject({ verdict: 'failed', code: 4 });
});

it('a rollout in progress is a success, and one that went back a failure', async () => {
  const repository = await openRepository('gitlab', [c1], rolloutPlay);
  const advance = () => runGitlabJob(repository, 'rollout', schedule('rollout'));
  await standsAt(c1, 'soaking');
  const moved = await advance();
  expect(moved.said).toContain('rollout Enforce');
  expect(moved.verdict).toBe('passed');
  await standsAt(c1, 'back');
  expect(await advance()).toMatchObject({ verdict: 'failed', code: 7 });
});

it('each pipeline has its one job, and a merge request that changes none of its files none', async () => {
  const repository = await openRepository('gitlab', [c1], bookOf({}));
  const head = repository.branch('change', { [book]: bookOf({ UMask: '0027' }) });
  const prose = repository.branch('prose', { 'README.md': 'Our name servers.\n' });
  expect(await gitlabJobs(repository, request(head, 'change'))).toEqual(['plan']);
  expect(await gitlabJobs(repository, request(prose, 'prose'))).toEqual([]);
  expect(await gitlabJobs(repository, schedule('drift'))).toEqual(['drift']);
  expect(await gitlabJobs(repository, schedule('rollout'))).toEqual(['rollout']);
});
