import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError, type Diagnostic } from '../../src/errors.ts';
import { parseYaml } from '../../src/yaml/load.ts';
import { isMapping } from '../../src/yaml/values.ts';
import { readText, readYaml } from '../../src/yaml/read.ts';
import { files } from '../golden/files.ts';
import { golden, findingsOf } from '../golden/golden.ts';

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  ...'bcdefghijk'.split('').map((name, i) => {
    const before = 'abcdefghij'[i];
    return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`;
  }),
].join('\n');

function findings(text: string): readonly Diagnostic[] {
  try {
    parseYaml(text, 'f');
    return [];
  } catch (error) {
    if (error instanceof InputError) return error.diagnostics;
    throw error;
  }
}

/** The paths of all keys in a value. */
function keyPaths(node: unknown, path: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  if (Array.isArray(node)) return node.flatMap((item: unknown, i) => keyPaths(item, [...path, i]));
  if (!isMapping(node)) return [];
  return Object.entries(node).flatMap(([key, item]) => [[...path, key], ...keyPaths(item, [...path, key])]);
}

describe('positions', () => {
  const text =
    '\uFEFFplay:\r\n  "quoted key": yes\r\n  list: [a, {b: 0644}]\r\n  empty:\r\n  base: &base { p: 1 }\r\n' +
    '  copy:\r\n    <<: *base\r\n    q: 2\r\n  same: *base\r\n  block: |\r\n    line one\r\n';
  const doc = parseYaml(text, 'f.yml');
  const place = (path: PropertyKey[], which?: 'key' | 'value', find?: string): string => {
    const { at, length } = doc.spot(path, which, find);
    return `${at.line}:${at.col}+${length}`;
  };

  test.each([
    [['play'], 'key', '1:1+4'],
    [['play', 'quoted key'], 'key', '2:3+12'],
    [['play', 'quoted key'], 'value', '2:17+3'],
    [['play', 'list', 1, 'b'], 'value', '3:17+4'],
    [['play', 'list', 1, 'b'], 'key', '3:14+1'],
    [['play', 'empty'], 'value', '4:3+1'],
    // What "<<" brings has its place in the merged mapping, and so has what an alias stands for.
    [['play', 'copy', 'p'], 'key', '5:17+1'],
    [['play', 'copy', 'q'], 'key', '8:5+1'],
    [['play', 'same'], 'value', '9:9+5'],
    [['play', 'same', 'p'], 'key', '5:17+1'],
    // The nearest thing that exists.
    [['play', 'list', 1, 'missing'], 'key', '3:13+1'],
  ] as const)('%j %s is at %s', (path, which, expected) => {
    expect(place([...path], which)).toBe(expected);
  });

  test('finds a text inside a value', () => {
    expect(place(['play', 'block'], 'value', 'one')).toBe('11:10+3');
  });

  test('knows numbers as they were written', () => {
    expect(doc.raw(['play', 'list', 1, 'b'])).toBe('0644');
    expect(doc.value).toMatchObject({ play: { list: ['a', { b: 644 }], copy: { p: 1, q: 2 } } });
  });

  test('every key of any document is where its position says', () => {
    const key = fc.stringMatching(/^[a-z][a-z ]{0,8}[a-z]$/);
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.integer(),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(key, tie('node'), { maxKeys: 4 }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.dictionary(key, tree, { minKeys: 1 }), fc.constantFrom(0, 1, 2), (value, indent) => {
        const source = JSON.stringify(value, null, indent);
        const loaded = parseYaml(source, 'f');
        expect(loaded.value).toEqual(value);
        const lines = source.split('\n');
        for (const path of keyPaths(value)) {
          const { line, col } = loaded.spot(path, 'key').at;
          expect(lines[line - 1]?.slice(col - 1)).toMatch(new RegExp(`^"${String(path.at(-1))}"`));
        }
      }),
    );
  });
});

describe('what is refused', () => {
  const cases: Readonly<Record<string, string>> = {
    'tab before a key': 'a:\n\tb: 1\n',
    'tab below spaces': 'a:\n  b: 1\n\tc: 2\n',
    'duplicate keys': 'a:\n  mode: enforce\n  other: 1\n  mode: complain\n',
    'second document': '---\na: 1\n---\nb: 2\n',
    'second document after an end': 'a: 1\n...\nb: 2\n',
    'unquoted template': '- rules: {{ rules }}\n',
    'unquoted template with more': 'path: {{ base }}/zones\n',
    'unclosed quote': 'a: "text\nb: 1\n',
    'unclosed bracket': 'a: [1, 2\nb: 3\n',
    'colon in a text': 'a: b: c\n',
    'at sign': 'a: @home\n',
    'text behind a quote': "a: 'it's'\n",
    'wrong indentation': 'a: 1\n b: 2\n',
    'list and mapping': '- a\nb: 1\n',
    'no colon': 'a\nb: 1\n',
    'unknown alias': 'a: *nothing\n',
    'alias in its own anchor': 'a: &a [*a]\n',
    'unknown tag': 'a: !env HOME\n',
    'vault value': 'a: !vault |\n  $ANSIBLE_VAULT;1.1\n',
    'vault file': '$ANSIBLE_VAULT;1.1;AES256\n6162\n',
    'bad escape': 'a: "\\q"\n',
    'key that is a number in disguise': '0x10: a\n~: b\n',
    'key that is a list': '? [a]\n: b\n',
    'prototype key': 'a:\n  __proto__: { polluted: true }\n',
    'NUL byte': 'a: b\0c\n',
    'escaped NUL': 'a: "b\\0c"\n',
    'too deep': `a: ${'['.repeat(80)}${']'.repeat(80)}\n`,
    'alias bomb': bomb,
    'merge of a number': '<<: 3\n',
  };

  test('in words that a person understands', () => {
    const texts = Object.entries(cases).map(
      ([name, text]) => `# ${name}\n${findingsOf(() => parseYaml(text, 'play.yml'))}`,
    );
    const shown = texts.join('\n\n');
    expect(shown).toBe(golden('yaml-syntax', shown));
  });

  test('an alias bomb is refused at once', () => {
    const started = performance.now();
    expect(findingsOf(() => parseYaml(bomb, 'f.yml'))).toContain('aliases');
    expect(performance.now() - started).toBeLessThan(200);
  });

  test('depth by aliases is refused, too', () => {
    const chain = Array.from({ length: 100 }, (_, i) =>
      i === 0 ? 'a0: &a0 [x]' : `a${i}: &a${i} [*a${i - 1}]`,
    );
    expect(findingsOf(() => parseYaml(chain.join('\n'), 'f.yml'))).toContain('deeper than 60');
  });

  test('10 MB of YAML are refused before they are parsed', () => {
    const folder = files({ 'big.yml': '- x\n'.repeat(2_600_000) });
    const started = performance.now();
    expect(findingsOf(() => readYaml(`${folder}/big.yml`))).toContain(
      'the file is too large: 9.9 MiB; the limit is 1.0 MiB',
    );
    expect(performance.now() - started).toBeLessThan(200);
    expect(findingsOf(() => parseYaml('- x\n'.repeat(300_000), 'f.yml'))).toContain('too large');
  });

  test('any text either loads or is refused with a place in it', () => {
    const line = fc.oneof(
      fc.constantFrom('a: 1', '- b', '\t- c', 'd: {{ e }}', '&x y: *x', '"f', '? g', '---', 'h: |', '<<: *x'),
      fc.string({ unit: 'binary', maxLength: 12 }),
    );
    const text = fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, (source) => {
        const count = source.split(/\r\n|\n|\r/).length;
        const misplaced = findings(source).filter(({ at }) => at.line > count || at.col < 1);
        expect(misplaced).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is accepted', () => {
  test.each([
    ['', null],
    ['# only a comment\n', null],
    ['a: yes\nb: 0644\nc: 2026-01-01', { a: 'yes', b: 644, c: '2026-01-01' }],
    ['{"a": [1, true, null]}', { a: [1, true, null] }],
  ])('%j', (text, value) => {
    const doc = parseYaml(text, 'f.yml');
    expect(doc.value).toEqual(value);
    expect(doc.empty).toBe(value === null);
  });
});

describe('reading files', () => {
  test('says why not', () => {
    const folder = files({ 'a.yml': 'a: 1' });
    expect(findingsOf(() => readText(`${folder}/none.yml`))).toContain('there is no such file');
    expect(findingsOf(() => readText(folder))).toContain('this is a folder, not a file');
    expect(findingsOf(() => readText('/dev/zero'))).toContain('this is not a plain file');
  });

  test('a file that is not UTF-8', () => {
    expect(findingsOf(() => readText(process.execPath, 1e9))).toContain('not UTF-8');
  });
});
