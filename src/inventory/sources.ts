import { accessSync, closeSync, constants, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { InputError } from '../errors.ts';
import { parseYaml, type YamlFile } from '../yaml/load.ts';
import { fileTrouble, readText } from '../yaml/read.ts';
import type { Draft } from './draft.ts';
import { addIniFile, startsWithSection } from './ini.ts';
import { addInventoryFile } from './parse.ts';
import { addScript } from './script.ts';
import type { Say } from './types.ts';

/** An inventory of 10,000 hosts with variables takes some megabytes. */
const maxInventoryBytes = 8 * 1024 * 1024;

/** What one `-i` stands for. */
export type Source =
  | { readonly is: 'names'; readonly names: readonly string[] }
  | {
      readonly is: 'files';
      readonly files: readonly string[];
      /** Where group_vars/ and host_vars/ are looked for. */
      readonly folder: string;
    };

/** Takes `-i` apart: a file, a folder of files, or a list of hosts with a comma in it. */
export function resolveSource(source: string): Source {
  const found = isFolder(source);
  if (typeof found === 'string') {
    if (source.includes(',')) {
      const names = source.split(',').map((name) => name.trim());
      return { is: 'names', names: names.filter((name) => name !== '') };
    }
    throw rejection(source, found, found.includes('no such') ? `for a host, write "${source},"` : undefined);
  }
  if (!found) return { is: 'files', files: [source], folder: dirname(source) };
  const files = inventoryFiles(source);
  if (files.length === 0) throw rejection(source, 'there is no inventory file in this folder');
  return { is: 'files', files, folder: source };
}

/** Whether a path is a folder, or why that can't be told. */
export function isFolder(path: string): boolean | string {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    return fileTrouble(error);
  }
}

/** What Ansible leaves alone in a folder of inventories: INVENTORY_IGNORE_EXTS, and IGNORED of inventory/manager.py. */
const ignored =
  /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:~|\.(?:pyc|pyo|swp|bak|rpm|md|txt|rst|orig|ini|cfg|retry))$/;

function inventoryFiles(folder: string): string[] {
  return readdirSync(folder)
    .toSorted()
    .filter((name) => !ignored.test(name))
    .flatMap((name) => {
      const path = join(folder, name);
      return isFolder(path) === true ? inventoryFiles(path) : [path];
    });
}

/** Adds an inventory file to the draft, read as what Ansible takes it for: a program, YAML, or INI. */
export function addFile(draft: Draft, path: string, say: Say): void {
  if (isProgram(path)) {
    addScript(draft, path, say);
    return;
  }
  const text = readText(path, maxInventoryBytes);
  if (text.startsWith('#!'))
    throw rejection(path, 'this is a program, but it is not executable', `chmod +x ${path}`);
  const ending = extname(path);
  if (ending === '.toml') throw rejection(path, 'TOML is not read', 'write the inventory as YAML or INI');
  // An encrypted file could hold either: what is said of YAML fits both.
  const yaml = /^\.(?:ya?ml|json)$/.test(ending) || text.startsWith('$ANSIBLE_VAULT;');
  if (startsWithSection(text) || (!yaml && ending !== '')) {
    addIniFile(draft, text, path, say);
    return;
  }
  const doc = yaml ? parse(text, path) : yamlOrNot(text, path);
  if (doc === undefined) addIniFile(draft, text, path, say);
  else addInventoryFile(draft, doc, say);
}

const parse = (text: string, path: string): YamlFile => parseYaml(text, path, maxInventoryBytes, 'ansible');

/** A file without an ending is YAML where it is a mapping of groups, or would be but for a mistake. */
function yamlOrNot(text: string, path: string): YamlFile | undefined {
  try {
    const doc = parse(text, path);
    return doc.empty || typeof doc.value === 'string' ? undefined : doc;
  } catch (error) {
    if (!(error instanceof InputError) || /^(?:---|[\w.-]+:)\s*(?:#.*)?$/m.test(text)) throw error;
    return undefined;
  }
}

/** Only what says itself how to run: Ansible, too, reads other files as data, whatever their mode. */
function isProgram(path: string): boolean {
  let file: number | undefined;
  try {
    if (!statSync(path).isFile()) return false;
    accessSync(path, constants.X_OK);
    file = openSync(path, 'r');
    const head = Buffer.alloc(4);
    readSync(file, head, 0, 4, 0);
    return head.subarray(0, 2).equals(Buffer.from('#!')) || head.equals(Buffer.from('\x7fELF', 'latin1'));
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function rejection(file: string, message: string, hint?: string): InputError {
  return new InputError([
    { at: { file, line: 1, col: 1 }, message, ...(hint === undefined ? {} : { hint }) },
  ]);
}
