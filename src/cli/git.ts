import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The commit that is checked out in or above a folder; empty outside of Git. Read from the files, because
 * starting git would cost more than the whole start of the command.
 */
export function gitCommit(folder = process.cwd()): string {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const git = join(at, '.git');
    if (existsSync(git)) return commitIn(gitFolder(git));
    if (dirname(at) === at) return '';
  }
}

/** The commit of playbooks: where they lie, and not where the command is run. */
export const commitOf = (playbooks: readonly string[]): string => gitCommit(dirname(playbooks[0] ?? '.'));

/** In a linked worktree or a submodule `.git` is a file that names the folder (gitrepository-layout(5)). */
function gitFolder(git: string): string {
  if (statSync(git).isDirectory()) return git;
  return resolve(dirname(git), /^gitdir: (.*)$/m.exec(read(git) ?? '')?.[1] ?? '.');
}

function commitIn(git: string): string {
  const head = read(join(git, 'HEAD')) ?? '';
  if (!head.startsWith('ref: ')) return head;
  // Worktrees share the refs of their repository.
  return refOf(resolve(git, read(join(git, 'commondir')) ?? '.'), head.slice(5));
}

function refOf(git: string, ref: string): string {
  const packed = read(join(git, 'packed-refs')) ?? '';
  return (
    read(join(git, ref)) ??
    packed
      .split('\n')
      .find((line) => line.endsWith(` ${ref}`))
      ?.split(' ')[0] ??
    ''
  );
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
