import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { program } from '../../src/cli/program.ts';
import { blocksOf, commandsOf } from '../support/pages.ts';

const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((it) => join('docs', it));
const pages = ['README.md', 'CONTRIBUTING.md', ...docs.toSorted()].filter((it) => it.endsWith('.md'));
const shown = pages.flatMap((page) =>
  blocksOf(page)
    .flatMap(commandsOf)
    .map(({ command, line }) => ({ where: `${page}:${line}`, command })),
);
const ours = shown.filter(({ command }) => /\bconfine\b/.test(command));

/** What the shell gives to confine, call by call; nothing else runs. */
function calls(command: string): readonly (readonly string[])[] {
  const folder = mkdtempSync(join(tmpdir(), 'confine-docs-'));
  const said = join(folder, 'said');
  writeFileSync(said, '');
  const stub = join(folder, 'confine');
  writeFileSync(stub, `#!/bin/sh\nprintf '%s\\0' "$@" >>${said}; printf '\\n' >>${said}\n`);
  chmodSync(stub, 0o755);
  execFileSync('/bin/sh', ['-c', `${command}\ntrue`], {
    cwd: folder,
    env: { PATH: folder },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  return readFileSync(said, 'utf8')
    .split('\0\n')
    .filter(Boolean)
    .map((call) => call.split('\0'));
}

/** Takes a call as the command would, and runs nothing. */
async function parse(args: readonly string[]): Promise<string> {
  const quiet = (command: Command): void => {
    command.configureOutput({ writeErr: () => {}, writeOut: () => {} });
    if (command.commands.length === 0) command.action(() => {});
    command.commands.forEach(quiet);
  };
  const root = program();
  quiet(root);
  try {
    await root.parseAsync(args, { from: 'user' });
    return 'fine';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

it.each(ours)('$where: $command', async ({ command }) => {
  const found = calls(command);
  expect(found).not.toEqual([]);
  for (const args of found) expect(await parse(args)).toBe('fine');
});

it('a command that confine would not take is seen', async () => {
  expect(await parse(['plan', 'site.yml', '--lmit', 'ns1'])).toContain('unknown option');
  expect(calls('inventory=$(confine lab up) && confine status \\\n -i "a b"')).toEqual([
    ['lab', 'up'],
    ['status', '-i', 'a b'],
  ]);
});
