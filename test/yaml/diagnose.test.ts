import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { renderDiagnostics } from '../../src/report/diagnostic.ts';
import { diagnose } from '../../src/yaml/diagnose.ts';
import { parseYaml } from '../../src/yaml/load.ts';
import { keysAt } from '../../src/yaml/schema-keys.ts';
import { nearest } from '../../src/yaml/suggest.ts';
import { golden } from '../golden/golden.ts';

const Schema = z.strictObject({
  enabled: z.boolean().optional(),
  mode: z.string().optional(),
  level: z.enum(['enforce', 'complain', 'off']).optional(),
  count: z.int().min(1).max(5).optional(),
  names: z.array(z.string().min(1)).min(1).optional(),
  settings: z.record(z.string().regex(/^[A-Z]/, 'sections start with a capital'), z.number()).optional(),
  path: z.string().startsWith('/', 'must be an absolute path').optional(),
  where: z.union([z.string(), z.strictObject({ file: z.string(), line: z.number() })]).optional(),
  source: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('url'), url: z.string() }),
      z.strictObject({ kind: z.literal('file'), file: z.string() }),
    ])
    .optional(),
});

function findings(text: string, schema: z.ZodType = Schema): string {
  const doc = parseYaml(text, 'f.yml');
  const parsed = schema.safeParse(doc.value);
  if (parsed.success) return 'no findings';
  return renderDiagnostics(
    diagnose(parsed.error.issues, {
      value: doc.value,
      schema,
      spot: doc.spot,
      raw: doc.raw,
    }),
  );
}

describe('findings of a schema', () => {
  test('in words that a person understands', () => {
    const texts = [
      'enabled: yes',
      'enabled: off\nmode: 0644',
      'mode: true\nlevel: enforc',
      'level: off\ncount: 7.5',
      'count: "3"\nnames: named',
      'count: 9\nnames: []',
      'names: [a, 12, ""]',
      'settings: { service: 1, Unit: x }\npath: etc',
      'where: 3',
      'where: { file: a, lin: 1 }',
      'source: { kind: flie, file: a }',
      'source: { kind: file }',
      'mod: a\nenabeld: true\nwhatever: 1',
      'level: 3\ncount:',
    ];
    const shown = texts.map((text) => `# ${text.replaceAll('\n', ' ⏎ ')}\n${findings(text)}`).join('\n\n');
    expect(shown).toBe(golden('schema-findings', shown));
  });

  test('stand in the order of the file', () => {
    const places = findings('zz: 1\nenabled: 3\nyy: 2\ncount: x').match(/f\.yml:\d+/g);
    expect(places).toEqual(['f.yml:1', 'f.yml:2', 'f.yml:3', 'f.yml:4']);
  });

  test('a message of the schema itself is kept', () => {
    expect(findings('path: etc')).toContain('"path": must be an absolute path');
  });
});

describe('keysAt', () => {
  test('looks through wrappers and unions', () => {
    const schema = z.object({ a: z.union([z.string(), z.object({ b: z.number() }).optional()]) }).readonly();
    expect(keysAt(schema, [])).toEqual(['a']);
    expect(keysAt(schema, ['a'])).toEqual(['b']);
    expect(keysAt(z.array(z.object({ c: z.string() })), [3])).toEqual(['c']);
    expect(keysAt(z.record(z.string(), z.object({ d: z.string() })), ['any'])).toEqual(['d']);
    expect(keysAt(schema, ['a', 'b', 'c'])).toEqual([]);
  });
});

describe('nearest', () => {
  test.each([
    ['mod', 'mode'],
    ['apparmor_overide', 'apparmor_override'],
    ['Mode', 'mode'],
    ['xyz', undefined],
    ['mode', undefined],
  ])('%s → %s', (word, expected) => {
    expect(
      nearest(
        word,
        ['mode', 'apparmor_override'].filter((c) => c !== word),
      ),
    ).toBe(expected);
  });
});
