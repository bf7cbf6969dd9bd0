import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { modules } from '../../modules/index.ts';
import type { Emit } from '../events.ts';
import { pipelineFiles, pipelineText, type PipelineKind } from '../init/pipeline.ts';
import { inventorySchema, playbookSchema } from '../playbook/json-schema.ts';
import type { CommonOptions } from './options.ts';
import { writeNew } from './whole-file.ts';

/** The files that `init` writes. */
export interface Files {
  readonly folder: string;
  readonly inventory: string;
  readonly playbook: string;
  readonly pipeline: { readonly path: string; readonly text: string } | undefined;
}

export const filesIn = (folder: string, name: string, ci: PipelineKind | undefined): Files => ({
  folder,
  pipeline: ci && { path: join(folder, pipelineFiles[ci]), text: pipelineText(ci) },
  inventory: join(folder, `inventory/${name}.yml`),
  playbook: join(folder, `playbooks/${name}.yml`),
});

/** What the command line said of how hosts are reached. */
export const varsOf = ({ user, privateKey, become }: CommonOptions) => ({
  ...(user === undefined ? {} : { ansible_user: user }),
  ...(privateKey === undefined ? {} : { ansible_ssh_private_key_file: resolve(privateKey) }),
  ...(become === undefined ? {} : { ansible_become: become }),
});

/** Writes an inventory and a playbook, with what belongs to them. */
export function write(files: Files, inventory: string, playbook: string, emit: Emit): void {
  put(files.inventory, inventory, emit);
  put(files.playbook, playbook, emit);
  const schemas = { playbook: playbookSchema(modules), inventory: inventorySchema() };
  for (const [name, schema] of Object.entries(schemas)) {
    const path = join(files.folder, `schemas/${name}.schema.json`);
    // Editors find these by the first line of each file; one that is there already will do.
    if (!existsSync(path)) put(path, `${JSON.stringify(schema, undefined, 2)}\n`, emit);
  }
  writePipeline(files, emit);
}

export function writePipeline({ pipeline }: Files, emit: Emit): void {
  if (pipeline) put(pipeline.path, pipeline.text, emit);
}

function put(path: string, text: string, emit: Emit): void {
  writeNew(path, text);
  emit({ event: 'file-written', file: path });
}
