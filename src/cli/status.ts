import type { HostOutcome } from '../events.ts';
import { exitCode } from '../fleet/exit.ts';
import { statusFleet, type Asked } from '../fleet/status.ts';
import { warn } from '../fleet/targets.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import { ndjsonLine } from '../report/ndjson.ts';
import { palette } from '../report/palette.ts';
import { statusSummary, statusText } from '../report/status-text.ts';
import { nextCommand } from './next.ts';
import { colours, type CommonOptions } from './options.ts';
import { watcher } from './present.ts';
import { paintOf, say, sayEnded } from './say.ts';
import { compileFor, inventoryOf, withFleet } from './session.ts';

/** `confine status`: what confines named on each host right now, and with playbooks whether it is as they say. */
export async function status(playbooks: readonly string[], options: CommonOptions): Promise<number> {
  const hosts: readonly Asked[] =
    playbooks.length > 0
      ? await compileFor(playbooks, options)
      : await inventoryHosts(inventoryOf(options), options.limit, options.extraVars ?? []);
  return withFleet(hosts, options, watcher('status', hosts, options), async (session) => {
    const { fleet, located, interrupts } = session;
    warn(located, fleet.emit);
    const found = await statusFleet(fleet, located);
    session.settle();
    const verbose = (options.verbose ?? 0) > 0;
    if (options.json)
      for (const it of found)
        process.stdout.write(`${ndjsonLine({ schemaVersion: 1, event: 'host-status', ...it })}\n`);
    else {
      const paint = palette(colours(options.color, process.stdout));
      process.stdout.write(`${statusText(found, paint, verbose)}\n`);
      sayEnded(found, options);
      const differ = found.map((it): HostOutcome =>
        it.is === 'ended' ? it.outcome : { is: it.plan?.state === 'changes' ? 'pending' : 'in-sync' },
      );
      const over = {
        command: 'status',
        args: playbooks,
        outcomes: differ,
        resume: undefined,
        saved: undefined,
      };
      const next = nextCommand(over, options);
      say(paintOf(options).bold(statusSummary(found)));
      if (next !== undefined) say(`${paintOf(options).cyan('next:')} ${next}`);
    }
    const outcomes = found.map((it) => (it.is === 'ended' ? it.outcome : ({ is: 'in-sync' } as const)));
    return interrupts.exit() ?? exitCode(outcomes, false);
  });
}
