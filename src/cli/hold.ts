import type { NewHold } from '../apply/session.ts';
import { UsageError } from '../errors.ts';
import { endHolds, holdTasks } from '../fleet/hold.ts';
import { applyFleet, leaveFleet, surveyFleet, type Fleet } from '../fleet/run.ts';
import type { ModuleDefinition } from '../module-api.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import type { CommonOptions } from './options.ts';
import { inventoryOf, requestOf, running } from './session.ts';

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
  const asks = !options.yes;
  if (asks && !process.stdin.isTTY)
    throw new UsageError('there is no terminal to confirm on', 'look at confine status, then add --yes');
  const hosts = await inventoryHosts(inventoryOf(options), pattern, options.extraVars ?? []);
  const question = making.question(hosts.length === 1 ? `${hosts[0]?.host}` : `${hosts.length} hosts`);
  const confirmed = async (interrupts: Parameters<typeof ask>[1]) =>
    !asks || (await ask(question, interrupts));
  if (!('module' in making))
    return running(kind, hosts, options, async ({ fleet, located, interrupts }) =>
      (await confirmed(interrupts)) ? endHolds(fleet, located, kind, requestOf(options)) : [],
    );
  const { module, task, params, hold } = making;
  return running(
    kind,
    holdTasks(hosts, module, task, params),
    options,
    async ({ fleet, located, interrupts }) => {
      const own: Fleet = { ...fleet, modules: new Map([[module.name, module]]) };
      const { surveyed, ended } = await surveyFleet(own, located);
      const go = surveyed.length === 0 || fleet.stop.aborted || (await confirmed(interrupts));
      const rest = go
        ? await applyFleet(own, surveyed, { ...requestOf(options), hold })
        : await leaveFleet(fleet, surveyed);
      return [...ended, ...rest];
    },
  );
}

const ask = async (...[text, interrupts]: Parameters<typeof import('./ask.ts').confirm>): Promise<boolean> =>
  (await import('./ask.ts')).confirm(text, interrupts);
