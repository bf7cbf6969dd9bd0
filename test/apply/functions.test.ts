import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const src = join(import.meta.dirname, '../../src');

it('no two files of shell that may go to a host together define one function', () => {
  // These go without the supervisor of transactions.
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (it) => it.endsWith('.sh') && !/^(apply\/packages|bind\/workout)\.sh$/.test(it),
  );
  const where = new Map<string, string[]>();
  for (const file of files)
    for (const [, name = ''] of readFileSync(join(src, file), 'utf8').matchAll(/^(\w+)\(\) \{/gm))
      where.set(name, [...(where.get(name) ?? []), file]);
  expect(where.size).toBeGreaterThan(200);
  expect([...where].filter(([, all]) => all.length > 1)).toEqual([]);
});
