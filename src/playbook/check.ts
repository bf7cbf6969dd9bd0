import { createFindings, type Findings } from './findings.ts';
import type { LoadedPlay, LoadedTask } from './loaded.ts';
import { validateParams } from './params.ts';
import { checkRollout } from './rollout.ts';
import { prepare, type Prepared } from './prepare.ts';
import { createScope } from './scope.ts';
import { holdsTemplate } from './template.ts';
import type { Check, CheckedPlay, CheckedTask } from './types.ts';
import { combine, decide } from './when.ts';

/** Checks playbooks without an inventory: everything but the variables that only an inventory can give. */
export const checkPlaybooks: Check = async (input) => {
  const findings = createFindings();
  const prepared = await prepare(input, findings);
  const plays = checkPlays(prepared, findings);
  findings.reject(0);
  return plays;
};

/** As checkPlaybooks, for playbooks that were read already. */
export function checkPlays(prepared: Prepared, findings: Findings): readonly CheckedPlay[] {
  return prepared.plays.map((play) => {
    const tasks = play.tasks.flatMap((task, index) => checkTask(prepared, play, task, index, findings) ?? []);
    checkRollout(play, tasks, findings);
    return { name: play.name, at: play.at, tasks };
  });
}

function checkTask(
  prepared: Prepared,
  play: LoadedPlay,
  task: LoadedTask,
  index: number,
  findings: Findings,
): CheckedTask | undefined {
  const { templates, extra } = prepared;
  const scope = createScope([play.vars, task.vars, extra], templates, 'open');
  const decisions = task.conditions.flatMap(
    (condition) => findings.attempt(() => decide(condition, scope, templates)) ?? [],
  );
  const filled = findings.attempt(() =>
    scope.fillIn(task.params, (path, find) => task.spotOf(path, 'value', find)),
  );
  if (filled === undefined) return undefined;
  const validated = validateParams(task, filled, scope);
  if (validated.is === 'invalid') for (const finding of validated.findings) findings.report(finding);
  const isOpen = holdsTemplate(filled);
  if (validated.is === 'invalid' && !isOpen) return undefined;
  const when = combine(task.conditions, decisions);
  const undecided = when.is === 'deferred' || decisions.some((d) => d.is === 'open');
  return {
    index,
    name: task.name,
    module: task.module.name,
    at: task.at,
    play: play.name,
    params: isOpen || validated.is === 'invalid' ? { is: 'open' } : { is: 'known', value: validated.params },
    positionOf: (path) => task.spotOf(path).at,
    spotOf: (path, which) => task.spotOf(path, which),
    tags: task.tags,
    selected: prepared.isSelected(task),
    when: when.is === 'no' ? 'no' : undecided ? 'maybe' : 'yes',
    become: task.become ?? play.become,
  };
}
