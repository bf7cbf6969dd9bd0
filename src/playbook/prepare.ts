import type { Vars } from '../inventory/types.ts';
import { extraVars } from './extra-vars.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';
import type { Findings } from './findings.ts';
import { loadPlaybook } from './load.ts';
import type { LoadedPlay, LoadedTask } from './loaded.ts';
import { isSelected, tagList } from './tags.ts';
import { holdsTemplate, loadTemplates, type Templates } from './template.ts';
import type { CheckInput } from './types.ts';

/** What check and compile have in common: files read, tags split, the template engine where it is needed. */
export interface Prepared {
  readonly plays: readonly LoadedPlay[];
  readonly extra: Vars;
  readonly templates: Templates | undefined;
  isSelected(task: LoadedTask): boolean;
}

/** `others`: variables beside those of the playbooks that may hold templates. */
export async function prepare(
  input: CheckInput,
  findings: Findings,
  others: Iterable<Vars> = [],
): Promise<Prepared> {
  const extra = extraVars(input.extraVars ?? [], findings.report);
  const plays: LoadedPlay[] = [];
  for (const [i, path] of input.playbooks.entries())
    if (input.playbooks.indexOf(path) < i)
      findings.report(findingAt(namedSpot(path), 'this playbook is named twice', 'name it once'));
  for (const path of new Set(input.playbooks))
    plays.push(...(await loadPlaybook(path, input.modules, findings.report)));
  const only = tagList(input.tags);
  const skip = tagList(input.skipTags);
  // An unset variable of the shell would have meant all tasks.
  for (const [name, given, tags] of [
    ['--tags', input.tags, only],
    ['--skip-tags', input.skipTags, skip],
  ] as const)
    if (given !== undefined && tags.length === 0)
      findings.report(findingAt(namedSpot(name), 'it names no tag', 'name tags, or leave it out'));
  const templated = plays.some(playHoldsTemplate) || anyHoldsTemplate([extra, ...others]);
  return {
    plays,
    extra,
    templates: templated ? await loadTemplates() : undefined,
    isSelected: (task) => isSelected(task.tags, only, skip),
  };
}

function playHoldsTemplate(play: LoadedPlay): boolean {
  if (anyHoldsTemplate([play.vars]) || play.hosts.some((h) => holdsTemplate(h.text))) return true;
  return play.tasks.some(
    (task) =>
      task.conditions.some((condition) => condition.is === 'text') ||
      anyHoldsTemplate([task.vars]) ||
      holdsTemplate(task.params),
  );
}

export function anyHoldsTemplate(layers: Iterable<Vars>): boolean {
  for (const vars of layers)
    for (const variable of vars.values()) if (holdsTemplate(variable.value)) return true;
  return false;
}
