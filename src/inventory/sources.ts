import { readdirSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { InputError } from '../errors.ts';
import { parseYaml, type YamlFile } from '../yaml/load.ts';
import { fileTrouble, readText } from '../yaml/read.ts';

/** An inventory of 10,000 hosts with variables takes some megabytes. */
export const maxInventoryBytes = 8 * 1024 * 1024;

/** What one `-i` stands for. */
export type Source =
  | { readonly is: 'names'; readonly names: readonly string[] }
  | {
      readonly is: 'files';
      readonly files: readonly string[];
      /** Where group_vars/ and host_vars/ are looked for. */
      readonly folder: string;
    };

/** Takes `-i` apart: a list of hosts with a comma in it, a file, or a folder of files. */
export function resolveSource(source: string): Source {
  if (source.includes(','))
    return {
      is: 'names',
      names: source
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    };
  const found = isFolder(source);
  if (typeof found === 'string')
    throw rejection(source, found, found.includes('no such') ? `for a host, write "${source},"` : undefined);
  if (!found) return { is: 'files', files: [source], folder: dirname(source) };
  const files = inventoryFiles(source);
  if (files.length === 0) throw rejection(source, 'there is no inventory file in this folder');
  return { is: 'files', files, folder: source };
}

function isFolder(path: string): boolean | string {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    return fileTrouble(error);
  }
}

/** Endings that editors, package managers and people leave behind; Ansible ignores them, too. */
const ignored = /(^\.|~$|\.(pyc|pyo|swp|bak|rpm|md|txt|rst|orig|cfg|retry)$)/;

function inventoryFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .filter((entry) => !ignored.test(entry.name) && !/^(group|host)_vars$/.test(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return isFolder(path) === true ? inventoryFiles(path) : [path];
    });
}

/** Names of files that hold variables, as group_vars/ and host_vars/ have them: sorted, without leftovers. */
export function listFolder(folder: string): readonly { name: string; path: string; folder: boolean }[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => !ignored.test(name))
    .toSorted()
    .map((name) => {
      const path = join(folder, name);
      return { name, path, folder: isFolder(path) === true };
    });
}

/** Reads one inventory file, and says so where it is of a kind that confine does not read yet. */
export function readInventoryFile(path: string): YamlFile {
  const text = readText(path, maxInventoryBytes);
  if (text.startsWith('#!'))
    throw rejection(path, 'inventory programs are not supported yet', 'give a YAML inventory');
  if (looksLikeIni(text)) throw ini(path);
  const doc = parseYaml(text, path, maxInventoryBytes);
  if (typeof doc.value === 'string' && !/^\.(ya?ml|json)$/.test(extname(path))) throw ini(path);
  return doc;
}

/** The first line that says something is a section. */
function looksLikeIni(text: string): boolean {
  const first = text.split(/\r?\n/).find((line) => /^\s*[^\s#;]/.test(line));
  return first !== undefined && /^\s*\[[\w.-]+(:(vars|children|hosts))?\]\s*$/.test(first);
}

function ini(path: string): InputError {
  return rejection(
    path,
    'INI inventories are not supported yet',
    `convert it: ansible-inventory -i ${path} --list --yaml`,
  );
}

function rejection(file: string, message: string, hint?: string): InputError {
  return new InputError([
    { at: { file, line: 1, col: 1 }, message, ...(hint === undefined ? {} : { hint }) },
  ]);
}
