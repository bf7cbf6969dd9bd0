import {
  createFormatter,
  createParser,
  createProgram,
  SchemaGenerator,
  StringType,
  UnionType,
  type CompletedConfig,
  type SubNodeParser,
  DEFAULT_CONFIG,
  ObjectType,
  ObjectProperty,
} from 'ts-json-schema-generator';
import * as brands from '../../src/brand.ts';
import { isMapping } from '../../src/yaml/values.ts';

type Json = Readonly<Record<string, unknown>>;

const config: CompletedConfig = {
  ...DEFAULT_CONFIG,
  path: 'src/events.ts',
  tsconfig: 'tsconfig.json',
  type: 'Line',
  expose: 'export',
  jsDoc: 'extended',
  additionalProperties: false,
  encodeRefs: false,
  // tsc of the gates does.
  skipTypeCheck: true,
};

/** A branded string is a string on the wire. */
const branded: SubNodeParser = {
  supportsNode: (node) => Object.keys(brands).includes(node.getText()),
  createType: () => new StringType(),
};

/** Bytes of files, as src/report/ndjson.ts writes them. */
const bytes: SubNodeParser = {
  supportsNode: (node) => node.getText() === 'Buffer',
  createType: () =>
    new UnionType([
      new StringType(),
      new ObjectType('bytes', [], [new ObjectProperty('base64', new StringType(), true)], false),
    ]),
};

/** The JSON Schema (draft 7) of a line that `--json` prints, from the types of the events. */
export function eventSchema(): Json {
  const program = createProgram(config);
  const parser = createParser(program, config, (chain) => {
    chain.addNodeParser(branded);
    chain.addNodeParser(bytes);
  });
  const schema = new SchemaGenerator(program, parser, createFormatter(config), config).createSchema(
    config.type,
  );
  return { ...withoutGenerics({ ...schema }), title: 'A line of confine --json' };
}

/** Puts generic types in their place: their names are no words, or hold where they stand in the source. */
function withoutGenerics(schema: Json): Json {
  const definitions = isMapping(schema['definitions']) ? schema['definitions'] : {};
  const inlined = (it: unknown): unknown => {
    if (Array.isArray(it)) return it.map(inlined);
    if (!isMapping(it)) return it;
    const ref = it['$ref'];
    const name = typeof ref === 'string' ? ref.replace('#/definitions/', '') : '';
    if (unnamed(name)) return inlined(definitions[name]);
    return Object.fromEntries(Object.entries(it).map(([key, value]) => [key, inlined(value)]));
  };
  const named = Object.fromEntries(Object.entries(definitions).filter(([name]) => !unnamed(name)));
  return { ...schema, definitions: inlined(named) };
}

const unnamed = (name: string): boolean => /\W/.test(name);
