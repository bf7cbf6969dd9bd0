import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { MissingError, UsageError, messageOf } from '../errors.ts';

/**
 * Says where a file can be written as a whole, before any host is asked; a link stays one.
 * @param what it is, as a message names it: "a plan"
 * @param flag names another file
 * @throws {UsageError} where it can't be written
 */
export function destination(path: string, what: string, flag: string): string {
  const target = existsSync(path) ? realpathSync(path) : path;
  const folder = dirname(target);
  try {
    if (existsSync(target) && !statSync(target).isFile()) throw new Error(`${target} is no file`);
    accessSync(folder, constants.W_OK);
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
  } catch (error) {
    throw new UsageError(
      `${what} can't be saved in ${folder}: ${messageOf(error)}`,
      `name a file in a folder that is there and can be written: ${flag}`,
    );
  }
  return target;
}

/**
 * Writes a file as a whole, and has it on disk before the old one goes.
 * @param mode its permissions; without one those of any new file
 * @throws {MissingError} where this machine has no room
 */
export function writeWhole(target: string, text: string, what: string, mode?: number): void {
  const staged = `${target}.${process.pid}.tmp`;
  try {
    const file = openSync(staged, 'wx', mode ?? 0o666);
    try {
      if (mode !== undefined) fchmodSync(file, mode);
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(staged, target);
  } catch (error) {
    rmSync(staged, { force: true });
    throw new MissingError(
      `${what} could not be saved: ${messageOf(error)}`,
      'make room there, or name another file',
    );
  }
}

/**
 * Replaces a file that is there as a whole, with the mode that it has; a link stays one.
 * @throws {MissingError} where this machine has no room
 */
export function replaceWhole(path: string, text: string): void {
  const target = realpathSync(path);
  writeWhole(target, text, path, statSync(target).mode & 0o7777);
}
