import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { LabError } from './errors.ts';

interface RunOptions {
  readonly input?: string;
  /** Have the kernel end it when this process ends, however that happens. */
  readonly dieWithUs?: boolean;
  /** Called with each line of stderr as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Runs a local command to its end and gives its stdout. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await attempt(argv, options);
  if (result.code !== 0) {
    throw new LabError(
      `${argv[0]} failed (${result.code ?? 'killed'}): ${lastLines(result.stderr) || 'no output'}`,
    );
  }
  return result.stdout;
}

/** Runs a local command to its end; a failure is a result. */
export async function attempt(
  argv: readonly string[],
  options: RunOptions = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  // Loaded here: most commands of confine never start a local process.
  const { $ } = await import('zx/core');
  const shell = $({
    quiet: true,
    verbose: false,
    nothrow: true,
    // The shell becomes the command: it would be a parent in between.
    prefix: 'exec ',
    input: options.input ?? '',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const child = shell`${options.dieWithUs ? tied(argv) : [...argv]}`;
  const { onLine } = options;
  if (onLine) createInterface({ input: child.stderr }).on('line', onLine);
  const { exitCode, stdout, stderr } = await child;
  return { code: exitCode, stdout, stderr };
}

/** A process that outlives this one, or is to. */
export interface Spawned {
  readonly pid: number;
  /** Resolves when the process ends, with how; pending while it runs. */
  readonly ended: Promise<string>;
}

/**
 * Starts a process in a session of its own, with its output in a file. `dieWithUs` has the kernel end it
 * when this process ends, however that happens: for work whose result nobody would want then.
 */
export async function spawnDetached(
  argv: readonly string[],
  log: string,
  options: { readonly dieWithUs: boolean },
): Promise<Spawned> {
  const [command = '', ...args] = options.dieWithUs ? tied(argv) : argv;
  const output = await open(log, 'a');
  try {
    const child = spawn(command, args, { detached: true, stdio: ['ignore', output.fd, output.fd] });
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
      child.once('error', (error) => resolve(error.message));
    });
    if (child.pid === undefined) throw new LabError(`${command} could not be started: ${await ended}`);
    child.unref();
    return { pid: child.pid, ended };
  } finally {
    await output.close();
  }
}

/** The command line of a process that ends with its parent. */
function tied(argv: readonly string[]): string[] {
  return ['setpriv', '--pdeathsig', 'KILL', ...argv];
}

/** The last lines of a tool's output, as one line. */
export function lastLines(text: string, count = 3): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-count)
    .join(' | ');
}

/** Asks until `check` says yes; false when the time is over. */
export async function until(seconds: number, check: () => Promise<boolean>, pause = 0.1): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    if (await check()) return true;
    if (performance.now() > end) return false;
    await sleep(pause);
  }
}

export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
