import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import { fileTrouble } from '../yaml/read.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';

/** The file of a module of one's own. */
export interface ModuleFile {
  readonly name: string;
  readonly path: string;
  /** Of the file; of a module that has a folder, of all files in that but its cases. */
  readonly sha256: string;
}

/**
 * The modules in a folder, by name: NAME.ts or NAME/NAME.ts. No code runs.
 * @throws {InputError} where the folder can't be read, or one name has two files
 */
export function findModules(folder: string): readonly ModuleFile[] {
  const reject = (message: string, hint?: string): never => {
    throw new InputError([findingAt(namedSpot(folder), message, hint)]);
  };
  let entries: readonly string[];
  try {
    entries = readdirSync(folder).toSorted();
  } catch (error) {
    return reject(`no folder of modules: ${fileTrouble(error)}`, 'name the folder: --module-path modules');
  }
  const found = new Map<string, ModuleFile>();
  for (const entry of entries) {
    const [, name, isFile] = /^([a-z][a-z0-9_]*)(\.ts)?$/.exec(entry) ?? [];
    if (name === undefined) continue;
    const path = isFile ? join(folder, entry) : join(folder, name, `${name}.ts`);
    if (!existsSync(path)) continue;
    const other = found.get(name);
    if (other) reject(`the module "${name}" has two files: ${other.path} and ${path}`, 'remove one of them');
    found.set(name, { name, path, sha256: isFile ? sumOf(folder, [entry]) : sumOfFolder(dirname(path)) });
  }
  return found.size > 0
    ? [...found.values()]
    : reject('there is no module in it', 'a module is a file NAME.ts, or NAME/NAME.ts');
}

/**
 * The file of a module in `modules/` beside a playbook, or above it in the same repository; named as the playbook is,
 * relative or not.
 */
export function moduleBeside(playbook: string, name: string): ModuleFile['path'] | undefined {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) return undefined;
  for (let at = dirname(playbook); ; at = join(at, '..')) {
    const found = [`${name}.ts`, join(name, `${name}.ts`)]
      .map((it) => join(at, 'modules', it))
      .find((it) => existsSync(it));
    if (found !== undefined || existsSync(join(at, '.git')) || resolve(at) === '/') return found;
  }
}

function sumOfFolder(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (it) => it !== 'cases.yml' && statSync(join(folder, it)).isFile(),
  );
  return sumOf(folder, files.toSorted());
}

/** Of one file it is what sha256sum says; of several names and sizes go in, so that no byte can move between them. */
function sumOf(folder: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(join(folder, file));
    if (files.length > 1) hash.update(`${file}\0${bytes.length}\0`);
    hash.update(bytes);
  }
  return hash.digest('hex');
}
