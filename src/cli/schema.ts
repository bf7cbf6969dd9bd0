import { modules } from '../../modules/index.ts';
import { Exit, UsageError } from '../errors.ts';
import { inventorySchema, playbookSchema } from '../playbook/json-schema.ts';

/** `confine schema playbook|inventory`: the JSON Schema on stdout. */
export async function schema([which]: readonly string[]): Promise<number> {
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
