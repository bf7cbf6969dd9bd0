import { Exit, UsageError } from '../errors.ts';
import { inventorySchema, playbookSchema } from '../playbook/json-schema.ts';
import { vocabularyOf } from './modules.ts';
import type { CommonOptions } from './options.ts';

/** `confine schema playbook|inventory`: the JSON Schema on stdout. */
export async function schema([which]: readonly string[], options: CommonOptions): Promise<number> {
  const { modules } = await vocabularyOf(options);
  const found =
    which === 'playbook' ? playbookSchema(modules) : which === 'inventory' ? inventorySchema() : undefined;
  if (!found)
    throw new UsageError(
      `there is no schema "${which}"`,
      'confine schema playbook, or confine schema inventory',
    );
  process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  return Exit.ok;
}
