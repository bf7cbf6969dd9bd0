import { describe, expect, it } from 'vitest';
import { examples } from '../../src/cli/examples.ts';
import { allCommands, callsIn, takenBy } from '../support/calls.ts';

describe('examples', () => {
  it('are there for every command, and for nothing else', () => {
    expect(Object.keys(examples).toSorted()).toEqual([...allCommands().keys()].toSorted());
  });

  it.each(Object.entries(examples).flatMap(([path, all]) => all.map(([line]) => [path, line] as const)))(
    'of %s: %s is a right call of it',
    async (path, line) => {
      const [args = []] = callsIn(line);
      const taken = await takenBy(args);
      expect('command' in taken ? `${taken.command} ` : taken).toMatch(new RegExp(`^${path} `));
    },
  );

  it('would be found wrong', async () => {
    expect(await takenBy(['plan', '--nosuch', 'x.yml'])).toEqual({
      error: expect.stringContaining("unknown option '--nosuch'"),
    });
  });

  it('end every help', () => {
    for (const [path, command] of allCommands()) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      const lines = (examples[path] ?? []).map(([line]) => `  ${line}`);
      expect(help.trimEnd().split('\n').slice(-1)).toEqual(lines.slice(-1));
      for (const line of lines) expect(help).toContain(`\n${line}\n`);
    }
  });
});
