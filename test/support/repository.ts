import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { dump } from 'js-yaml';
import type { LabHandle } from '../../src/lab/hosts.ts';
import { labPaths } from '../../src/lab/paths.ts';
import { shQuote } from '../../src/quote.ts';
import type { PipelineKind } from '../../src/init/pipeline.ts';
import { confine, main } from './confine.ts';
import { shell } from './shell.ts';

/** A repository of playbooks as a team would have it, with the place that it is pushed to. */
export interface Repository {
  readonly origin: string;
  /** The environment of a runner: confine on the PATH, and nothing of this user. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes files on a new branch off another, pushes it, and gives its commit. */
  branch(name: string, files: Readonly<Record<string, string>>, from?: string): string;
  /** What main would be with the branch merged, as GitHub makes it for a pull request; main stays. */
  testMerge(name: string): string;
  /** Merges by one new commit that has no branch in its history. */
  squash(name: string): string;
  /** A clone at a commit, in a folder of its own, on a branch or on none. */
  clone(commit: string, branch?: string): string;
}

/** Hosts of the lab whose key comes from an agent, and whose host keys come from the runner. */
const inventory = (hosts: readonly LabHandle[]): string =>
  dump({
    all: {
      vars: { ansible_user: 'root', confine_known_hosts: '../known_hosts' },
      children: {
        nameservers: {
          hosts: Object.fromEntries(hosts.map((it) => [it.name, { ansible_host: it.access.address }])),
        },
      },
    },
  });

/** What a runner is given: the key that opens the lab's hosts, and their host keys. */
export const runnerSecrets = () => ({
  keyFile: labPaths().key,
  key: readFileSync(labPaths().key, 'utf8'),
  knownHostsFile: labPaths().knownHosts,
  knownHosts: readFileSync(labPaths().knownHosts, 'utf8').trimEnd(),
});

/** Opens a repository over hosts of the lab, whose pipeline `confine init` wrote. */
export async function openRepository(
  kind: PipelineKind,
  hosts: readonly LabHandle[],
  book: string,
): Promise<Repository> {
  const folder = mkdtempSync(join(tmpdir(), 'repo-'));
  const [origin, work, bin, home] = ['origin.git', 'work', 'bin', 'home'].map((it) => join(folder, it)) as [
    string,
    string,
    string,
    string,
  ];
  for (const it of [bin, home]) mkdirSync(it);
  const command = join(bin, 'confine');
  writeFileSync(command, `#!/bin/sh\nexec ${shQuote(process.execPath)} ${shQuote(resolve(main))} "$@"\n`);
  chmodSync(command, 0o755);
  const env = {
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: home,
    TMPDIR: home,
    NO_COLOR: '1',
    GIT_AUTHOR_NAME: 'alice',
    GIT_AUTHOR_EMAIL: 'alice@example.org',
    GIT_COMMITTER_NAME: 'alice',
    GIT_COMMITTER_EMAIL: 'alice@example.org',
  };
  const git = (...args: readonly string[]) =>
    shell('env', [
      ...Object.entries(env).map(([key, it]) => `${key}=${it}`),
      'git',
      '-C',
      work,
      ...args,
    ]).trim();
  const commit = (files: Readonly<Record<string, string>>, message: string): string => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(work, name)), { recursive: true });
      writeFileSync(join(work, name), text);
    }
    git('add', '--all');
    git('commit', '--quiet', '--message', message);
    return git('rev-parse', 'HEAD');
  };

  shell('git', ['init', '--quiet', '--bare', '--initial-branch=main', origin]);
  shell('git', ['clone', '--quiet', origin, work]);
  git('checkout', '--quiet', '-b', 'main');
  const { code, stderr } = await confine(['init', '--ci', kind, '--out', work]);
  if (code !== 0) throw new Error(stderr);
  commit({ 'inventory/hosts.yml': inventory(hosts), 'playbooks/confine.yml': book }, 'begin');
  git('push', '--quiet', 'origin', 'main');
  git('remote', 'set-head', 'origin', 'main');

  return {
    origin,
    env,
    branch: (name, files, from = 'main') => {
      git('checkout', '--quiet', '-b', name, from);
      const made = commit(files, name);
      git('push', '--quiet', 'origin', name);
      return made;
    },
    testMerge: (name) => {
      git('checkout', '--quiet', '--detach', 'main');
      git('merge', '--quiet', '--no-ff', '--no-edit', name);
      git('push', '--quiet', '--force', 'origin', `HEAD:refs/pull/${name}/merge`);
      return git('rev-parse', 'HEAD');
    },
    squash: (name) => {
      git('checkout', '--quiet', 'main');
      git('merge', '--quiet', '--squash', name);
      const made = commit({}, `${name} (#1)`);
      git('push', '--quiet', 'origin', 'main');
      return made;
    },
    clone: (at, branch) => {
      const copy = mkdtempSync(join(folder, 'clone-'));
      shell('git', ['clone', '--quiet', origin, copy]);
      shell('git', ['-C', copy, 'fetch', '--quiet', 'origin', at]);
      const where = branch === undefined ? ['--detach', at] : ['-B', branch, at];
      shell('git', ['-C', copy, 'checkout', '--quiet', ...where]);
      return copy;
    },
  };
}
