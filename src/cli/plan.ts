import { planFleet } from '../fleet/run.ts';
import type { CommonOptions } from './options.ts';
import { compileFor, running } from './session.ts';

/** `confine plan`: one trip to every host, and what would change there. */
export async function plan(playbooks: readonly string[], options: CommonOptions): Promise<number> {
  const hosts = await compileFor(playbooks, options);
  return running('plan', hosts, options, ({ fleet, located }) => planFleet(fleet, located));
}
