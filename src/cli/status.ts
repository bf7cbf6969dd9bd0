import type { Emit } from '../events.ts';
import { exitCode } from '../fleet/exit.ts';
import { statusFleet, statusRow } from '../fleet/status.ts';
import { warn } from '../fleet/targets.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import { table } from '../report/table.ts';
import { outcomeLines } from '../report/terminal.ts';
import type { CommonOptions } from './options.ts';
import { paintOf, say } from './say.ts';
import { inventoryOf, withFleet } from './session.ts';

/** `confine status`: what confines named on each host right now, read from its process. */
export async function status(options: CommonOptions): Promise<number> {
  const hosts = await inventoryHosts(inventoryOf(options), options.limit, options.extraVars ?? []);
  return withFleet(hosts, options, warnings, async ({ fleet, located, interrupts }) => {
    warn(located, warnings);
    const found = await statusFleet(fleet, located);
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
      const verbose = (options.verbose ?? 0) > 0;
      for (const it of found)
        if (it.is === 'ended')
          for (const line of outcomeLines(it.host, it.outcome, paintOf(options), verbose)) say(line);
    }
    const outcomes = found.map((it) => (it.is === 'ended' ? it.outcome : ({ is: 'in-sync' } as const)));
    return interrupts.exit() ?? exitCode(outcomes, false);
  });
}

/** The table is the data; only warnings are said beside it. */
const warnings: Emit = (event) => {
  if (event.event === 'warning')
    say(`warning: ${event.host === undefined ? '' : `${event.host}: `}${event.message}`);
};
