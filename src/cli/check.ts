import { modules } from '../../modules/index.ts';
import { Exit, UsageError } from '../errors.ts';
import { rejectConflicts } from '../plan/offline.ts';
import { checkPlaybooks } from '../playbook/check.ts';
import type { CompiledTask } from '../playbook/types.ts';
import type { CommonOptions } from './options.ts';
import { say } from './say.ts';
import { compileFor } from './session.ts';

/** `confine check`: types, unknown keys, variables and conflicts, without a network. */
export async function check(playbooks: readonly string[], options: CommonOptions): Promise<number> {
  if (options.limit !== undefined && options.inventory === undefined)
    throw new UsageError('--limit needs an inventory to choose from', 'add -i INVENTORY');
  const plays = await checkPlaybooks({
    playbooks,
    modules,
    ...(options.extraVars === undefined ? {} : { extraVars: options.extraVars }),
    ...(options.tags === undefined ? {} : { tags: options.tags }),
    ...(options.skipTags === undefined ? {} : { skipTags: options.skipTags }),
  });
  // Without an inventory, plays are taken to meet on one host: that finds every conflict that is possible.
  const tasks = plays.flatMap((play) =>
    play.tasks.flatMap((task): CompiledTask[] =>
      task.params.is === 'known' && task.when !== 'no'
        ? [{ ...task, params: task.params.value, when: { is: 'yes' } }]
        : [],
    ),
  );
  rejectConflicts([{ tasks }], modules);
  const hosts = options.inventory === undefined ? undefined : await compileFor(playbooks, options);
  const count = plays.reduce((n, play) => n + play.tasks.length, 0);
  say(`${playbooks.join(', ')}: ${tasksAre(count)} right, ${forHosts(hosts?.length)}`);
  return Exit.ok;
}

const tasksAre = (count: number): string => (count === 1 ? '1 task is' : `${count} tasks are`);

const forHosts = (count: number | undefined): string =>
  count === undefined ? 'without an inventory' : count === 1 ? 'for 1 host' : `for ${count} hosts`;
