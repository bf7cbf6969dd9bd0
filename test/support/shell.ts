import { spawnSync } from 'node:child_process';

/** Runs a program of this machine and returns its stdout; throws when it fails. */
export function shell(file: string, args: readonly string[], input?: string): string {
  const done = spawnSync(file, args, { encoding: 'utf8', input: input ?? '' });
  if (done.status !== 0) {
    throw new Error(
      `${file} ${args.join(' ')}: ${done.error?.message ?? done.stderr} (${done.status ?? done.signal})`,
    );
  }
  return done.stdout;
}
