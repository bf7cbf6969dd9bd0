import { z } from 'zod';
import { InventoryFile } from '../inventory/format.ts';
import { isMapping } from '../yaml/values.ts';
import { Play, TaskCommon } from './format.ts';
import { shareRepeated } from './share-schemas.ts';
import { parseYaml } from '../yaml/load.ts';
import type { ModuleMap, ModuleSpec } from './spec.ts';

type Json = Readonly<Record<string, unknown>>;

/** The JSON Schema (draft 7) of a playbook with these modules, for editors. */
export function playbookSchema(modules: ModuleMap): Json {
  const sorted = [...modules.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const definitions: Record<string, unknown> = {};
  const own = (schema: z.ZodType): Json => withoutFrame(schema, definitions);

  const params = sorted.map((module): [string, Json] => [
    module.name,
    withExample(module, templatable(own(module.params))),
  ]);
  const common = own(TaskCommon);
  const play = own(Play);
  const playProperties = isMapping(play['properties']) ? play['properties'] : {};
  const taskProperties = isMapping(common['properties']) ? common['properties'] : {};
  const shared = Object.entries(definitions).map(([name, schema]) => [name, templatable(schema)]);
  return shareRepeated({
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'confine playbook',
    type: 'array',
    items: { $ref: '#/definitions/play' },
    definitions: {
      ...Object.fromEntries(shared),
      template: { type: 'string', pattern: '\\{[{%]' },
      play: {
        ...play,
        properties: {
          ...playProperties,
          tasks: { ...asJson(playProperties['tasks']), items: { $ref: '#/definitions/task' } },
        },
      },
      task: {
        type: 'object',
        properties: { ...taskProperties, ...Object.fromEntries(params) },
        additionalProperties: false,
        oneOf: sorted.map((module) => ({ required: [module.name] })),
      },
    },
  });
}

/** The JSON Schema (draft 7) of a YAML inventory, for editors. */
export function inventorySchema(): Json {
  const schema = z.toJSONSchema(InventoryFile, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
  return { ...schema, title: 'confine inventory' };
}

/** A schema without its frame; what it shares goes to `definitions`. */
function withoutFrame(schema: z.ZodType, definitions: Record<string, unknown>): Json {
  const json: Json = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    // zod leaves out the examples of what it transforms; ours are of what people write.
    override: ({ zodSchema, jsonSchema }) => {
      const examples = z.globalRegistry.get(zodSchema)?.['examples'];
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  Object.assign(definitions, json['definitions']);
  return Object.fromEntries(
    Object.entries(json).filter(([key]) => key !== '$schema' && key !== 'definitions'),
  );
}

/** What a module's own example shows of it and of its parameters, for hovers and completion. */
function withExample({ name, summary, example = '' }: ModuleSpec, schema: Json): Json {
  const task = parseYaml(example, 'example').value;
  const shown = isMapping(task) ? task[name] : undefined;
  const properties = Object.entries(asJson(schema['properties'])).map(([key, it]) => {
    const given = isMapping(shown) ? shown[key] : undefined;
    const member = asJson(it);
    return [key, given === undefined || 'examples' in member ? it : { ...member, examples: [given] }];
  });
  return {
    ...schema,
    ...(properties.length > 0 && { properties: Object.fromEntries(properties) as unknown }),
    description: summary,
    ...(shown === undefined ? {} : { examples: [shown] }),
  };
}

/** Lets a template stand for every value inside a module's parameters. */
function templatable(schema: unknown): Json {
  if (!isMapping(schema)) return {};
  const inner: Record<string, unknown> = { ...schema };
  const { properties, items, additionalProperties } = inner;
  if (isMapping(properties))
    inner['properties'] = Object.fromEntries(
      Object.entries(properties).map(([key, value]) => [key, orTemplate(value)]),
    );
  if (isMapping(items)) inner['items'] = orTemplate(items);
  if (isMapping(additionalProperties)) inner['additionalProperties'] = orTemplate(additionalProperties);
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const branches = inner[key];
    if (Array.isArray(branches)) inner[key] = branches.map(templatable);
  }
  return inner;
}

function orTemplate(schema: unknown): Json {
  const inner = templatable(schema);
  const { description, examples, ...rest } = inner;
  const keys = Object.keys(rest);
  const anyText = inner['type'] === 'string' && keys.length === 1;
  if (keys.length === 0 || anyText) return inner;
  return {
    ...(description === undefined ? {} : { description }),
    ...(examples === undefined ? {} : { examples }),
    anyOf: [rest, { $ref: '#/definitions/template' }],
  };
}

function asJson(value: unknown): Json {
  return isMapping(value) ? value : {};
}
