import { placeRewritten } from '../audit/rewritten.ts';
import type { ProfileName } from '../brand.ts';
import { Exit } from '../errors.ts';
import { lookExit } from '../fleet/exit.ts';
import { shippedFleet } from '../fleet/shipped.ts';
import { warn } from '../fleet/targets.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import type { CommonOptions } from './options.ts';
import { tasksIn, tellProposals } from './propose.ts';
import { watcher } from './present.ts';
import { say, sayEnded } from './say.ts';
import { inventoryOf } from './given-inventory.ts';
import { withFleet } from './session.ts';

/**
 * `confine denials --propose --from-profile HOST`: what was added to a packaged profile on hosts, as overrides, and how the
 * packaged file comes back.
 */
export async function proposeFromProfile(
  pattern: string,
  profile: ProfileName,
  playbooks: readonly string[],
  options: CommonOptions,
): Promise<number> {
  const inventory = inventoryOf(options);
  const hosts = await inventoryHosts(inventory, pattern, options.extraVars ?? [], '--from-profile');
  const limited = { ...options, limit: pattern, limitedBy: '--from-profile' };
  const tasksOf = await tasksIn(playbooks, limited, inventory);
  return withFleet(hosts, options, watcher('denials', hosts, options), async (session) => {
    const { fleet, located, interrupts, settle } = session;
    warn(located, fleet.emit);
    const seen = await shippedFleet(fleet, located, profile);
    settle();
    sayEnded(seen, options);
    const read = seen.flatMap((it) => (it.is === 'seen' ? [it] : []));
    const changed = read.filter(({ shipped }) => shipped.now !== shipped.packaged);
    for (const { host, file, shipped } of read)
      if (shipped.now === shipped.packaged) say(`${host}: ${file} is as ${shipped.package} brings it`);
    const exit = interrupts.exit() ?? lookExit(seen);
    if (changed.length === 0) return exit;
    const told = tellProposals(profile, placeRewritten(profile, changed, tasksOf), options);
    for (const { host, file, shipped } of changed)
      say(
        `${host}: once the overrides are applied, the packaged file comes back by:\n  = ${restore(file, shipped.package)}`,
      );
    return exit === Exit.ok ? told : exit;
  });
}

/** dpkg takes its own file where the one there is missing, which is asked for by name (dpkg(1), --force-confmiss). */
const restore = (file: string, owner: string): string =>
  `mv ${file} /root/ && apt-get install --reinstall -o Dpkg::Options::=--force-confmiss ${owner}`;
