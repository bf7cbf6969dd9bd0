import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { MissingError, UsageError } from '../errors.ts';
import type { Vocabulary } from './modules.ts';
import { maxPlanBytes, readSavedPlan, type SavedPlan } from '../plan/saved.ts';
import { readText } from '../yaml/read.ts';

/** Whether a file is meant to be a saved plan: it starts as an object does, and a playbook is a list. */
export function isPlanFile(path: string): boolean {
  if (!existsSync(path) || !statSync(path).isFile()) return false;
  const head = Buffer.alloc(256);
  const file = openSync(path, 'r');
  try {
    return head.toString('utf8', 0, readSync(file, head)).trimStart().startsWith('{');
  } finally {
    closeSync(file);
  }
}

/** Reads a saved plan. Throws InputError where it is none that this version can apply. */
export const readPlanFile = (path: string, words: Vocabulary): Promise<SavedPlan> =>
  readSavedPlan(readText(path, maxPlanBytes), path, words.modules, words.own);

/**
 * Says where a plan can be saved, before any host is asked. A file that is no plan is not written over.
 * @throws {UsageError} where it can't be saved
 */
export function planDestination(path: string): string {
  const target = existsSync(path) ? realpathSync(path) : path;
  if (existsSync(target) && !isPlanFile(target))
    throw new UsageError(`${path} is there, and is no saved plan`, 'name another file: --out FILE');
  try {
    accessSync(dirname(target), constants.W_OK);
  } catch (error) {
    throw new UsageError(
      `a plan can't be saved in ${dirname(target)}: ${error instanceof Error ? error.message : String(error)}`,
      'name a file in a folder that is there and can be written: --out FILE',
    );
  }
  return target;
}

/**
 * Saves a plan for its owner's eyes only (0600), and on disk before the old one goes.
 * @throws {MissingError} where this machine has no room
 */
export function writePlanFile(target: string, text: string): void {
  const staged = `${target}.${process.pid}.tmp`;
  try {
    const file = openSync(staged, 'wx', 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(staged, target);
  } catch (error) {
    rmSync(staged, { force: true });
    throw new MissingError(
      `the plan could not be saved: ${error instanceof Error ? error.message : String(error)}`,
      'make room there, or name another file; no host was changed',
    );
  }
}
