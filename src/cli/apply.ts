import { counted } from '../counted.ts';
import { UsageError } from '../errors.ts';
import type { Work } from '../fleet/approval.ts';
import { changeFleet } from '../fleet/change.ts';
import { workOf } from '../fleet/planned.ts';
import { planFleet } from '../fleet/run.ts';
import { commitOf } from './git.ts';
import { vocabularyOf } from './modules.ts';
import type { CommonOptions } from './options.ts';
import { plan } from './plan.ts';
import { isPlanFile, readPlanFile } from './plan-file.ts';
import { compileFor } from './compile.ts';
import { confirmation } from './confirmation.ts';
import { inventoryOf } from './given-inventory.ts';
import { requestOf, running, type Session } from './session.ts';

const naming = { by: '--limit' } as const;

/** `confine apply`: plan, confirm, one transaction on every host that differs, and proof. */
export async function apply(files: readonly string[], options: CommonOptions): Promise<number> {
  const saved = files.find(isPlanFile);
  if (saved !== undefined) return applySaved(saved, files, options);
  if (options.check) return plan(files, options);
  const confirmed = confirmation(options, 'plan');
  const hosts = await compileFor(files, options);
  const commit = commitOf(files);
  const change = ({ fleet, located, ...asking }: Session<Work>) =>
    changeFleet(fleet, located, requestOf(options, commit), (differ) => confirmed(changes(differ), asking));
  return running('apply', hosts, options, change, { commit, naming, args: files });
}

const changes = (hosts: number): string => `Change ${counted(hosts, 'host')}?`;

/** `confine apply PLANFILE`: exactly the changes that were saved; a host that needs others is left as it is. */
async function applySaved(file: string, files: readonly string[], options: CommonOptions): Promise<number> {
  rejectChoices(file, files, options);
  const confirmed = confirmation(options, 'plan', true);
  const saved = await readPlanFile(file, await vocabularyOf(options));
  const hosts = await workOf(saved, inventoryOf(options), options.limit);
  const { commit, breakHolds } = saved.origin;
  const change = ({ fleet, located, ...asking }: Session<Work>) => {
    const own = { ...fleet, breakHolds };
    for (const [host, how] of Object.entries(saved.leftOut))
      fleet.emit({ event: 'warning', host, message: `not in this plan: ${how} when it was made` });
    if (options.check) return planFleet(own, located);
    return changeFleet(own, located, requestOf(options, commit), (differ) =>
      confirmed(changes(differ), asking),
    );
  };
  const plan = { file, ...saved.origin };
  return running('apply', hosts, options, change, { commit, plan, naming, args: files });
}

/** What chooses tasks or values was settled when the plan was made. */
function rejectChoices(file: string, files: readonly string[], options: CommonOptions): void {
  if (files.length > 1)
    throw new UsageError(`${file} is a saved plan, and is applied alone`, 'name no other file beside it');
  const settled = {
    '--tags': options.tags,
    '--skip-tags': options.skipTags,
    '--extra-vars': options.extraVars,
    '--break-hold': options.breakHold,
  };
  const [flag] = Object.entries(settled).flatMap(([flag, it]) => (it === undefined ? [] : [flag]));
  if (flag !== undefined)
    throw new UsageError(
      `${flag} can't change ${file}: a saved plan is applied as it was made`,
      `make another: confine plan … ${flag} … --out FILE`,
    );
}
