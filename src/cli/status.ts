import { exitCode } from '../fleet/exit.ts';
import { statusFleet, type Asked } from '../fleet/status.ts';
import { warn } from '../fleet/targets.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import { ndjsonLine } from '../report/ndjson.ts';
import { palette } from '../report/palette.ts';
import { statusText } from '../report/status-text.ts';
import { outcomeLines } from '../report/terminal.ts';
import { colours, type CommonOptions } from './options.ts';
import { paintOf, say, warnings } from './say.ts';
import { compileFor, inventoryOf, withFleet } from './session.ts';

/** `confine status`: what confines named on each host right now, and with playbooks whether it is as they say. */
export async function status(playbooks: readonly string[], options: CommonOptions): Promise<number> {
  const hosts: readonly Asked[] =
    playbooks.length > 0
      ? await compileFor(playbooks, options)
      : await inventoryHosts(inventoryOf(options), options.limit, options.extraVars ?? []);
  return withFleet(hosts, options, warnings, async ({ fleet, located, interrupts }) => {
    warn(located, warnings);
    const found = await statusFleet(fleet, located);
    const verbose = (options.verbose ?? 0) > 0;
    if (options.json)
      for (const it of found)
        process.stdout.write(`${ndjsonLine({ schemaVersion: 1, event: 'host-status', ...it })}\n`);
    else {
      const paint = palette(colours(options.color, process.stdout));
      process.stdout.write(`${statusText(found, paint, verbose)}\n`);
      for (const it of found)
        if (it.is === 'ended')
          for (const line of outcomeLines(it.host, it.outcome, paintOf(options), verbose)) say(line);
    }
    const outcomes = found.map((it) => (it.is === 'ended' ? it.outcome : ({ is: 'in-sync' } as const)));
    return interrupts.exit() ?? exitCode(outcomes, false);
  });
}
