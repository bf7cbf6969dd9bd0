import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { attempt } from '../../src/lab/run.ts';
import { main } from './confine.ts';
import { blocksOf, commandsOf, type Shown } from './pages.ts';

interface Following {
  /** Puts into the folder what the reader is taken to have. */
  readonly prepare?: (folder: string) => void;
  /** What is written in place of a file that the page names; spans of days, say, are none for a test. */
  readonly edit?: (text: string) => string;
  /** What the world does meanwhile: before each command, the first of which has number 1. */
  readonly before?: (command: string, number: number) => Promise<unknown>;
}

/**
 * Does what a page says, from top to bottom, as its reader would: writes the files that it names, runs its commands one by
 * one in one folder, and compares exit codes and what is shown. Gives what was otherwise; empty where all was as shown.
 */
export async function follow(
  page: string,
  { prepare = () => {}, edit = (text) => text, before = async () => {} }: Following = {},
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'confine-page-'));
  const shell = shellIn(folder);
  prepare(shell.folder());
  const faults: string[] = [];
  let number = 0;
  for (const block of blocksOf(page)) {
    if (block.about.includes('.')) {
      const file = join(shell.folder(), block.about);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, edit(block.text));
    }
    for (const shown of commandsOf(block)) {
      number += 1;
      await before(shown.command, number);
      const { code, stdout } = await shell.run(shown.command);
      const where = `${page}:${shown.line}: ${shown.command}`;
      if (code !== shown.exit) faults.push(`${where}: exit ${code}\n${stdout}`);
      const lacks = missing(shown, stdout);
      if (lacks !== undefined) faults.push(`${where}: does not show\n  ${lacks}\nbut\n${stdout}`);
    }
  }
  return faults;
}

/** A shell whose variables and folder last from one command to the next. */
function shellIn(home: string) {
  const state = join(home, '.state');
  const bin = join(home, '.bin');
  mkdirSync(bin);
  symlinkSync(resolve(main), join(bin, 'confine'));
  chmodSync(resolve(main), 0o755);
  const work = join(home, 'work');
  mkdirSync(work);
  writeFileSync(join(home, '.folder'), work);
  const script = (command: string) =>
    `set -a; [ ! -e ${state} ] || . ${state}; cd "$(cat ${home}/.folder)"
{ ${command}
} 2>&1; code=$?
export -p >${state}; pwd >${home}/.folder; exit $code`;
  return {
    folder: () => readFileSync(join(home, '.folder'), 'utf8').trim(),
    run: (command: string) =>
      attempt(['env', `PATH=${bin}:${process.env['PATH']}`, 'NO_COLOR=1', 'sh', '-c', script(command)]),
  };
}

/** The first line of what a page shows that the output lacks, in this order; `…` stands for anything, and for any lines. */
function missing({ output }: Pick<Shown, 'output'>, said: string): string | undefined {
  const lines = said.split('\n').map(timeless);
  let at = 0;
  for (const line of output) {
    if (line.trim() === '…' || line.trim() === '') continue;
    const pattern = new RegExp(
      `^${line
        .split('…')
        .map((it) => escaped(timeless(it)))
        .join('.*')}$`,
    );
    const found = lines.findIndex((it, i) => i >= at && pattern.test(it.trimEnd()));
    if (found === -1) return line;
    at = found + 1;
  }
  return undefined;
}

const escaped = (it: string): string => it.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

const timeless = (it: string): string =>
  it
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z/g, 'TIME')
    .replaceAll(/\b\d+(\.\d+)? (s|ms|seconds)\b/g, 'SOME TIME');
