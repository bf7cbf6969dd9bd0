import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { callsIn, takenBy } from '../support/calls.ts';
import { blocksOf, commandsOf } from '../support/pages.ts';

const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map((it) => join('docs', it));
const pages = ['README.md', 'CONTRIBUTING.md', ...docs.toSorted()].filter((it) => it.endsWith('.md'));
const shown = pages.flatMap((page) =>
  blocksOf(page)
    .flatMap(commandsOf)
    .map(({ command, line }) => ({ where: `${page}:${line}`, command })),
);
const ours = shown.filter(({ command }) => /\bconfine\b/.test(command));

it.each(ours)('$where: $command', async ({ command }) => {
  const found = callsIn(command);
  expect(found).not.toEqual([]);
  for (const args of found) expect(await takenBy(args)).toEqual({ command: expect.any(String) });
});

it('a command that confine would not take is seen', async () => {
  expect(await takenBy(['plan', 'site.yml', '--lmit', 'ns1'])).toEqual({
    error: expect.stringContaining('unknown option'),
  });
  expect(callsIn('inventory=$(confine lab up) && confine status \\\n -i "a b"')).toEqual([
    ['lab', 'up'],
    ['status', '-i', 'a b'],
  ]);
});
