import { spawn } from 'node:child_process';

/** How a program ended, and all that it said. */
export interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** A program that runs beside the test. */
export interface Started {
  readonly said: () => string;
  readonly ended: Promise<Ended>;
}

/** Starts a program with this environment alone. */
export function startProgram(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Started {
  const child = spawn(file, args, { cwd, env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    // An agent of the job keeps the pipes open behind it.
    child.on('exit', (code) => setImmediate(() => resolve({ code, said })));
  });
  return { said: () => said, ended };
}
