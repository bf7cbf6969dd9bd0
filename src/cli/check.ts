import { resolve } from 'node:path';
import { counted } from '../counted.ts';
import { Exit, InputError, UsageError, type Diagnostic } from '../errors.ts';
import { lintUnits } from '../lint/lint.ts';
import { rejectConflicts } from '../plan/offline.ts';
import { checkPlaybooks } from '../playbook/check.ts';
import type { CheckedTask, CompiledTask, HostTasks } from '../playbook/types.ts';
import type { HostOutcome } from '../events.ts';
import { checkNeeds, outcomeOfNeeds } from '../fleet/needs.ts';
import type { Reachable } from '../fleet/targets.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import { needsText } from '../report/needs-text.ts';
import { commitOf } from './git.ts';
import { vocabularyOf } from './modules.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';
import type { CommonOptions } from './options.ts';
import { watcher } from './present.ts';
import { paintOf, say, sayEnded, tell } from './say.ts';
import { compileFor, rejectFindings, rejectUnits } from './compile.ts';
import { inventoryOf } from './given-inventory.ts';
import { running, runStarted, type Session } from './session.ts';
import { isUnitFile, readUnits } from './unit-files.ts';

/**
 * `confine check`: types, unknown keys, variables, conflicts and unit files, without a network; with `--host`, also
 * what hosts keep from named.
 */
export async function check(files: readonly string[], options: CommonOptions): Promise<number> {
  if (files.length === 0 && options.host === undefined)
    throw new UsageError('nothing to check', 'name playbooks or unit files, or hosts with --host');
  if (options.host !== undefined && options.limit !== undefined)
    throw new UsageError('--host and --limit both say which hosts', 'use --host alone');
  if (options.limit !== undefined && options.inventory === undefined)
    throw new UsageError('--limit needs an inventory to choose from', 'add -i INVENTORY');
  const started = performance.now();
  const units = files.filter(isUnitFile);
  const cases = files.filter(isCasesFile);
  const playbooks = files.filter((it) => !isUnitFile(it) && !isCasesFile(it));
  // All files are read before any is rejected, so that one run shows everything.
  const found: Diagnostic[] = [];
  const said: string[] = [];
  let hosts: readonly Checked[] | undefined;
  const booksFor = async (of: readonly string[]): Promise<string> => {
    const { right, compiled } = await checkBooks(of, limitedTo(options));
    hosts = compiled;
    return right;
  };
  for (const [of, run] of [
    [units, checkUnits],
    [cases, checkCasesOf],
    [playbooks, booksFor],
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
  if (options.host !== undefined) {
    hosts ??= await inventoryHosts(inventoryOf(options), options.host, options.extraVars ?? [], '--host');
    return checkHosts(hosts, playbooks, options);
  }
  tell(runStarted('check', [], options, { commit: commitOf(files) }), options);
  tell({ event: 'run-ended', exit: Exit.ok, seconds: (performance.now() - started) / 1000 }, options);
  return Exit.ok;
}

/** What named.conf needs on hosts against all that confines it there; exit 3 where something of it is blocked. */
async function checkHosts(
  hosts: readonly Checked[],
  playbooks: readonly string[],
  options: CommonOptions,
): Promise<number> {
  const body = async ({ fleet, located, settle }: Session<Checked>): Promise<readonly HostOutcome[]> => {
    const checked = await checkNeeds(fleet, located);
    settle();
    sayEnded(checked, options);
    for (const it of checked) {
      if (it.is === 'ended') fleet.emit({ event: 'host-ended', host: it.host, outcome: it.outcome });
      else fleet.emit({ event: 'host-needs', host: it.host, start: it.start, blocked: it.blocked });
      for (const line of needsText(it, paintOf(options))) say(line);
    }
    return checked.map(outcomeOfNeeds);
  };
  const people = watcher('check', hosts, options);
  return running('check', hosts, options, body, { commit: commitOf(playbooks), people });
}

/** With the hosts of `--host`, as `--limit` would have them. */
const limitedTo = (options: CommonOptions): CommonOptions =>
  options.host === undefined ? options : { ...options, limit: options.host, limitedBy: '--host' };

type Checked = Reachable & Partial<Pick<HostTasks, 'tasks'>>;

async function checkUnits(files: readonly string[], options: CommonOptions): Promise<string> {
  const { units, texts } = readUnits(files);
  const warnings = rejectFindings(lintUnits(units), texts, options, true);
  const right = are(units.flatMap((it) => it.sources).length, 'unit file');
  return warnings.length === 0 ? right : `${right}, ${warnings.length} to look at`;
}

const isCasesFile = (path: string): boolean => /(^|\/|\.)cases\.yml$/.test(path);

/** Runs cases of modules: modules/NAME/cases.yml, or modules/NAME.cases.yml. */
async function checkCasesOf(files: readonly string[], options: CommonOptions): Promise<string> {
  const { checkCases } = await import('../cases/check.ts');
  const { modules } = await vocabularyOf(options);
  let count = 0;
  const found: Diagnostic[] = [];
  for (const file of files) {
    const name = /([^/]*)[/.]cases\.yml$/.exec(resolve(file))?.[1] ?? '';
    const module = modules.get(name);
    if (module === undefined)
      found.push(
        findingAt(
          namedSpot(file),
          `these are cases of a module "${name}", and there is none`,
          'cases lie beside their module, in modules/NAME/cases.yml or modules/NAME.cases.yml; for one of your own add --module-path modules',
        ),
      );
    else {
      const { cases, wrong } = checkCases(file, module);
      count += cases;
      found.push(...wrong);
    }
  }
  if (found.length > 0) throw new InputError(found);
  return are(count, 'case');
}

async function checkBooks(
  playbooks: readonly string[],
  options: CommonOptions,
): Promise<{ readonly right: string; readonly compiled?: readonly HostTasks[] }> {
  const { modules } = await vocabularyOf(options);
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
    if (!open) rejectUnits([{ tasks }], modules, options, whole);
    return { right: `${are(count, 'task')}, without an inventory` };
  }
  const compiled = await compileFor(playbooks, options);
  return { right: `${are(count, 'task')}, for ${counted(compiled.length, 'host')}`, compiled };
}

const knownTask = (task: CheckedTask): CompiledTask[] =>
  task.params.is === 'known' ? [{ ...task, params: task.params.value, when: { is: 'yes' } }] : [];

const are = (count: number, what: string): string =>
  `${counted(count, what)} ${count === 1 ? 'is' : 'are'} right`;
