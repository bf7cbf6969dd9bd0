import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inventorySchema, playbookSchema } from '../../src/playbook/json-schema.ts';
import { valueAt } from '../../src/yaml/values.ts';
import { modules } from './modules.ts';

describe('playbookSchema', () => {
  const schema = playbookSchema(modules);
  const task = ['definitions', 'task'];

  test('a task has exactly one module', () => {
    expect(valueAt(schema, [...task, 'oneOf'])).toEqual([
      { required: ['apparmor_mode'] },
      { required: ['apparmor_override'] },
    ]);
    expect(valueAt(schema, [...task, 'additionalProperties'])).toBe(false);
  });

  test('modules bring their parameters and descriptions', () => {
    const mode = [...task, 'properties', 'apparmor_mode'];
    expect(valueAt(schema, [...mode, 'description'])).toBe('The mode of a profile');
    expect(valueAt(schema, [...mode, 'properties', 'profile', 'description'])).toBe(
      'The name of the profile',
    );
    expect(valueAt(schema, [...mode, 'required'])).toEqual(['profile']);
  });

  test('a template may stand for any value', () => {
    const rules = [...task, 'properties', 'apparmor_override', 'properties', 'rules', 'anyOf'];
    expect(valueAt(schema, rules)).toMatchObject([{ type: 'array' }, { $ref: '#/definitions/template' }]);
  });

  test('every reference leads somewhere', () => {
    for (const one of [schema, inventorySchema()]) {
      const references = [...JSON.stringify(one).matchAll(/"\$ref":"#\/([^"]*)"/g)];
      expect(references.length).toBeGreaterThan(0);
      for (const [, path = ''] of references) expect(valueAt(one, path.split('/'))).toBeDefined();
    }
  });

  test('what many settings share is written once', () => {
    const value = z.union([z.boolean(), z.number(), z.string().min(3), z.array(z.string().min(3).max(99))]);
    const keys = Array.from({ length: 20 }, (_, i) => [`Key${i}`, value.optional()] as const);
    const params = z.strictObject({ settings: z.strictObject(Object.fromEntries(keys)) });
    const many = playbookSchema(new Map([['m', { name: 'm', summary: 's', params }]]));
    const settings = [...task, 'properties', 'm', 'properties', 'settings', 'anyOf', 0, 'properties'];
    expect(valueAt(many, [...settings, 'Key7'])).toEqual({ $ref: '#/definitions/value1' });
    expect(valueAt(many, ['definitions', 'value1', 'anyOf'])).toHaveLength(2);
  });

  test('is draft 7, and the same every time', () => {
    expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    expect(inventorySchema()['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    const backwards = new Map([...modules].toReversed());
    expect(JSON.stringify(playbookSchema(backwards))).toBe(JSON.stringify(schema));
  });
});
