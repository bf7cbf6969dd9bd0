import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';

/** What a run of the command gave. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command as a user would, with nothing of this terminal. */
export function confine(args: readonly string[], input = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['dist/src/cli/main.js', ...args], {
      env: { ...process.env, NO_COLOR: '1', SSH_AUTH_SOCK: undefined },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(input);
  });
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
