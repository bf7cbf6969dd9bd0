import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { modules } from '../../modules/index.ts';
import { adoptedInventory, adoptedPlaybook } from '../adopt/render.ts';
import { adoptionOf, said } from '../adopt/share.ts';
import { Exit, UsageError } from '../errors.ts';
import { adoptFleet } from '../fleet/adopt.ts';
import { lookExit } from '../fleet/exit.ts';
import { lookFleet, type Looked } from '../fleet/look.ts';
import { adviseFor } from '../init/advice.ts';
import { exampleGroups, exampleVars } from '../init/example.ts';
import { pipelineFiles, pipelineText, type PipelineKind } from '../init/pipeline.ts';
import { groupsOf, inventoryText, playbookText, type Group } from '../init/render.ts';
import { loadInventory } from '../inventory/load.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import { inventorySchema, playbookSchema } from '../playbook/json-schema.ts';
import { adoptionText } from '../report/adopt-text.ts';
import { writtenNext } from './next.ts';
import type { CommonOptions } from './options.ts';
import { watcher } from './present.ts';
import { paintOf, say, sayEnded } from './say.ts';
import { inventoryOf } from './given-inventory.ts';
import { withFleet } from './session.ts';
import { roomBelow, writeNew } from './whole-file.ts';

/**
 * `confine init`: looks at hosts in one trip each, and writes an inventory and a playbook that suit them; without
 * hosts, an example, or with `--ci` a pipeline alone. Nothing that is there already is written over.
 */
export async function init(hosts: readonly string[], options: CommonOptions): Promise<number> {
  const files = filesIn(options.out ?? '.', options.adopt ? 'adopted' : 'confine', options.ci);
  const isExample = hosts.length === 0 && options.inventory === undefined && !options.adopt;
  const isPipeline = isExample && files.pipeline !== undefined;
  const wanted = [
    ...(isPipeline ? [] : [files.inventory, files.playbook]),
    ...(files.pipeline ? [files.pipeline.path] : []),
  ];
  for (const path of wanted)
    if (existsSync(path))
      throw new UsageError(`${path} is there already`, 'move it away, or write elsewhere: --out FOLDER');
  roomBelow(files.folder, '--out FOLDER');
  if (isPipeline) {
    writePipeline(files);
    return Exit.ok;
  }
  if (options.adopt) return adopt(hosts, options, files);
  if (isExample) {
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
    );
    next(files, options);
    return Exit.ok;
  }
  const { groups, looked, exit } = await look(hosts, options);
  sayEnded(looked, options);
  if (groups.length === 0) {
    say('nothing is written: no host could be looked at');
    return exit;
  }
  for (const { hosts: named, advice } of groups)
    for (const text of advice.warnings)
      say(`${paintOf(options).yellow('warning:')} ${named.join(', ')}: ${text}`);
  const sources = options.inventory ?? [];
  write(
    files,
    inventoryText(
      groups,
      sources.length === 0 ? varsOf(options) : {},
      sources.length === 0
        ? 'Hosts by what confine init saw on them. More variables of Ansible (ansible_host, ansible_port, …) go here.'
        : 'Hosts by what confine init saw on them. How they are reached stands in the inventory that it read them from.',
    ),
    playbookText(
      groups,
      'Written by confine init from what it saw on these hosts; each choice says why. It is yours to change.',
    ),
  );
  next(files, options);
  return exit;
}

/** One trip to every host, and what suits it. */
async function look(
  hosts: readonly string[],
  options: CommonOptions,
): Promise<{ groups: readonly Group[]; looked: readonly Looked[]; exit: number }> {
  const found = await hostsOf(hosts, options);
  return withFleet(
    found,
    options,
    watcher('init', found, options),
    async ({ fleet, located, interrupts }) => {
      const looked = await lookFleet(fleet, located);
      const advised = looked.flatMap((it) =>
        it.is === 'seen' ? [{ host: it.host, advice: adviseFor(it.sight) }] : [],
      );
      return { groups: groupsOf(advised), looked, exit: interrupts.exit() ?? lookExit(looked) };
    },
  );
}

/** Hosts by name; with an inventory, those of it that a pattern leaves. */
function hostsOf(hosts: readonly string[], options: CommonOptions) {
  const inventory =
    options.inventory === undefined ? loadInventory([`${hosts.join(',')},`]) : inventoryOf(options);
  const limit = options.inventory === undefined || hosts.length === 0 ? undefined : hosts.join(',');
  return inventoryHosts(inventory, limit, options.extraVars ?? [], 'HOST');
}

/** `confine init --adopt`: declares what stands on hosts already, shows how they differ, and changes none. */
async function adopt(hosts: readonly string[], options: CommonOptions, files: Files): Promise<number> {
  if (hosts.length === 0 && options.inventory === undefined)
    throw new UsageError(
      'no hosts to adopt from',
      'give the inventory that you have: confine init --adopt -i hosts.yml',
    );
  const found = await hostsOf(hosts, options);
  const { looked, exit } = await withFleet(
    found,
    options,
    watcher('init', found, options),
    async ({ fleet, located, interrupts }) => {
      const standings = await adoptFleet(fleet, located);
      return { looked: standings, exit: interrupts.exit() ?? lookExit(standings) };
    },
  );
  sayEnded(looked, options);
  const seen = looked.flatMap((it) => (it.is === 'seen' ? [it] : []));
  const adoption = adoptionOf(seen);
  if (seen.length === 0) say('nothing is written: no host could be looked at');
  else
    for (const line of adoptionText(
      adoption,
      said(seen.flatMap(({ host, advice }) => advice.map((note) => ({ host, note })))),
    ))
      process.stdout.write(`${line}\n`);
  if (adoption.things.length === 0) {
    if (seen.length > 0) say('nothing is written: there is nothing that a task can declare');
    return exit;
  }
  const sources = options.inventory ?? [];
  write(
    files,
    adoptedInventory(adoption, sources.length === 0 ? varsOf(options) : {}),
    adoptedPlaybook(adoption),
  );
  next(files, options);
  return exit;
}

interface Files {
  readonly folder: string;
  readonly inventory: string;
  readonly playbook: string;
  readonly pipeline: { readonly path: string; readonly text: string } | undefined;
}

const filesIn = (folder: string, name: string, ci: PipelineKind | undefined): Files => ({
  folder,
  pipeline: ci && { path: join(folder, pipelineFiles[ci]), text: pipelineText(ci) },
  inventory: join(folder, `inventory/${name}.yml`),
  playbook: join(folder, `playbooks/${name}.yml`),
});

/** What the command line said of how hosts are reached. */
const varsOf = ({ user, privateKey, become }: CommonOptions) => ({
  ...(user === undefined ? {} : { ansible_user: user }),
  ...(privateKey === undefined ? {} : { ansible_ssh_private_key_file: resolve(privateKey) }),
  ...(become === undefined ? {} : { ansible_become: become }),
});

function write(files: Files, inventory: string, playbook: string): void {
  put(files.inventory, inventory);
  put(files.playbook, playbook);
  const schemas = { playbook: playbookSchema(modules), inventory: inventorySchema() };
  for (const [name, schema] of Object.entries(schemas)) {
    const path = join(files.folder, `schemas/${name}.schema.json`);
    // Editors find these by the first line of each file; one that is there already will do.
    if (!existsSync(path)) put(path, `${JSON.stringify(schema, undefined, 2)}\n`);
  }
  writePipeline(files);
}

function writePipeline({ pipeline }: Files): void {
  if (!pipeline) return;
  put(pipeline.path, pipeline.text);
  say('it needs secrets, and a runner with confine: docs/pipelines.md of confine says which');
}

function put(path: string, text: string): void {
  writeNew(path, text);
  say(`wrote ${path}`);
}

function next(files: Files, options: CommonOptions): void {
  const lines = writtenNext(files.playbook, files.inventory, options);
  say(['next: read them, then', ...lines.map((it) => `  ${it}`)].join('\n'));
}
