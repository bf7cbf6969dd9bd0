import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { modules } from '../../modules/index.ts';
import { inventorySchema, playbookSchema } from '../../src/playbook/json-schema.ts';

/** The published schemas are generated: UPDATE_GOLDEN=1 writes them anew. */
test.each([
  ['playbook', playbookSchema(modules)],
  ['inventory', inventorySchema()],
])('schemas/%s.schema.json is what the code says', (name, schema) => {
  const path = fileURLToPath(new URL(`../../schemas/${name}.schema.json`, import.meta.url));
  const text = `${JSON.stringify(schema, undefined, 2)}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
  expect(readFileSync(path, 'utf8')).toBe(text);
});
