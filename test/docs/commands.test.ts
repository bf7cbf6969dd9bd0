import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { files } from '../golden/files.ts';
import { callsIn, takenBy } from '../support/calls.ts';
import { blocksOf, commandsOf, mentionsOn, pages } from '../support/pages.ts';

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

const mentioned = pages.flatMap((page) =>
  mentionsOn(page).map(({ call, line }) => ({ where: `${page}:${line}`, call })),
);

/** Why confine would not take a call that a text names; what it leaves out is no reason, nor that it is for help. */
async function trouble(call: string): Promise<string | undefined> {
  const [args = []] = callsIn(call);
  const taken = await takenBy(args);
  return 'error' in taken && !/missing|outputHelp/.test(taken.error) ? taken.error : undefined;
}

it.each(mentioned)('$where: $call, in the text', async ({ call }) => {
  expect(await trouble(call)).toBeUndefined();
});

it('a command that confine would not take is seen', async () => {
  expect(await takenBy(['plan', 'site.yml', '--lmit', 'ns1'])).toEqual({
    error: expect.stringContaining('unknown option'),
  });
  expect(callsIn('inventory=$(confine lab up) && confine status \\\n -i "a b"')).toEqual([
    ['lab', 'up'],
    ['status', '-i', 'a b'],
  ]);
  expect(await trouble('confine plan --lmit ns1')).toContain('unknown option');
  expect(await trouble('confine lab list all')).toContain('too many arguments');
  expect(await trouble('confine lab upp')).toContain('unknown command');
});

it('calls are found in text and in tables, over the ends of lines, with each of their choices', () => {
  const text = [
    'Say `confine',
    'apply --break-hold`, or nothing, but not `confined`.',
    '',
    '```',
    '$ confine status',
    '```',
    '',
    '| `confine explain conflict\\|unit [RULE]` | why |',
    '| `eval "$(confine completion bash)"` | `confine completion fish \\| source` |',
  ];
  expect(mentionsOn(`${files({ 'page.md': text.join('\n') })}/page.md`)).toEqual([
    { call: 'confine apply --break-hold', line: 1 },
    { call: 'confine explain conflict RULE', line: 8 },
    { call: 'confine explain unit RULE', line: 8 },
    { call: 'confine completion bash', line: 9 },
    { call: 'confine completion fish', line: 9 },
  ]);
});

it('each script of npm that a page names is one', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
  const named = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/\bnpm run\s([\w:]+)/g)].map(([, name = '']) => name),
  );
  expect(named).toContain('demo');
  expect(named.filter((it) => !(it in scripts))).toEqual([]);
});
