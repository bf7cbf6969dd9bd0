import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The commit that is checked out in or above a folder; empty outside of Git. Read from the files, because
 * starting git would cost more than the whole start of the command.
 */
export function gitCommit(folder = process.cwd()): string {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const head = read(join(at, '.git', 'HEAD'));
    if (head !== undefined) return head.startsWith('ref: ') ? refOf(join(at, '.git'), head.slice(5)) : head;
    if (dirname(at) === at) return '';
  }
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
