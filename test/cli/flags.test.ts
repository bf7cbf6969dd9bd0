import { describe, expect, it } from 'vitest';
import { allCommands, takenBy } from '../support/calls.ts';

describe("Ansible's --diff", () => {
  it.each(['plan', 'apply'])('is taken by %s, whose help says that it changes nothing', async (command) => {
    for (const flag of ['-D', '--diff'])
      expect(await takenBy([command, 'site.yml', '-i', 'ns1,', flag])).toEqual({ command });
    expect(allCommands().get(command)?.helpInformation()).toMatch(/-D, --diff .*changes nothing/s);
  });

  it('is unknown where nothing differs', async () => {
    expect(await takenBy(['status', '-i', 'ns1,', '-D'])).toEqual({ error: expect.stringContaining('-D') });
  });
});
