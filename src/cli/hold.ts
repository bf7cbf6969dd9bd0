import type { NewHold } from '../apply/session.ts';
import { changeFleet } from '../fleet/change.ts';
import { endHolds, holdTasks } from '../fleet/hold.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { ModuleDefinition } from '../module-api.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import type { CommonOptions } from './options.ts';
import { confirmation, named } from './confirmation.ts';
import { inventoryOf } from './given-inventory.ts';
import { requestOf, running } from './session.ts';

/** A hold that a command makes, and how it asks. */
export interface Making {
  readonly module: ModuleDefinition;
  readonly task: string;
  readonly params: unknown;
  readonly question: (hosts: string) => string;
  readonly hold: NewHold;
}

/** A command that makes holds of its kind on hosts, or with `--end` ends them. */
export async function holding(
  kind: NewHold['kind'],
  pattern: string | undefined,
  options: CommonOptions,
  making: Making | { readonly question: (hosts: string) => string },
): Promise<number> {
  const confirmed = confirmation(options, 'status');
  const hosts = await inventoryHosts(inventoryOf(options), pattern, options.extraVars ?? [], 'HOST');
  const question = making.question(named(hosts));
  const naming = { by: 'argument', pattern } as const;
  if (!('module' in making))
    return running(
      kind,
      hosts,
      options,
      async ({ fleet, located, ...asking }) =>
        (await confirmed(question, asking)) ? endHolds(fleet, located, kind, requestOf(options)) : [],
      { naming },
    );
  const { module, task, params, hold } = making;
  return running(
    kind,
    holdTasks(hosts, module, task, params),
    options,
    ({ fleet, located, ...asking }) => {
      const own: Fleet = { ...fleet, modules: new Map([[module.name, module]]) };
      const request = { ...requestOf(options), hold };
      return changeFleet(own, located, request, () => confirmed(question, asking));
    },
    { naming },
  );
}
