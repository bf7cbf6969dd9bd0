import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Exit, UsageError } from '../errors.ts';
import { inventorySchema, playbookSchema } from '../playbook/json-schema.ts';
import { vocabularyOf } from './modules.ts';
import type { CommonOptions } from './options.ts';

/** `confine schema playbook|inventory|events`: the JSON Schema on stdout. */
export async function schema([which]: readonly string[], options: CommonOptions): Promise<number> {
  const text = await schemaOf(which, options);
  if (text === undefined)
    throw new UsageError(
      `there is no schema "${which}"`,
      'confine schema playbook, confine schema inventory, or confine schema events',
    );
  process.stdout.write(text);
  return Exit.ok;
}

/** That of events is made from types, which are gone here, so it is a file. */
async function schemaOf(which: string | undefined, options: CommonOptions): Promise<string | undefined> {
  const printed = (it: unknown): string => `${JSON.stringify(it, undefined, 2)}\n`;
  switch (which) {
    case 'playbook':
      return printed(playbookSchema((await vocabularyOf(options)).modules));
    case 'inventory':
      return printed(inventorySchema());
    case 'events':
      // By the name of the package: beside the source and in the bundle it lies at different ways up.
      return readFileSync(
        createRequire(import.meta.url).resolve('confine/schemas/events.schema.json'),
        'utf8',
      );
    default:
      return undefined;
  }
}
