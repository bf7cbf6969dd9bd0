import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
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
 * Says before any host is asked that new files can be written below a folder, which need not be there yet.
 * @throws {UsageError} where they can't
 */
export function roomBelow(folder: string, flag: string): void {
  const there = nearest(resolve(folder));
  try {
    if (!statSync(there).isDirectory()) throw new Error(`${there} is no folder`);
    accessSync(there, constants.W_OK);
  } catch (error) {
    throw new UsageError(
      `nothing can be written below ${folder}: ${messageOf(error)}`,
      `name a folder that can be written: ${flag}`,
    );
  }
}

const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)));

/**
 * Writes a file that is not there yet, and the folders above it.
 * @throws {MissingError} where this machine does not take it
 */
export function writeNew(path: string, text: string): void {
  try {
    makeFolder(dirname(resolve(path)));
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new MissingError(
      `${path} could not be written: ${messageOf(error)}`,
      'make room there, or name another folder',
    );
  }
}

/** One by one: where a file system takes no folder, as /proc, mkdir of Node with `recursive` never ends. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
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
