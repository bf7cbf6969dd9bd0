import { surveyFleet } from '../fleet/run.ts';
import type { CommonOptions } from './options.ts';
import { compileFor, running } from './session.ts';

/** `confine plan`: one trip to every host, and what would change there. */
export async function plan(playbooks: readonly string[], options: CommonOptions): Promise<number> {
  const hosts = await compileFor(playbooks, options);
  return running('plan', hosts, options, async (fleet) => {
    const { surveyed, ended } = await surveyFleet(fleet, hosts);
    for (const { tasks, connection } of surveyed) {
      fleet.emit({ event: 'host-ended', host: tasks.host, outcome: { is: 'pending' } });
      await connection.close();
    }
    return [...ended.values(), ...surveyed.map(() => ({ is: 'pending' }) as const)];
  });
}
