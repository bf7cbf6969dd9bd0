import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { program } from '../../src/cli/program.ts';

/** Every command of confine by its name with those above it, as `rollout start`. */
export const allCommands = (): ReadonlyMap<string, Command> => commandsBelow(program());

function commandsBelow(command: Command, path = ''): ReadonlyMap<string, Command> {
  return new Map(
    command.commands.flatMap((it): [string, Command][] => {
      const own = path === '' ? it.name() : `${path} ${it.name()}`;
      return [[own, it], ...commandsBelow(it, own)];
    }),
  );
}

/** What a shell gives to confine, call by call; nothing else runs. */
export function callsIn(script: string): readonly (readonly string[])[] {
  const folder = mkdtempSync(join(tmpdir(), 'confine-calls-'));
  try {
    const said = join(folder, 'said');
    writeFileSync(said, '');
    const stub = join(folder, 'confine');
    writeFileSync(stub, `#!/bin/sh\nprintf '%s\\0' "$@" >>${said}; printf '\\n' >>${said}\n`);
    chmodSync(stub, 0o755);
    const ran = spawnSync('/bin/sh', ['-c', script], { cwd: folder, env: { PATH: folder } });
    if (ran.error) throw ran.error;
    return readFileSync(said, 'utf8')
      .split('\0\n')
      .filter(Boolean)
      .map((call) => call.split('\0'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The command that takes these arguments, or why none does; none is run. */
export async function takenBy(
  args: readonly string[],
): Promise<{ readonly command: string } | { readonly error: string }> {
  const root = program();
  let command = '';
  const silent = { writeErr: () => {}, writeOut: () => {} };
  root.configureOutput(silent);
  for (const [path, it] of commandsBelow(root)) {
    it.configureOutput(silent);
    if (it.commands.length === 0) it.action(() => void (command = path));
  }
  try {
    await root.parseAsync(args, { from: 'user' });
    return { command };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
