import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { dump } from 'js-yaml';
import { shQuote } from '../../src/quote.ts';

/** What a run of the command gave. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command; CONFINE_MAIN names another build. */
export const main = process.env['CONFINE_MAIN'] ?? 'dist/confine.js';

/** A run of the command that is still going on. */
export interface Running {
  readonly pid: number;
  readonly stdin: Writable;
  /** All that it has said so far. */
  readonly said: () => string;
  readonly ended: Promise<Ran>;
}

/** Starts the built command as a user would, with nothing of this terminal. */
export const startConfine = (args: readonly string[]): Running => start(process.execPath, [main, ...args]);

/** The same at a terminal of its own: all output is one, as a person sees it, and comes as stdout. */
export const startAtTerminal = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Running => startProgramAtTerminal([process.execPath, main, ...args], env);

/** The same of any program. */
export const startProgramAtTerminal = (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Running => start('script', ['-qefc', argv.map(shQuote).join(' '), '/dev/null'], env);

function start(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Running {
  const child = spawn(program, args, {
    env: { ...process.env, NO_COLOR: '1', SSH_AUTH_SOCK: undefined, ...env },
    stdio: 'pipe',
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // Who ends early does not read the rest of its input.
  child.stdin.on('error', () => {});
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  if (child.pid === undefined) throw new Error(`${program} did not start`);
  return { pid: child.pid, stdin: child.stdin, said: () => stdout + stderr, ended };
}

/** Runs the built command to its end. */
export function confine(args: readonly string[], input = ''): Promise<Ran> {
  const { stdin, ended } = startConfine(args);
  stdin.end(input);
  return ended;
}

const folder = mkdtempSync(join(tmpdir(), 'confine-test-'));
let count = 0;

/** Writes a file that is this test's own, and gives its path. */
export function scratch(name: string, content: string): string {
  count += 1;
  const path = join(folder, `${count}-${name}`);
  writeFileSync(path, content);
  return path;
}

/** A playbook of one play with these tasks. */
export const playbook = (tasks: readonly Readonly<Record<string, unknown>>[], hosts = 'all'): string =>
  scratch(
    'playbook.yml',
    dump([
      { name: 'Test', hosts, become: true, tasks: tasks.map((it, i) => ({ name: `task ${i + 1}`, ...it })) },
    ]),
  );
