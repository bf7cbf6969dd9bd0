import { undoFleet } from '../fleet/undo.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import type { CommonOptions } from './options.ts';
import { confirmation, named } from './confirmation.ts';
import { inventoryOf } from './given-inventory.ts';
import { requestOf, running } from './session.ts';

/** `confine undo HOST`: takes back all that confine did to hosts, to the bytes before it; packages stay. */
export async function undo([pattern]: readonly string[], options: CommonOptions): Promise<number> {
  const confirmed = confirmation(options, 'status');
  const hosts = await inventoryHosts(inventoryOf(options), pattern, options.extraVars ?? [], 'HOST');
  const what = options.last ? 'the last transaction' : 'all that confine did';
  return running(
    'undo',
    hosts,
    options,
    async ({ fleet, located, ...asking }) =>
      (await confirmed(`Take back ${what} on ${named(hosts)}?`, asking))
        ? undoFleet(fleet, located, options.last ? 'last' : 'all', requestOf(options).who)
        : [],
    { naming: { by: 'argument', pattern } },
  );
}
