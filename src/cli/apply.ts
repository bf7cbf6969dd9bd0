import { UsageError } from '../errors.ts';
import { applyFleet, surveyFleet } from '../fleet/run.ts';
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
  return running('apply', hosts, options, async (fleet) => {
    const { surveyed, ended } = await surveyFleet(fleet, hosts);
    const go =
      surveyed.length === 0 ||
      !asks ||
      (await (
        await import('./ask.ts')
      ).confirm(`Change ${surveyed.length} ${surveyed.length === 1 ? 'host' : 'hosts'}?`));
    if (!go) {
      await Promise.all(surveyed.map(({ connection }) => connection.close()));
      return [...ended.values(), ...surveyed.map(() => ({ is: 'pending' }) as const)];
    }
    const applied = await applyFleet(fleet, surveyed, requestOf(options));
    return [...ended.values(), ...applied.values()];
  });
}
