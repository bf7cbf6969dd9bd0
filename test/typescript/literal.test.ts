import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { literalPlaces, type Place } from '../../src/typescript/literal.ts';

const strange = fc.constantFrom("it's", 'a "b"', '] }', '// no comment', 'a, b: c', '`', '\\', '\n');
const leaf = fc.oneof(fc.string(), strange, fc.integer(), fc.boolean());
const key = fc.oneof(fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/), fc.constantFrom('a-b', 'x: y', '7'));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree')),
  ),
}));
const gap = fc.constantFrom('', ' ', '\n  ', '/* [, */', '// }\n');

/** A value as somebody might write it, with blanks and comments between its parts. */
function written(value: unknown, between: readonly string[], quote: "'" | '"'): string {
  let i = 0;
  const next = (): string => between[i++ % between.length] ?? '';
  const text = (it: string): string =>
    quote === '"'
      ? JSON.stringify(it)
      : `'${it.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
  const write = (it: unknown): string => {
    if (typeof it === 'string') return text(it);
    if (Array.isArray(it))
      return `[${it.map((one) => `${next()}${write(one)}${next()},`).join('')}${next()}]`;
    if (typeof it !== 'object' || it === null) return String(it);
    const members = Object.entries(it).map(
      ([name, one]) =>
        `${next()}${/^[a-z_]\w*$/.test(name) ? name : text(name)}${next()}:${next()}${write(one)}`,
    );
    return `{${members.join(',')}${next()}}`;
  };
  return write(value);
}

/** Every place of a value in the text, as the text there. */
function expectPlaces(text: string, place: Place | undefined, value: unknown): void {
  const at = text.slice(...(place?.value ?? [0, 0]));
  if (Array.isArray(value)) {
    expect(at).toBe('[');
    expect(place?.members).toHaveLength(value.length);
    const items = (place?.members ?? []) as readonly Place[];
    value.forEach((it, i) => expectPlaces(text, items[i], it));
  } else if (typeof value === 'object' && value !== null) {
    expect(at).toBe('{');
    const members = place?.members as ReadonlyMap<string, Place>;
    for (const [name, it] of Object.entries(value)) {
      const member = members.get(name);
      expect(text.slice(...(member?.key ?? [0, 0])).replaceAll(/^['"]|['"]$/g, '')).toBe(name);
      expectPlaces(text, member, it);
    }
  } else if (typeof value === 'string') expect(at).toMatch(/^['"][^]*['"]$/);
  else expect(at).toBe(String(value));
}

it('finds every key and value of a literal, whatever stands between them', () => {
  fc.assert(
    fc.property(
      fc.array(tree, { maxLength: 3 }),
      fc.array(gap, { minLength: 1, maxLength: 7 }),
      fc.constantFrom("'" as const, '"' as const),
      fc.boolean(),
      (value, between, quote, isDefined) => {
        const list = written(value, between, quote);
        const head = `import { definePlaybook } from 'confine';\nconst [x] = [{ y: 1 }];\n`;
        const text = `${head}export default ${isDefined ? `definePlaybook(${list})` : `${list} as const`};\n`;
        expectPlaces(text, literalPlaces(text), value);
      },
    ),
  );
});

it.each([
  ['a name', 'const plays = [];\nexport default plays;'],
  ['nothing', ''],
])('%s has no places', (_, text) => {
  expect(literalPlaces(text)).toBeUndefined();
});

it('what is computed has a place as a whole', () => {
  const text = `export default [{ hosts: all.join(',', [1]), ...more, tasks: rules.map((it) => ({ it })) }];`;
  const [play] = (literalPlaces(text)?.members ?? []) as readonly Place[];
  const members = play?.members as ReadonlyMap<string, Place>;
  expect([...members.keys()]).toEqual(['hosts', 'tasks']);
  expect(text.slice(...(members.get('hosts')?.value ?? [0, 0]))).toBe("all.join(',', [1])");
  expect(text.slice(...(members.get('tasks')?.value ?? [0, 0]))).toBe('rules.map((it) => ({ it }))');
});
