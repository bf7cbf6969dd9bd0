import { changeFleet } from '../fleet/change.ts';
import type { CommonOptions } from './options.ts';
import { plan } from './plan.ts';
import { compileFor, confirmation, requestOf, running } from './session.ts';

/** `confine apply`: plan, confirm, one transaction on every host that differs, and proof. */
export async function apply(playbooks: readonly string[], options: CommonOptions): Promise<number> {
  if (options.check) return plan(playbooks, options);
  const confirmed = confirmation(options, 'plan');
  const hosts = await compileFor(playbooks, options);
  return running(
    'apply',
    hosts,
    options,
    ({ fleet, located, interrupts }) =>
      changeFleet(fleet, located, requestOf(options), (differ) =>
        confirmed(`Change ${differ === 1 ? '1 host' : `${differ} hosts`}?`, interrupts),
      ),
    { by: '--limit' },
  );
}
