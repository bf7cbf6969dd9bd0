import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { pages as read } from '../support/pages.ts';

const pages = [...read, 'CHANGELOG.md'];
const docs = read.filter((it) => it.startsWith('docs/'));

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

it.each(read)('the tests and sources that %s names are there', (page) => {
  const named = [...readFileSync(page, 'utf8').matchAll(/`((?:test|src|scripts|bench)\/[\w./-]+)`/g)];
  expect(named.map(([, path = '']) => path).filter((it) => !existsSync(it))).toEqual([]);
});

it('a link that leads nowhere is seen', () => {
  expect(trouble('docs/README.md', 'nosuch.md')).toEqual(['nosuch.md: no such file']);
  expect(trouble('docs/README.md', 'init.md#nosuch')).toEqual(['init.md#nosuch: no such heading']);
});
