import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { startApi, type ApiServer, type Asked } from '../support/api-server.ts';
import { startJob, type Artifact, type GithubJob } from '../support/github-runner.ts';
import { containers, fingerprint, on } from '../support/lab.ts';
import { bookOf, byHand, rolloutPlay, servicePlay, standsAt, umask } from '../support/pipeline.ts';
import { openRepository, runnerSecrets, type Repository } from '../support/repository.ts';

const patient = { timeout: 60_000 };
const project = '/repos/example/dns';

let c1: ContainerHandle;
let c2: ContainerHandle;
let api: ApiServer;
/** What the service keeps. */
let pulls: Record<string, string>;
let comments: { url: string; body: string; user: { type: string } }[];
let issues: unknown[];
let store: Artifact[];
let runs: { readonly head: string; readonly repository: number }[];

beforeEach(async () => {
  [c1, c2] = (await containers(['c1', 'c2'])) as [ContainerHandle, ContainerHandle];
  [pulls, comments, issues, store, runs] = [{}, [], [], [], []];
  api = await startApi(answer);
});
afterEach(() => api.stop());

const workflowRun = (run: number) => ({
  id: run,
  head_sha: runs[run]?.head,
  repository_id: 1,
  head_repository_id: runs[run]?.repository,
});

function answer({ method, path, body }: Asked): unknown {
  const at = new URL(path, 'http://x');
  const commit = /^.*\/commits\/(.*)\/pulls$/.exec(path)?.[1];
  if (commit !== undefined) return pulls[commit] === undefined ? [] : [{ head: { sha: pulls[commit] } }];
  if (at.pathname === `${project}/actions/artifacts`) {
    const found = store.filter((one) => one.name === at.searchParams.get('name'));
    return { artifacts: found.map(({ run }) => ({ expired: false, workflow_run: workflowRun(run) })) };
  }
  if (at.pathname === `${project}/issues/7/comments`) {
    if (method === 'GET') return comments;
    comments.push({
      url: `${api.url}${project}/issues/comments/1`,
      body: String(body['body']),
      user: { type: 'Bot' },
    });
    return {};
  }
  if (path === `${project}/issues/comments/1` && method === 'PATCH') {
    for (const it of comments) it.body = String(body['body']);
    return {};
  }
  if (at.pathname === `${project}/issues`) {
    if (method === 'GET') return issues;
    issues.push(body);
    return {};
  }
  return undefined;
}

const contexts = (sha: string, github: Readonly<Record<string, unknown>>) => ({
  github: { sha, api_url: api.url, repository: 'example/dns', token: 'token-of-the-job', ...github },
  secrets: { CONFINE_SSH_KEY: runnerSecrets().key, SOPS_AGE_KEY: '' },
  vars: { CONFINE_KNOWN_HOSTS: runnerSecrets().knownHosts },
});

/** The plan job of pull request 7; `head` is what its branch has. */
function planJob(repository: Repository, branch: string, head: string): GithubJob['ended'] {
  runs.push({ head, repository: 1 });
  const event = { number: 7, pull_request: { head: { repo: { full_name: 'example/dns' } } } };
  const all = contexts(repository.testMerge(branch), { event_name: 'pull_request', event });
  return startJob(repository, 'plan', all, store, runs.length - 1).ended;
}

function merge(repository: Repository, branch: string, head: string): string {
  const merged = repository.squash(branch);
  pulls[merged] = head;
  return merged;
}

const applyJob = (repository: Repository, sha: string): GithubJob =>
  startJob(repository, 'apply', contexts(sha, { event_name: 'push', event: {} }), store, runs.length);
const scheduled = (repository: Repository, name: string, schedule: string): GithubJob['ended'] => {
  const all = contexts('main', { event_name: 'schedule', event: { schedule } });
  return startJob(repository, name, all, store, runs.length).ended;
};

const book = 'playbooks/confine.yml';

it('a pull request is planned, commented and annotated, and its merge applies exactly that plan', async () => {
  const repository = await openRepository('github', [c1, c2], bookOf({}));
  const before = await Promise.all([fingerprint(c1), fingerprint(c2)]);
  const first = repository.branch('draft', { [book]: bookOf({ UMask: '0027' }) });
  expect(await planJob(repository, 'draft', first)).toMatchObject({ result: 'success' });
  const head = repository.branch('better', { [book]: bookOf({ UMask: '0077' }) }, 'draft');
  const planned = await planJob(repository, 'better', head);
  expect(planned).toMatchObject({ result: 'success' });
  expect(planned.said).toMatch(/^::notice file=playbooks\/confine\.yml,line=6,.*changes are pending/m);
  expect(planned.summary).toContain('the same on 2 hosts');
  expect(await Promise.all([fingerprint(c1), fingerprint(c2)])).toEqual(before);
  // One comment, which tells the newest plan.
  expect(comments.map((one) => one.body)).toEqual([
    expect.stringMatching(/^<!-- confine -->\n### confine plan\n[^]*\+UMask=0077/),
  ]);
  expect(comments[0]?.body).not.toContain('0027');

  const applied = await applyJob(repository, merge(repository, 'better', head)).ended;
  expect(applied).toMatchObject({ result: 'success' });
  expect(applied.said).toContain('c1: changed, DNS answers');
  expect(await Promise.all([c1, c2].map(umask))).toEqual(['0077', '0077']);
  const secret = runnerSecrets().key.split('\n')[3] ?? '?';
  for (const said of [planned.said, applied.said, planned.summary]) {
    expect(said).not.toContain(secret);
    expect(said).not.toContain('token-of-the-job');
  }
  expect(new Set(api.asked.map((it) => it.authorization))).toEqual(new Set(['Bearer token-of-the-job']));
});

it('a plan that is stale is refused, and is applied once it was made and looked at again', async () => {
  const repository = await openRepository('github', [c1, c2], bookOf({}));
  const head = repository.branch('change', { [book]: bookOf({ UMask: '0027' }) });
  await planJob(repository, 'change', head);
  await byHand(c1, 'UMask=0007');
  const merged = merge(repository, 'change', head);
  const refused = await applyJob(repository, merged).ended;
  expect(refused).toMatchObject({ result: 'failure', code: 9 });
  expect(refused.said).toContain('c1: stale');
  expect(await Promise.all([c1, c2].map(umask))).toEqual(['0007', '0027']);

  await planJob(repository, 'change', head);
  expect(await applyJob(repository, merged).ended).toMatchObject({ result: 'success' });
  expect(await umask(c1)).toBe('0027');
});

it('what was merged on top of something else has no plan, and touches no host', async () => {
  const repository = await openRepository('github', [c1], bookOf({}));
  const head = repository.branch('one', { [book]: bookOf({ UMask: '0027' }) });
  const other = repository.branch('two', { 'inventory/group_vars/all.yml': 'a: 1\n' });
  await planJob(repository, 'one', head);
  const before = await fingerprint(c1);
  merge(repository, 'two', other);
  const refused = await applyJob(repository, merge(repository, 'one', head)).ended;
  expect(refused).toMatchObject({ result: 'failure', code: 9 });
  expect(refused.said).toContain('::error::no pull request has a plan of these files as they are merged');
  expect(await fingerprint(c1)).toBe(before);
});

it.each([
  ['by a fork, of the same commit', (head: string) => ({ head, repository: 2 })],
  ['by a run of another commit', () => ({ head: 'f'.repeat(40), repository: 1 })],
])('a plan of the same files that was made %s is not taken', async (_, run) => {
  const repository = await openRepository('github', [c1], bookOf({}));
  const head = repository.branch('one', { [book]: bookOf({ UMask: '0027' }) });
  await planJob(repository, 'one', head);
  expect(store).toHaveLength(1);
  runs = [run(head)];
  const before = await fingerprint(c1);
  const refused = await applyJob(repository, merge(repository, 'one', head)).ended;
  expect(refused).toMatchObject({ result: 'failure', code: 9 });
  expect(await fingerprint(c1)).toBe(before);
});

it('drift is a job that fails with 10 and an issue, one at a time', async () => {
  const repository = await openRepository('github', [c1, c2], servicePlay);
  const drift = () => scheduled(repository, 'drift', '23 3 * * *');
  expect(await drift()).toMatchObject({ result: 'success' });
  expect(issues).toEqual([]);

  await on(c2, 'systemctl disable named');
  expect(await drift()).toMatchObject({ result: 'failure', code: 10 });
  const issue = { labels: ['confine-drift'], body: expect.stringMatching(/c2[^]*enable named\.service/) };
  expect(issues).toEqual([expect.objectContaining(issue)]);
  expect(store.at(-1)).toMatchObject({ name: 'drift', content: expect.stringContaining('<!doctype html>') });
  await drift();
  expect(issues).toHaveLength(1);
  await on(c2, 'systemctl enable named');
});

it('two applies at once: the second waits for the lock of the first, and finds nothing left to do', async () => {
  const repository = await openRepository('github', [c1], bookOf({}));
  const slow = bookOf({ UMask: '0027', ExecStartPre: '/bin/sleep 6' });
  const head = repository.branch('slow', { [book]: slow });
  await planJob(repository, 'slow', head);
  const merged = merge(repository, 'slow', head);
  const first = applyJob(repository, merged);
  await expect.poll(first.said, patient).toContain('c1: restart named.service');
  const second = await applyJob(repository, merged).ended;
  expect(second.said).toContain('c1: waiting for the lock, which is held by');
  expect(second.said).toContain('c1: in sync');
  expect(second.result).toBe('success');
  expect((await first.ended).said).toContain('c1: changed, DNS answers');
});

it('a rollout in progress is a success, and one that went back a failure', async () => {
  const repository = await openRepository('github', [c1], rolloutPlay);
  await standsAt(c1, 'soaking');
  const advance = () => scheduled(repository, 'rollout', '7 * * * *');
  const moved = await advance();
  expect(moved.said).toContain('rollout Enforce');
  expect(moved.result).toBe('success');
  await standsAt(c1, 'back');
  expect(await advance()).toMatchObject({ result: 'failure', code: 7 });
});

it('each event has its one job, and none for a pull request of a fork', async () => {
  const repository = await openRepository('github', [c1], bookOf({}));
  const events: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    [
      'none',
      { event_name: 'pull_request', event: { pull_request: { head: { repo: { full_name: 'x/dns' } } } } },
    ],
    ['drift', { event_name: 'schedule', event: { schedule: '23 3 * * *' } }],
  ];
  for (const [wanted, github] of events)
    for (const name of ['plan', 'apply', 'rollout', 'drift'].filter((it) => it !== wanted)) {
      const job = startJob(repository, name, contexts('main', github), store, 0);
      expect([name, (await job.ended).result]).toEqual([name, 'skipped']);
    }
});
