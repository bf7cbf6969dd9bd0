import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { notRun } from '../support/not-run.ts';
import { blocksOf, commandsOf, pages } from '../support/pages.ts';

/** The pages that a test of this text follows. */
const followedIn = (text: string): readonly string[] =>
  [...text.matchAll(/\bfollow\(\s*'([^']+)'/g)].map(([, page = '']) => page);

const followed = ['integration', 'fleet', 'machine', 'matrix'].flatMap((suite) =>
  readdirSync(join('test', suite), { recursive: true, encoding: 'utf8' })
    .filter((it) => it.endsWith('.test.ts'))
    .flatMap((it) => followedIn(readFileSync(join('test', suite, it), 'utf8'))),
);

type Commands = readonly { readonly page: string; readonly command: string }[];

const shown: Commands = pages.flatMap((page) =>
  blocksOf(page)
    .flatMap(commandsOf)
    .map(({ command }) => ({ page, command })),
);

/** The commands that nobody runs, and those that the list has and no page. */
const troubles = (all: Commands, run: readonly string[], list: typeof notRun): readonly string[] => [
  ...all
    .filter(({ page, command }) => !run.includes(page) && list[page]?.[command] === undefined)
    .map(
      ({ page, command }) =>
        `${page}: ${command}: no test runs it, and test/support/not-run.ts has no reason`,
    ),
  ...Object.entries(list).flatMap(([page, commands]) =>
    Object.keys(commands)
      .filter((it) => !all.some(({ page: its, command }) => its === page && command === it))
      .map((it) => `${page}: ${it}: test/support/not-run.ts has it, and the page has not`),
  ),
];

it('each command of each page is run by a test, or there is a reason why not', () => {
  expect(shown.length).toBeGreaterThan(50);
  expect(troubles(shown, followed, notRun)).toEqual([]);
});

it('a page that no test follows, and a reason for no command, are seen', () => {
  const all = [
    { page: 'a.md', command: 'confine a' },
    { page: 'b.md', command: 'confine b' },
    { page: 'b.md', command: 'confine c' },
  ];
  expect(followedIn("await follow('a.md')\nfollow(\n  'c.md', {})")).toEqual(['a.md', 'c.md']);
  expect(troubles(all, ['a.md'], { 'b.md': { 'confine b': 'why' }, 'a.md': { 'confine z': 'why' } })).toEqual(
    [
      expect.stringContaining('b.md: confine c: no test runs it'),
      expect.stringContaining('a.md: confine z: test/support/not-run.ts has it'),
    ],
  );
});

it('no command hides in a block of another language, or without the $ of a terminal', () => {
  const blocks = pages.flatMap((page) => blocksOf(page).map((it) => ({ page, ...it })));
  const known = ['', 'sh', 'console', 'yaml', 'ts', 'json'];
  expect(blocks.filter((it) => !known.includes(it.language))).toEqual([]);
  expect(blocks.filter((it) => it.language !== 'sh' && /^(sudo )?(confine|npm|npx) /m.test(it.text))).toEqual(
    [],
  );
});
