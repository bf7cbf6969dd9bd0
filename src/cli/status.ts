import type { HostOutcome } from '../events.ts';
import { statusFleet, type Asked, type HostStatus } from '../fleet/status.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import { palette } from '../report/palette.ts';
import { statusSummary, statusText } from '../report/status-text.ts';
import { commitOf } from './git.ts';
import { colours, type CommonOptions } from './options.ts';
import { watcher, type Presenter } from './present.ts';
import { paintOf, say, sayEnded } from './say.ts';
import { compileFor } from './compile.ts';
import { inventoryOf } from './given-inventory.ts';
import { running } from './session.ts';

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
    async ({ fleet, located, settle }) => {
      const found = await statusFleet(fleet, located);
      settle();
      for (const it of found) fleet.emit({ event: 'host-status', schemaVersion: 1, ...it });
      if (!options.json) show(found, options);
      return found.map(outcomeOf);
    },
    {
      people: withNext(watcher('status', hosts, options), options),
      args: playbooks,
      ...(playbooks.length > 0 && { commit: commitOf(playbooks) }),
    },
  );
}

const outcomeOf = (it: HostStatus): HostOutcome =>
  it.is === 'ended' ? it.outcome : { is: it.plan?.state === 'changes' ? 'pending' : 'in-sync' };

/** The table is the data, so it goes to stdout; the rest is said beside it. */
function show(found: readonly HostStatus[], options: CommonOptions): void {
  const paint = palette(colours(options.color, process.stdout));
  process.stdout.write(`${statusText(found, paint, (options.verbose ?? 0) > 0)}\n`);
  sayEnded(found, options);
  say(paintOf(options).bold(statusSummary(found)));
}

/** Says behind all else what comes next. */
const withNext = (shown: Presenter, options: CommonOptions): Presenter => ({
  ...shown,
  emit(event) {
    shown.emit(event);
    if (event.event === 'run-ended' && event.next !== undefined && !options.json)
      say(`${paintOf(options).cyan('next:')} ${event.next}`);
  },
});
