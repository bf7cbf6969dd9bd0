import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gitCommit } from '../../src/cli/git.ts';
import { files } from '../golden/files.ts';
import { shell } from '../support/shell.ts';

it('the commit is found in a clone, below it, in a linked worktree, detached and packed; outside there is none', () => {
  const folder = files({ 'repo/playbooks/p.yml': '[]\n' });
  const repo = join(folder, 'repo');
  const git = (...args: readonly string[]) =>
    shell('git', ['-C', repo, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]).trim();
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  const commit = git('rev-parse', 'HEAD');
  git('worktree', 'add', '-q', '-b', 'branch', join(folder, 'linked'));
  git('worktree', 'add', '-q', '--detach', join(folder, 'detached'));
  const all = () => ['repo', 'repo/playbooks', 'linked', 'detached'].map((it) => gitCommit(join(folder, it)));
  expect(all()).toEqual(Array(4).fill(commit));
  git('pack-refs', '--all');
  expect(all()).toEqual(Array(4).fill(commit));
  expect(gitCommit(folder)).toBe('');
});
