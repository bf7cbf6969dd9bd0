import { UsageError } from '../errors.ts';
import { undoFleet } from '../fleet/undo.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import type { CommonOptions } from './options.ts';
import { inventoryOf, running } from './session.ts';

/** `confine undo HOST`: takes back all that confine did to hosts, to the bytes before it; packages stay. */
export async function undo([pattern]: readonly string[], options: CommonOptions): Promise<number> {
  const asks = !options.yes;
  if (asks && !process.stdin.isTTY)
    throw new UsageError('there is no terminal to confirm on', 'look at confine status, then add --yes');
  const hosts = await inventoryHosts(inventoryOf(options), pattern, options.extraVars ?? []);
  return running('undo', hosts, options, async ({ fleet, located, interrupts }) => {
    const names = hosts.length === 1 ? `${hosts[0]?.host}` : `${hosts.length} hosts`;
    const what = options.last ? 'the last transaction' : 'all that confine did';
    const go =
      !asks || (await (await import('./ask.ts')).confirm(`Take back ${what} on ${names}?`, interrupts));
    return go ? undoFleet(fleet, located, options.last ? 'last' : 'all') : [];
  });
}
