import { modules } from '../../modules/index.ts';
import { Exit, InputError, UsageError, type Diagnostic } from '../errors.ts';
import { lintUnits } from '../lint/lint.ts';
import { rejectConflicts } from '../plan/offline.ts';
import { checkPlaybooks } from '../playbook/check.ts';
import type { CheckedTask, CompiledTask } from '../playbook/types.ts';
import type { CommonOptions } from './options.ts';
import { say } from './say.ts';
import { compileFor, rejectFindings, rejectUnits } from './session.ts';
import { isUnitFile, readUnits } from './unit-files.ts';

/** `confine check`: types, unknown keys, variables, conflicts and unit files, without a network. */
export async function check(files: readonly string[], options: CommonOptions): Promise<number> {
  if (options.limit !== undefined && options.inventory === undefined)
    throw new UsageError('--limit needs an inventory to choose from', 'add -i INVENTORY');
  const [units, playbooks] = [files.filter(isUnitFile), files.filter((it) => !isUnitFile(it))];
  // All files are read before any is rejected, so that one run shows everything.
  const found: Diagnostic[] = [];
  const said: string[] = [];
  for (const [of, run] of [
    [units, checkUnits],
    [playbooks, checkBooks],
  ] as const) {
    if (of.length === 0) continue;
    try {
      said.push(`${of.join(', ')}: ${await run(of, options)}`);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      found.push(...error.diagnostics);
    }
  }
  if (found.length > 0) throw new InputError(found);
  for (const it of said) say(it);
  return Exit.ok;
}

async function checkUnits(files: readonly string[], options: CommonOptions): Promise<string> {
  const { units, texts } = readUnits(files);
  const warnings = rejectFindings(lintUnits(units), texts, options, true);
  const right = are(units.flatMap((it) => it.sources).length, 'unit file');
  return warnings.length === 0 ? right : `${right}, ${warnings.length} to look at`;
}

async function checkBooks(playbooks: readonly string[], options: CommonOptions): Promise<string> {
  const plays = await checkPlaybooks({
    playbooks,
    modules,
    ...(options.extraVars === undefined ? {} : { extraVars: options.extraVars }),
    ...(options.tags === undefined ? {} : { tags: options.tags }),
    ...(options.skipTags === undefined ? {} : { skipTags: options.skipTags }),
  });
  const all = plays.flatMap((play) => play.tasks).filter((it) => it.when !== 'no');
  // Without an inventory, plays are taken to meet on one host: that finds every conflict that is possible.
  const tasks = all.flatMap(knownTask);
  rejectConflicts([{ tasks }], modules);
  const count = plays.reduce((n, play) => n + play.tasks.length, 0);
  if (options.inventory === undefined) {
    // A drop-in whose settings only an inventory knows could hold what the others lack.
    const open = all.some((it) => it.params.is === 'open' && modules.get(it.module)?.dropIn !== undefined);
    // What `when` leaves out by its variables is not judged, so a comment there may be of use.
    const whole = tasks.length === count;
    if (!open) rejectUnits([{ tasks }], options, whole);
    return `${are(count, 'task')}, without an inventory`;
  }
  const hosts = await compileFor(playbooks, options);
  return `${are(count, 'task')}, for ${hosts.length === 1 ? '1 host' : `${hosts.length} hosts`}`;
}

const knownTask = (task: CheckedTask): CompiledTask[] =>
  task.params.is === 'known' ? [{ ...task, params: task.params.value, when: { is: 'yes' } }] : [];

const are = (count: number, what: string): string =>
  count === 1 ? `1 ${what} is right` : `${count} ${what}s are right`;
