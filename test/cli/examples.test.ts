import { spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { examples } from '../../src/cli/examples.ts';
import { program } from '../../src/cli/program.ts';

/** Every command by its name with those above it. */
function commandsOf(command: Command, path = ''): ReadonlyMap<string, Command> {
  return new Map(
    command.commands.flatMap((it): [string, Command][] => {
      const own = path === '' ? it.name() : `${path} ${it.name()}`;
      return [[own, it], ...commandsOf(it, own)];
    }),
  );
}

/** A line as a shell cuts it into words, behind the name of the command. */
function wordsOf(line: string): readonly string[] {
  const script = `confine() { for it; do printf '%s\\n' "$it"; done; }; ${line}`;
  const ran = spawnSync('sh', ['-euc', script], { encoding: 'utf8' });
  expect(ran.stderr).toBe('');
  return ran.stdout.trimEnd().split('\n');
}

/** The command that a line calls, or what is wrong with it. */
async function called(line: string): Promise<string> {
  const root = program();
  let found = 'nothing';
  for (const [path, command] of commandsOf(root)) {
    command.configureOutput({ writeErr: () => {} });
    if (command.commands.length === 0) command.action(() => void (found = path));
  }
  try {
    await root.parseAsync(wordsOf(line), { from: 'user' });
  } catch (error) {
    return String(error);
  }
  return found;
}

describe('examples', () => {
  it('are there for every command, and for nothing else', () => {
    expect(Object.keys(examples).toSorted()).toEqual([...commandsOf(program()).keys()].toSorted());
  });

  it.each(Object.entries(examples).flatMap(([path, all]) => all.map(([line]) => [path, line] as const)))(
    'of %s: %s is a right call of it',
    async (path, line) => {
      expect(`${await called(line)} `).toMatch(new RegExp(`^${path} `));
    },
  );

  it('would be found wrong', async () => {
    expect(await called('confine plan --nosuch x.yml')).toContain("unknown option '--nosuch'");
  });

  it('end every help', () => {
    for (const [path, command] of commandsOf(program())) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      const lines = (examples[path] ?? []).map(([line]) => `  ${line}`);
      expect(help.trimEnd().split('\n').slice(-1)).toEqual(lines.slice(-1));
      for (const line of lines) expect(help).toContain(`\n${line}\n`);
    }
  });
});
