import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabError } from './errors.ts';
import type { EmitLabEvent } from './events.ts';

/**
 * Runs `work` while holding a lock on a file, waiting for it if need be. Node has no flock, so a child holds
 * it; the child ends with its stdin, so the lock can't outlive this process.
 */
export async function withLock<T>(
  file: string,
  what: string,
  emit: EmitLabEvent,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const release = (await take(file, ['--nonblock'])) ?? (await wait());
  try {
    return await work();
  } finally {
    await release();
  }

  async function wait(): Promise<() => Promise<void>> {
    emit({ is: 'waiting', why: `another run of confine lab ${what}` });
    const taken = await take(file, []);
    if (!taken) throw new LabError(`${file} could not be locked`);
    return taken;
  }
}

/** Takes the lock and gives its release; undefined when somebody has it. */
function take(file: string, options: readonly string[]): Promise<(() => Promise<void>) | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      'flock',
      ['--exclusive', ...options, file, 'sh', '-c', 'echo locked; exec cat >/dev/null'],
      {
        stdio: ['pipe', 'pipe', 'ignore'],
        // Ctrl-C is for the work: the lock goes when that is over.
        detached: true,
      },
    );
    const ended = new Promise<void>((done) => child.once('close', () => done()));
    child.once('error', (error) => reject(new LabError(`flock could not be started: ${error.message}`)));
    child.once('exit', () => resolve(undefined));
    child.stdout.once('data', () =>
      resolve(async () => {
        child.stdin.end();
        await ended;
      }),
    );
  });
}
