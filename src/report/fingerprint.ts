import { createHash } from 'node:crypto';
import { isAbsolute, relative } from 'node:path';
import type { Issue } from './issues.ts';

/** An issue with what tells it apart from all others of the report, and from one run to the next. */
export interface Marked extends Issue {
  readonly fingerprint: string;
}

/**
 * Marks issues so that the same one has the same fingerprint tomorrow: lines that move, numbers and times in its text,
 * and the hosts that share it are left out. What is alike beyond that is counted through.
 * @param folder paths of files count relative to it
 */
export function marked(issues: readonly Issue[], folder: string): readonly Marked[] {
  const seen = new Map<string, number>();
  return issues.map((issue) => {
    const { rule, at, about, message } = issue;
    const file = about === 'file' && at ? pathIn(folder, at.file) : '';
    const alike = JSON.stringify([rule, file, withoutNumbers(message)]);
    const nth = (seen.get(alike) ?? 0) + 1;
    seen.set(alike, nth);
    const fingerprint = createHash('sha256').update(`${alike} ${nth}`).digest('hex').slice(0, 32);
    return { ...issue, fingerprint };
  });
}

/** A text by which two days or two hosts of the same trouble are alike. */
export const withoutNumbers = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replace(/(?<![\w.-])\d+(?![\w-])/g, 'N');

/** A path as a report of this folder has it: relative where it lies below. */
export function pathIn(folder: string, file: string): string {
  const path = isAbsolute(file) ? relative(folder, file) : file;
  return path === '' || path.startsWith('..') ? file : path.replace(/^\.\//, '');
}
