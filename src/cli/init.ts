import { existsSync } from 'node:fs';
import { adoptedInventory, adoptedPlaybook } from '../adopt/render.ts';
import { adoptionOf, said } from '../adopt/share.ts';
import { Exit, UsageError } from '../errors.ts';
import type { Emit, HostOutcome } from '../events.ts';
import { adoptFleet } from '../fleet/adopt.ts';
import { lookFleet } from '../fleet/look.ts';
import type { Reachable } from '../fleet/targets.ts';
import { adviseFor } from '../init/advice.ts';
import { exampleGroups, exampleVars } from '../init/example.ts';
import { groupsOf, inventoryText, playbookText, type Group } from '../init/render.ts';
import { loadInventory } from '../inventory/load.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import { adoptionText } from '../report/adopt-text.ts';
import { inventoryOf } from './given-inventory.ts';
import { filesIn, varsOf, write, writePipeline, type Files } from './init-files.ts';
import { writtenNext } from './next.ts';
import type { CommonOptions } from './options.ts';
import { watcher, type Presenter } from './present.ts';
import { paintOf, say, sayEnded, tell } from './say.ts';
import { running, runStarted, type Session } from './session.ts';
import { roomBelow } from './whole-file.ts';

/**
 * `confine init`: looks at hosts in one trip each, and writes an inventory and a playbook that suit them; without
 * hosts, an example, or with `--ci` a pipeline alone. Nothing that is there already is written over.
 */
export async function init(hosts: readonly string[], options: CommonOptions): Promise<number> {
  const files = filesIn(options.out ?? '.', options.adopt ? 'adopted' : 'confine', options.ci);
  const isExample = hosts.length === 0 && options.inventory === undefined;
  if (isExample && options.adopt)
    throw new UsageError(
      'no hosts to adopt from',
      'give the inventory that you have: confine init --adopt -i hosts.yml',
    );
  const isPipeline = isExample && files.pipeline !== undefined;
  const wanted = [
    ...(isPipeline ? [] : [files.inventory, files.playbook]),
    ...(files.pipeline ? [files.pipeline.path] : []),
  ];
  for (const path of wanted)
    if (existsSync(path))
      throw new UsageError(`${path} is there already`, 'move it away, or write elsewhere: --out FOLDER');
  roomBelow(files.folder, '--out FOLDER');
  if (isExample) return alone(files, isPipeline, options);
  const found = await hostsOf(hosts, options);
  const people = withFiles(watcher('init', found, options), files, options);
  const body = options.adopt ? adopt : advise;
  return running('init', found, options, (session) => body(session, files, options), {
    people,
    next: people.next,
  });
}

/** Writes what no host is asked for. */
function alone(files: Files, isPipeline: boolean, options: CommonOptions): number {
  const started = performance.now();
  const people = withFiles({ emit: () => {}, settle: () => {}, end: () => {} }, files, options);
  const emit: Emit = (event) => {
    tell(event, options);
    people.emit(event);
  };
  emit(runStarted('init', [], options, {}));
  if (isPipeline) writePipeline(files, emit);
  else
    write(
      files,
      inventoryText(
        exampleGroups,
        { ...exampleVars, ...varsOf(options) },
        'An example: name your own hosts here, in the format of Ansible.',
      ),
      playbookText(
        exampleGroups,
        'An example to start from: confine init HOST… looks at real hosts, and writes what suits them.',
      ),
      emit,
    );
  const next = people.next();
  const seconds = (performance.now() - started) / 1000;
  emit({ event: 'run-ended', exit: Exit.ok, seconds, ...(next !== undefined && { next }) });
  return Exit.ok;
}

/** Hosts by name; with an inventory, those of it that a pattern leaves. */
function hostsOf(hosts: readonly string[], options: CommonOptions) {
  const inventory =
    options.inventory === undefined ? loadInventory([`${hosts.join(',')},`]) : inventoryOf(options);
  const limit = options.inventory === undefined || hosts.length === 0 ? undefined : hosts.join(',');
  return inventoryHosts(inventory, limit, options.extraVars ?? [], 'HOST');
}

type Looking = Session<Reachable>;

/** One trip to every host, and what suits it. */
async function advise(
  { fleet, located, settle }: Looking,
  files: Files,
  options: CommonOptions,
): Promise<readonly HostOutcome[]> {
  const looked = await lookFleet(fleet, located);
  settle();
  const outcomes = tellEnded(looked, fleet.emit, options);
  const groups = groupsOf(
    looked.flatMap((it) => (it.is === 'seen' ? [{ host: it.host, advice: adviseFor(it.sight) }] : [])),
  );
  if (groups.length === 0) {
    nothingSeen(fleet.emit);
    return outcomes;
  }
  tellWarnings(groups, options);
  write(
    files,
    inventoryText(
      groups,
      options.inventory === undefined ? varsOf(options) : {},
      options.inventory === undefined
        ? 'Hosts by what confine init saw on them. More variables of Ansible (ansible_host, ansible_port, …) go here.'
        : 'Hosts by what confine init saw on them. How they are reached stands in the inventory that it read them from.',
    ),
    playbookText(
      groups,
      'Written by confine init from what it saw on these hosts; each choice says why. It is yours to change.',
    ),
    fleet.emit,
  );
  return outcomes;
}

/** What speaks against more, to a person once for all hosts that it is true of. */
function tellWarnings(groups: readonly Group[], options: CommonOptions): void {
  for (const { hosts, advice } of groups)
    for (const message of advice.warnings) {
      for (const host of hosts) tell({ event: 'warning', host, message }, options);
      say(`${paintOf(options).yellow('warning:')} ${hosts.join(', ')}: ${message}`);
    }
}

/** `confine init --adopt`: declares what stands on hosts already, shows how they differ, and changes none. */
async function adopt(
  { fleet, located, settle }: Looking,
  files: Files,
  options: CommonOptions,
): Promise<readonly HostOutcome[]> {
  const looked = await adoptFleet(fleet, located);
  settle();
  const outcomes = tellEnded(looked, fleet.emit, options);
  const seen = looked.flatMap((it) => (it.is === 'seen' ? [it] : []));
  if (seen.length === 0) {
    nothingSeen(fleet.emit);
    return outcomes;
  }
  const adoption = adoptionOf(seen);
  const advice = said(seen.flatMap(({ host, advice: notes }) => notes.map((note) => ({ host, note }))));
  fleet.emit({ event: 'adoption', ...adoption, advice });
  if (!options.json) process.stdout.write(`${adoptionText(adoption, advice).join('\n')}\n`);
  if (adoption.things.length === 0) {
    nothing('there is nothing that a task can declare', fleet.emit);
    return outcomes;
  }
  write(
    files,
    adoptedInventory(adoption, options.inventory === undefined ? varsOf(options) : {}),
    adoptedPlaybook(adoption),
    fleet.emit,
  );
  return outcomes;
}

/** Tells how those hosts ended of which nothing was seen. */
function tellEnded(
  looked: readonly { readonly host: string; readonly outcome?: HostOutcome }[],
  emit: Emit,
  options: CommonOptions,
): readonly HostOutcome[] {
  sayEnded(looked, options);
  return looked.flatMap(({ host, outcome }) => {
    if (outcome === undefined) return [];
    emit({ event: 'host-ended', host, outcome });
    return [outcome];
  });
}

const nothing = (why: string, emit: Emit): void =>
  emit({ event: 'warning', host: undefined, message: `nothing is written: ${why}` });
const nothingSeen = (emit: Emit): void => nothing('no host could be looked at', emit);

/** Says which files were written, and behind all else what comes next, where there is something to go on with. */
function withFiles(
  shown: Presenter,
  files: Files,
  options: CommonOptions,
): Presenter & { readonly next: () => string | undefined } {
  const written = new Set<string>();
  const next = (): readonly string[] =>
    written.has(files.playbook) ? writtenNext(files.playbook, files.inventory, options) : [];
  return {
    ...shown,
    next: () => next()[0],
    emit(event) {
      shown.emit(event);
      if (event.event === 'file-written') written.add(event.file);
      if (options.json) return;
      if (event.event === 'file-written') {
        say(`wrote ${event.file}`);
        if (event.file === files.pipeline?.path)
          say('it needs secrets, and a runner with confine: docs/pipelines.md of confine says which');
      }
      if (event.event === 'run-ended' && written.has(files.playbook))
        say(['next: read them, then', ...next().map((it) => `  ${it}`)].join('\n'));
    },
  };
}
