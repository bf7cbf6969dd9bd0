import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { modules } from '../../modules/index.ts';
import { Group } from '../../src/inventory/format.ts';
import { Play, TaskCommon } from '../../src/playbook/format.ts';
import { inventorySchema, playbookSchema } from '../../src/playbook/json-schema.ts';
import { isMapping, valueAt } from '../../src/yaml/values.ts';

type Json = Readonly<Record<string, unknown>>;
const schemas = { playbook: playbookSchema(modules), inventory: inventorySchema() };

/** The published schemas are generated: UPDATE_GOLDEN=1 writes them anew. */
test.each(Object.entries(schemas))('schemas/%s.schema.json is what the code says', (name, schema) => {
  const path = fileURLToPath(new URL(`../../schemas/${name}.schema.json`, import.meta.url));
  const text = `${JSON.stringify(schema, undefined, 2)}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
  expect(readFileSync(path, 'utf8')).toBe(text);
});

const follow = (root: Json, it: Json): Json => {
  const to = typeof it['$ref'] === 'string' ? valueAt(root, it['$ref'].slice(2).split('/')) : it;
  return isMapping(to) ? { ...to, ...it } : it;
};

/** Whether a schema says something itself, or where it leads: by a reference, or as one of several. */
const says = (root: Json, given: Json, what: (it: Json) => boolean): boolean => {
  const it = follow(root, given);
  const branches = [it['anyOf'], it['oneOf'], it['allOf']].flat();
  return what(it) || branches.some((one) => isMapping(one) && says(root, one, what));
};

/** Every property of a schema with the way to it. */
function properties(root: Json): readonly (readonly [string, Json])[] {
  const found: (readonly [string, Json])[] = [];
  const walk = (it: unknown, path: string, isMap: boolean): void => {
    if (Array.isArray(it)) for (const one of it) walk(one, path, false);
    if (!isMapping(it)) return;
    for (const [key, one] of Object.entries(it)) {
      if (isMap && isMapping(one)) found.push([`${path}.${key}`, one]);
      walk(one, isMap ? `${path}.${key}` : path, !isMap && key === 'properties');
    }
  };
  for (const [name, it] of Object.entries({
    ...(root['definitions'] as Json),
    '': { ...root, definitions: {} },
  }))
    walk(it, name, false);
  return found;
}

describe.each(Object.entries(schemas))('in the schema of a %s', (_, schema) => {
  const all = properties(schema);

  test('every key has a description, and something to offer', () => {
    expect(all.length).toBeGreaterThan(8);
    const lacking = (what: (it: Json) => boolean) =>
      all.flatMap(([path, it]) => (says(schema, it, what) ? [] : [path]));
    expect(lacking((it) => typeof it['description'] === 'string')).toEqual([]);
    const offered = ['examples', 'enum', 'const', 'default'];
    expect(lacking((it) => it['type'] === 'boolean' || offered.some((key) => key in it))).toEqual([]);
  });
});

test.each([...modules])('the example of %s is right, and stands in the schema', (name, module) => {
  const example = valueAt(load(module.example), [name]);
  expect(module.params.safeParse(example).error).toBeUndefined();
  expect(valueAt(schemas.playbook, ['definitions', 'task', 'properties', name, 'examples'])).toEqual([
    example,
  ]);
});

/** The examples of the keys of an object, wherever they stand in it. */
const given = (schema: z.ZodObject): readonly (readonly [string, z.ZodType, unknown])[] =>
  Object.entries(schema.shape).flatMap(([key, it]) => {
    const type = it as z.ZodType;
    const { examples = [] } = (type.meta() ?? {}) as { examples?: readonly unknown[] };
    const inner = insideOf(type).flatMap(given);
    return [...examples.map((one) => [key, type, one] as const), ...inner];
  });

/** The objects in a schema, wrappers taken off. */
function insideOf(type: unknown): z.ZodObject[] {
  if (type instanceof z.ZodObject) return [type];
  if (type instanceof z.ZodUnion) return type.options.flatMap(insideOf);
  return type instanceof z.ZodOptional || type instanceof z.ZodDefault ? insideOf(type.unwrap()) : [];
}

const described: readonly (readonly [string, z.ZodType])[] = [
  ['play', Play],
  ['task', TaskCommon],
  ['group', Group],
  ...[...modules].map(([name, { params }]) => [name, params] as const),
];

test.each(described)('every example of a key of a %s is right', (_, schema) => {
  const examples = given(schema as z.ZodObject);
  for (const [key, type, example] of examples)
    expect([key, example, type.safeParse(example).error?.issues]).toEqual([key, example, undefined]);
});
