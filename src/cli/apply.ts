import { UsageError } from '../errors.ts';
import { applyFleet, leaveFleet, surveyFleet } from '../fleet/run.ts';
import type { CommonOptions } from './options.ts';
import { plan } from './plan.ts';
import { compileFor, requestOf, running } from './session.ts';

/** `confine apply`: plan, confirm, one transaction on every host that differs, and proof. */
export async function apply(playbooks: readonly string[], options: CommonOptions): Promise<number> {
  if (options.check) return plan(playbooks, options);
  const asks = !options.yes;
  if (asks && !process.stdin.isTTY)
    throw new UsageError('there is no terminal to confirm on', 'look at confine plan, then add --yes');
  const hosts = await compileFor(playbooks, options);
  return running('apply', hosts, options, async ({ fleet, located, interrupts }) => {
    const { surveyed, ended } = await surveyFleet(fleet, located);
    const count = surveyed.length === 1 ? '1 host' : `${surveyed.length} hosts`;
    const go =
      !asks ||
      surveyed.length === 0 ||
      fleet.stop.aborted ||
      (await (await import('./ask.ts')).confirm(`Change ${count}?`, interrupts));
    const rest = go
      ? await applyFleet(fleet, surveyed, requestOf(options))
      : await leaveFleet(fleet, surveyed);
    return [...ended, ...rest];
  });
}
