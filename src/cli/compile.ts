import { existsSync } from 'node:fs';
import { InputError, UsageError, type Diagnostic } from '../errors.ts';
import type { Inventory } from '../inventory/types.ts';
import { unitRules, type UnitFindings } from '../lint/lint.ts';
import { silence, unusedSilencers } from '../lint/silence.ts';
import { rejectConflicts } from '../plan/offline.ts';
import { lintTasks } from '../plan/units.ts';
import { compile } from '../playbook/compile.ts';
import { rejectNoTask } from '../playbook/tags.ts';
import type { HostTasks } from '../playbook/types.ts';
import { byPlace } from '../yaml/diagnose.ts';
import { readText } from '../yaml/read.ts';
import { inventoryOf } from './given-inventory.ts';
import { vocabularyOf, type Vocabulary } from './modules.ts';
import type { CommonOptions } from './options.ts';
import { sayWarnings } from './say.ts';

/**
 * The tasks of every host that playbooks, inventory and `--limit` name, without conflicts and broken units.
 * @param inventory that of the options, where it was read already
 */
export async function compileFor(
  playbooks: readonly string[],
  options: CommonOptions,
  inventory?: Inventory,
): Promise<readonly HostTasks[]> {
  const { modules } = await vocabularyOf(options);
  const read = inventory ?? inventoryOf(options);
  rejectHosts(playbooks, read);
  const hosts = await compile({
    playbooks,
    inventory: read,
    modules,
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.limitedBy === undefined ? {} : { limitedBy: options.limitedBy }),
    ...(options.tags === undefined ? {} : { tags: options.tags }),
    ...(options.skipTags === undefined ? {} : { skipTags: options.skipTags }),
    ...(options.extraVars === undefined ? {} : { extraVars: options.extraVars }),
  });
  rejectConflicts(hosts, modules);
  rejectUnits(hosts, modules, options);
  rejectNoTask(hosts, options);
  return hosts;
}

/**
 * Who knows other tools names hosts behind the command.
 * @throws {UsageError} where a playbook is none, but a host or a group
 */
function rejectHosts(playbooks: readonly string[], { hosts, groups }: Inventory): void {
  const names: ReadonlySet<string> = new Set([...hosts.keys(), ...groups.keys()]);
  const name = playbooks.find((it) => names.has(it) && !existsSync(it));
  if (name !== undefined)
    throw new UsageError(
      `${name} is in the inventory, and no playbook`,
      `hosts are chosen by --limit: -l ${name}`,
    );
}

/**
 * Shows what is odd about the drop-ins of tasks, and rejects those that break their unit.
 * @param whole all tasks of these files are judged, so that a comment which silences nothing can be told
 */
export function rejectUnits(
  hosts: readonly Pick<HostTasks, 'tasks'>[],
  modules: Vocabulary['modules'],
  options: CommonOptions,
  whole = false,
): void {
  const found = lintTasks(hosts, modules);
  const files = new Set(hosts.flatMap(({ tasks }) => tasks.map(({ at }) => at.file)));
  const texts = new Map([...files].filter((it) => existsSync(it)).map((it) => [it, readText(it)]));
  rejectFindings(found, texts, options, whole);
}

/** Shows warnings and rejects errors, but for those that a comment beside them allows. */
export function rejectFindings(
  found: UnitFindings,
  texts: ReadonlyMap<string, string>,
  options: CommonOptions,
  whole: boolean,
): readonly Diagnostic[] {
  const { errors, warnings } = silence(found, texts);
  const unused = whole
    ? unusedSilencers(
        found,
        texts,
        unitRules.map(({ id }) => id),
      )
    : [];
  const said = [...warnings, ...unused].toSorted(byPlace);
  sayWarnings(said, options);
  if (errors.length > 0) throw new InputError(errors);
  return said;
}
