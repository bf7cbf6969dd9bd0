import { UsageError } from '../errors.ts';
import { bringsLabel, relaxedProfile, relaxModule } from '../plan/relax.ts';
import { relaxable, type Relaxable } from '../plan/relaxable.ts';
import { holding } from './hold.ts';
import type { CommonOptions } from './options.ts';

/** `confine relax HOST`: backs out mechanisms for a time, or puts back what was relaxed. */
export async function relax([pattern]: readonly string[], options: CommonOptions): Promise<number> {
  if (options.end)
    return holding('relax', pattern, options, {
      question: (hosts) => `Put back what was relaxed on ${hosts}?`,
    });
  const chosen = mechanismsOf(options);
  return holding('relax', pattern, options, {
    module: relaxModule,
    task: `Relax ${chosen.join(', ')}`,
    params: chosen,
    question: (hosts) => `Relax ${hosts}?`,
    hold: {
      kind: 'relax',
      why: options.why ?? '',
      mechanisms: chosen,
      profiles: chosen.some(bringsLabel) ? [relaxedProfile] : [],
      seconds: options.for,
    },
  });
}

function mechanismsOf({ mechanism = [], all }: CommonOptions): readonly Relaxable[] {
  const unknown = mechanism.find((it) => !relaxable.some((one) => one === it));
  if (unknown !== undefined)
    throw new UsageError(`no mechanism is called "${unknown}"`, `there are ${relaxable.join(', ')}`);
  if (all && mechanism.length > 0)
    throw new UsageError('--all and --mechanism both say what to relax', 'use one of them');
  if (!all && mechanism.length === 0)
    throw new UsageError('say what to relax', 'add --mechanism NAME, or --all');
  return all ? relaxable : relaxable.filter((it) => mechanism.includes(it));
}
