import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { InputError, messageOf } from '../errors.ts';
import { maxFileBytes, megabytes, parseYaml, type YamlFile } from './load.ts';
import type { Dialect } from './schemas.ts';

/** Reads a text file that a person named. Throws InputError where it is missing, too large, or no text. */
export function readText(path: string, maxBytes = maxFileBytes): string {
  const reject = (message: string, hint?: string): never => {
    const at = { file: path, line: 1, col: 1 };
    throw new InputError([{ at, message, ...(hint === undefined ? {} : { hint }) }]);
  };
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const stat = fstatSync(file);
    if (stat.isDirectory()) return reject(folder, 'name a file in it');
    if (stat.size > maxBytes)
      return reject(`the file is too large: ${megabytes(stat.size)}; the limit is ${megabytes(maxBytes)}`);
    if (!stat.isFile() && !stat.isFIFO()) return reject('this is not a plain file');
    const bytes = readFileSync(file);
    if (bytes.length > maxBytes) return reject(`the file is larger than ${megabytes(maxBytes)}`);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof TypeError) return reject('the file is not UTF-8 text', 'save it as UTF-8');
    return reject(
      fileTrouble(error),
      path === '-' ? 'standard input is not read here: name a file' : undefined,
    );
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Reads and parses one YAML file. */
export function readYaml(path: string, dialect: Dialect = '1.2'): YamlFile {
  return parseYaml(readText(path), path, maxFileBytes, dialect);
}

const folder = 'this is a folder, not a file';

/** Why the file system refused, in people's words. */
export function fileTrouble(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'it cannot be read: permission denied';
  if (code === 'EISDIR') return folder;
  if (code === 'ENOTDIR') return 'it is no folder';
  return `it cannot be read: ${messageOf(error)}`;
}
