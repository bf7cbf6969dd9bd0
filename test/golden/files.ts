import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Writes files into a folder of their own; gives the folder, which goes away after the test. */
export function files(contents: Readonly<Record<string, string>>): string {
  const folder = folderOf(contents);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The same for what outlives a test. */
export function folderOf(contents: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'confine-test-'));
  writeFiles(folder, contents);
  return folder;
}

/** Writes files into a folder that is there; one that begins with `#!` is a program. */
export function writeFiles(folder: string, contents: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    if (text.startsWith('#!')) chmodSync(join(folder, name), 0o755);
  }
}

/** Texts without the folder in front of file names, so that they are the same everywhere. */
export function without(folder: string, text: string): string {
  return text.replaceAll(`${folder}/`, '');
}
