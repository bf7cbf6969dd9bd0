import { readFileSync } from 'node:fs';
import { modules } from '../../modules/index.ts';
import { Exit, UsageError } from '../errors.ts';
import { inventorySchema, playbookSchema } from '../playbook/json-schema.ts';

/** JSON Schemas by what they are of. That of events is made from types, which are gone here, so it is a file. */
const schemas: ReadonlyMap<string | undefined, () => string> = new Map([
  ['playbook', () => printed(playbookSchema(modules))],
  ['inventory', () => printed(inventorySchema())],
  ['events', () => readFileSync(new URL('../../schemas/events.schema.json', import.meta.url), 'utf8')],
]);

const printed = (schema: unknown): string => `${JSON.stringify(schema, undefined, 2)}\n`;

/** `confine schema playbook|inventory|events`: the JSON Schema on stdout. */
export async function schema([which]: readonly string[]): Promise<number> {
  const text = schemas.get(which);
  if (!text)
    throw new UsageError(
      `there is no schema "${which}"`,
      'confine schema playbook, confine schema inventory, or confine schema events',
    );
  process.stdout.write(text());
  return Exit.ok;
}
