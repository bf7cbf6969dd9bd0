import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' })
  .filter((it) => it.endsWith('.md'))
  .map((it) => join('docs', it));
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...docs.toSorted()];

/** Where the links of a page lead within the repository, without code. */
function linksOf(text: string): readonly string[] {
  const prose = text.replaceAll(/^ *```[^]*?^ *```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, to = '']) => to)
    .filter((to) => !/^[a-z]+:/.test(to));
}

/** The anchors of a page's headings, as GitHub makes them. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.replaceAll(/^ *```[^]*?^ *```$/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** What is wrong with a link on a page. */
function trouble(page: string, link: string): readonly string[] {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(target)) return [`${link}: no such file`];
  if (anchor === undefined || anchorsOf(readFileSync(target, 'utf8')).includes(anchor)) return [];
  return [`${link}: no such heading`];
}

it.each(pages)('the links of %s lead somewhere', (page) => {
  expect(linksOf(readFileSync(page, 'utf8')).flatMap((it) => trouble(page, it))).toEqual([]);
});

it('the index names every page', () => {
  const named = linksOf(readFileSync('docs/README.md', 'utf8'));
  const all = docs.map((it) => relative('docs', it)).filter((it) => it !== 'README.md');
  expect(all.filter((it) => !named.includes(it))).toEqual([]);
});

it('a link that leads nowhere is seen', () => {
  expect(trouble('docs/README.md', 'nosuch.md')).toEqual(['nosuch.md: no such file']);
  expect(trouble('docs/README.md', 'init.md#nosuch')).toEqual(['init.md#nosuch: no such heading']);
});
