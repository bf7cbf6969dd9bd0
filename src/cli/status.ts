import { dirname } from 'node:path';
import { exitCode } from '../fleet/exit.ts';
import { statusFleet, statusRow } from '../fleet/status.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import { table } from '../report/table.ts';
import type { CommonOptions } from './options.ts';
import { inventoryOf, openFleet, warnings } from './session.ts';

/** `confine status`: what confines named on each host right now, read from its process. */
export async function status(options: CommonOptions): Promise<number> {
  const hosts = await inventoryHosts(inventoryOf(options), options.limit, options.extraVars ?? []);
  const fleet = await openFleet(options, warnings);
  try {
    const found = await statusFleet({ ...fleet, folder: dirname(options.inventory?.[0] ?? '.') }, hosts);
    if (options.json)
      for (const it of found)
        process.stdout.write(`${JSON.stringify({ schemaVersion: 1, event: 'host-status', ...it })}\n`);
    else {
      const rows = found
        .map(statusRow)
        .map((it) => [it.host, it.label, it.noNewPrivs, it.seccomp, it.exposure, it.process, it.last]);
      process.stdout.write(
        `${table(['HOST', 'LABEL', 'NNP', 'SECCOMP', 'EXPOSURE', 'NAMED', 'LAST TRANSACTION'], rows)}\n`,
      );
    }
    return exitCode(
      found.map((it) => (it.is === 'ended' ? it.outcome : { is: 'in-sync' })),
      false,
    );
  } finally {
    await fleet.transport.dispose();
  }
}
