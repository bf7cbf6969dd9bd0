import type { Readable, Writable } from 'node:stream';

import { shQuote } from '../quote.ts';

/** A process of this machine, in a group of its own: its children end with it, and ^C is not for it. */
export interface Process {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Calls back with the exit code, or the signal, as soon as it ended; output can still come. */
  readonly onExit: (listener: (code: number | null, signal: NodeJS.Signals | null) => void) => void;
  /** Resolves with the exit code, null behind a signal, once nothing more will come. */
  readonly closed: Promise<number | null>;
  /** Ends all of its group that is ours to end: what sudo started ends by its closed pipes, or by its timeout. */
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** Starts a process, with words of its own in its environment; undefined where the machine can't. */
export type StartProcess = (
  words: readonly string[],
  env?: Readonly<Record<string, string>>,
) => Process | undefined;

/** Options of zx: any /bin/sh will do, nothing is printed, and how a process ends is a result. */
export const posix = {
  shell: '/bin/sh',
  prefix: '',
  postfix: '',
  quote: shQuote,
  quiet: true,
  nothrow: true,
} as const;

/** The way to start processes, once zx is loaded. */
export async function processStarter(): Promise<StartProcess> {
  const { $ } = await import('zx/core');
  return (words, env = {}) => {
    const { child } = $({
      ...posix,
      detached: true,
      env: { ...process.env, ...env },
    })`exec ${[...words]}`;
    if (child?.pid === undefined || child.stdin === null || child.stdout === null || child.stderr === null)
      return undefined;
    const { pid, stdin, stdout, stderr } = child;
    stdin.on('error', () => {});
    return {
      stdin,
      stdout,
      stderr,
      onExit: (listener) => void child.on('exit', listener),
      closed: new Promise((resolve) => child.on('close', resolve)),
      kill(signal) {
        try {
          process.kill(-pid, signal);
        } catch {
          // It ended meanwhile.
        }
      },
    };
  };
}

/** How to stop a process whose output nobody reads any more. */
export function stopProcess({ stdin, stdout, stderr, kill }: Process): void {
  stdin.destroy();
  stdout.destroy();
  stderr.destroy();
  kill('SIGKILL');
}
