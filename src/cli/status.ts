import { statusFleet, type Asked, type HostStatus } from '../fleet/status.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import { palette } from '../report/palette.ts';
import { statusText } from '../report/status-text.ts';
import { outcomeLines } from '../report/terminal.ts';
import { commitOf } from './git.ts';
import { colours, type CommonOptions } from './options.ts';
import { paintOf, say, warnings } from './say.ts';
import { compileFor, inventoryOf, running } from './session.ts';

/** `confine status`: what confines named on each host right now, and with playbooks whether it is as they say. */
export async function status(playbooks: readonly string[], options: CommonOptions): Promise<number> {
  const hosts: readonly Asked[] =
    playbooks.length > 0
      ? await compileFor(playbooks, options)
      : await inventoryHosts(inventoryOf(options), options.limit, options.extraVars ?? []);
  return running(
    'status',
    hosts,
    options,
    async ({ fleet, located }) => {
      const found = await statusFleet(fleet, located);
      for (const it of found) fleet.emit({ event: 'host-status', schemaVersion: 1, ...it });
      if (!options.json) show(found, options);
      return found.map((it) => (it.is === 'ended' ? it.outcome : ({ is: 'in-sync' } as const)));
    },
    { people: warnings, ...(playbooks.length > 0 && { commit: commitOf(playbooks) }) },
  );
}

/** The table is the data, so it goes to stdout; why a host gave no answer is said beside it. */
function show(found: readonly HostStatus[], options: CommonOptions): void {
  const verbose = (options.verbose ?? 0) > 0;
  process.stdout.write(`${statusText(found, palette(colours(options.color, process.stdout)), verbose)}\n`);
  for (const it of found)
    if (it.is === 'ended')
      for (const line of outcomeLines(it.host, it.outcome, paintOf(options), verbose)) say(line);
}
