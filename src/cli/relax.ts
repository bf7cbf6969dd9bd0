import { UsageError } from '../errors.ts';
import { endHolds, relaxTasks } from '../fleet/relax.ts';
import { applyFleet, leaveFleet, surveyFleet } from '../fleet/run.ts';
import { bringsLabel, relaxedProfile } from '../plan/relax.ts';
import { relaxable, type Relaxable } from '../plan/relaxable.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import type { CommonOptions } from './options.ts';
import { inventoryOf, requestOf, running } from './session.ts';

/** `confine relax HOST`: backs out mechanisms for a time, or puts back what was relaxed. */
export async function relax([pattern]: readonly string[], options: CommonOptions): Promise<number> {
  const chosen = options.end ? [] : mechanismsOf(options);
  const asks = !options.yes;
  if (asks && !process.stdin.isTTY)
    throw new UsageError('there is no terminal to confirm on', 'look at confine status, then add --yes');
  const hosts = await inventoryHosts(inventoryOf(options), pattern, options.extraVars ?? []);
  const names = hosts.length === 1 ? `${hosts[0]?.host}` : `${hosts.length} hosts`;
  const confirmed = async (question: string, interrupts: Parameters<typeof ask>[1]) =>
    !asks || (await ask(question, interrupts));
  if (options.end)
    return running('relax', hosts, options, async ({ fleet, located, interrupts }) =>
      (await confirmed(`Put back what was relaxed on ${names}?`, interrupts))
        ? endHolds(fleet, located, requestOf(options))
        : [],
    );
  return running('relax', relaxTasks(hosts, chosen), options, async ({ fleet, located, interrupts }) => {
    const relaxing = { ...fleet, modules: relaxTasks.modules };
    const { surveyed, ended } = await surveyFleet(relaxing, located);
    const go =
      surveyed.length === 0 || fleet.stop.aborted || (await confirmed(`Relax ${names}?`, interrupts));
    const hold = {
      kind: 'relax',
      why: options.why ?? '',
      mechanisms: chosen,
      profiles: chosen.some(bringsLabel) ? [relaxedProfile] : [],
      seconds: options.for,
    } as const;
    const rest = go
      ? await applyFleet(relaxing, surveyed, { ...requestOf(options), hold })
      : await leaveFleet(fleet, surveyed);
    return [...ended, ...rest];
  });
}

const ask = async (...[text, interrupts]: Parameters<typeof import('./ask.ts').confirm>): Promise<boolean> =>
  (await import('./ask.ts')).confirm(text, interrupts);

function mechanismsOf({ mechanism = [], all }: CommonOptions): readonly Relaxable[] {
  const unknown = mechanism.find((it) => !relaxable.some((one) => one === it));
  if (unknown !== undefined)
    throw new UsageError(`no mechanism is called "${unknown}"`, `there are ${relaxable.join(', ')}`);
  if (all === mechanism.length > 0 || (!all && mechanism.length === 0))
    throw new UsageError('say what to relax', 'add --mechanism NAME, or --all');
  return all ? relaxable : relaxable.filter((it) => mechanism.includes(it));
}
