import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import type { Vocabulary } from './modules.ts';
import { maxPlanBytes } from '../plan/saved-format.ts';
import { readSavedPlan, type SavedPlan } from '../plan/saved.ts';
import { readText } from '../yaml/read.ts';
import { destination, writeWhole } from './whole-file.ts';

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
  // An editor may have put a byte order mark before it.
  readSavedPlan(readText(path, maxPlanBytes).replace(/^\uFEFF/, ''), path, words.modules, words.own);

/**
 * Says where a plan can be saved, before any host is asked. A file that is no plan is not written over.
 * @throws {UsageError} where it can't be saved
 */
export function planDestination(path: string): string {
  const target = existsSync(path) ? realpathSync(path) : path;
  if (existsSync(target) && !isPlanFile(target))
    throw new UsageError(`${path} is there, and is no saved plan`, 'name another file: --out FILE');
  return destination(path, 'a plan', '--out FILE');
}

/**
 * Saves a plan for its owner's eyes only.
 * @throws {MissingError} where this machine has no room; no host was changed
 */
export const writePlanFile = (target: string, text: string): void =>
  writeWhole(target, text, 'the plan', 0o600);
