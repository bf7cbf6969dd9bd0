import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineModule, Refusal, type ModuleDefinition } from '../../src/module-api.ts';
import { guarded } from '../../src/own-modules/guard.ts';
import { playbookSchema } from '../../src/playbook/json-schema.ts';
import { valueAt } from '../../src/yaml/values.ts';
import { files, without } from '../golden/files.ts';
import { findingsOf } from '../golden/golden.ts';

const plain = defineModule({
  name: 'm',
  summary: 'A module',
  example: 'm: { a: 1 }',
  params: z.strictObject({ a: z.int().describe('A number') }),
  observe: () => ({}),
  desire: () => [],
}) as unknown as ModuleDefinition;

/** A guarded module with other parts, and what a person is told of what it does. */
function guard(parts: object) {
  const folder = files({ 'm.ts': 'the text of the module\n' });
  const module = guarded({ ...plain, ...parts }, `${folder}/m.ts`);
  return {
    module,
    told: (run: (it: ModuleDefinition) => unknown) =>
      without(
        folder,
        findingsOf(() => run(module)),
      ),
  };
}

const fails = (): never => {
  throw new Error('no such luck');
};

it.each([
  ['observe', { observe: fails }, (it: ModuleDefinition) => it.observe({})],
  ['desire', { desire: fails }, (it: ModuleDefinition) => it.desire({}, {})],
  ['claims', { claims: fails }, (it: ModuleDefinition) => it.claims?.({})],
  ['dropIn', { dropIn: fails }, (it: ModuleDefinition) => it.dropIn?.({})],
  ['params', { params: z.string().refine(fails) }, (it: ModuleDefinition) => it.params.safeParse('')],
])('what %s throws is told with file and name', (part, parts, run) => {
  expect(guard(parts).told(run)).toContain(`m.ts:1:1: "${part}" of the module "m" failed: no such luck`);
});

it.each([
  ['observe', { observe: () => ({ a: 7 }) }, (it: ModuleDefinition) => it.observe({}), 'a record of probes'],
  ['observe', { observe: async () => ({}) }, (it: ModuleDefinition) => it.observe({}), 'a record of probes'],
  [
    'desire',
    { desire: () => [{ resource: 'cron' }] },
    (it: ModuleDefinition) => it.desire({}, {}),
    'a list of desired states',
  ],
  ['claims', { claims: () => ({}) }, (it: ModuleDefinition) => it.claims?.({}), 'a list of claims'],
])('%s that gives something else is told', (part, parts, run, wanted) => {
  expect(guard(parts).told(run)).toContain(`"${part}" of the module "m" failed: it must give ${wanted}`);
});

it('a schema that waits can’t be used', () => {
  const { told } = guard({ params: z.string().refine(async () => true) });
  expect(told((it) => it.params.safeParse(''))).toContain('"params" of the module "m" failed: ');
});

it('a refusal is for the host, and goes through', () => {
  const refusal = new Refusal('error', 'not here');
  const { module } = guard({
    desire: () => {
      throw refusal;
    },
  });
  expect(() => module.desire({}, {})).toThrow(refusal);
});

it('what is right stays as it is: parameters, their schema, and parts that a module has not', () => {
  const { module } = guard({});
  expect(module.params.safeParse({ a: 1 })).toEqual({ success: true, data: { a: 1 } });
  expect(module.params.safeParse({ a: '1' }).error?.issues).toMatchObject([{ path: ['a'] }]);
  expect(Object.keys(module)).not.toContain('claims');
  expect(Object.keys(module)).not.toContain('dropIn');
  const schema = playbookSchema(new Map([['m', module]]));
  expect(valueAt(schema, ['definitions', 'task', 'properties', 'm'])).toMatchObject({
    properties: { a: { description: 'A number', examples: [1] } },
    examples: [{ a: 1 }],
  });
});
