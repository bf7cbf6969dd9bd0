import { chmodSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { attempt } from '../../src/lab/run.ts';
import { writeFiles } from '../golden/files.ts';
import { main, startProgramAtTerminal } from './confine.ts';
import { notRun } from './not-run.ts';
import { blocksOf, commandsOf, type Shown } from './pages.ts';

interface Following {
  /** Puts into the folder what the reader is taken to have. */
  readonly prepare?: (folder: string) => void;
  /** What stands in place of a file or a command that the page has; spans of days, say, are none for a test. */
  readonly edit?: (text: string) => string;
  /** What the world does meanwhile: before each command, the first of which has number 1. */
  readonly before?: (command: string, number: number) => Promise<unknown>;
}

/**
 * Does what a page says, from top to bottom, as its reader would: writes the files that it names, runs its commands one by
 * one in one folder, all but those of `notRun`, and compares exit codes and what is shown. Gives what was otherwise; empty
 * where all was as shown.
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
      writeFiles(shell.folder(), { [block.about]: edit(block.text) });
    }
    for (const shown of commandsOf(block)) {
      if (notRun[page]?.[shown.command] !== undefined) continue;
      number += 1;
      await before(shown.command, number);
      const { code, stdout } = await shell[shown.typed ? 'type' : 'run'](edit(shown.command));
      const where = `${page}:${shown.line}: ${shown.command}`;
      if (code !== shown.exit) faults.push(`${where}: exit ${code}\n${stdout}`);
      const otherwise = difference(shown, stdout);
      if (otherwise !== undefined) faults.push(`${where}: ${otherwise}\nin\n${stdout}`);
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
  const argv = (command: string): readonly string[] => [
    'env',
    `PATH=${bin}:${process.env['PATH']}`,
    'NO_COLOR=1',
    'sh',
    '-c',
    `set -a; [ ! -e ${state} ] || . ${state}; cd "$(cat ${home}/.folder)"
{ ${command}
} 2>&1; code=$?
export -p >${state}; pwd >${home}/.folder; exit $code`,
  ];
  return {
    folder: () => readFileSync(join(home, '.folder'), 'utf8').trim(),
    run: (command: string) => attempt(argv(command)),
    /** At a terminal, by a person who says yes. */
    type: (command: string) => {
      const { stdin, ended } = startProgramAtTerminal(argv(command), { TERM: 'dumb' });
      stdin.write('y\n');
      return ended;
    },
  };
}

/**
 * How an output is otherwise than a page shows it; undefined where it is so. It is all there, line by line, but for
 * empty ones; `…` stands for anything in a line, and alone for any lines. A page that shows nothing says nothing.
 */
export function difference({ output }: Pick<Shown, 'output'>, said: string): string | undefined {
  const claims = output.filter((it) => it.trim() !== '');
  const lines = said.split('\n').filter((it) => it.trim() !== '');
  let [at, open] = [0, claims.length === 0];
  for (const line of claims) {
    if (line.trim() === '…') {
      open = true;
      continue;
    }
    const found = lines.findIndex((it, i) => i >= at && matches(line, it));
    if (found === -1) return `does not show\n  ${line}`;
    if (!open && found > at) return `shows, before\n  ${line}\nalso\n  ${lines[at]}`;
    [at, open] = [found + 1, false];
  }
  return open || at >= lines.length ? undefined : `shows at its end also\n  ${lines[at]}`;
}

/** Whether a line is as a page has it. */
function matches(shown: string, line: string): boolean {
  const parts = shown.split('…').map((it) => escaped(timeless(it)));
  return new RegExp(`^${parts.join('.*')}$`).test(timeless(line).trimEnd());
}

const escaped = (it: string): string => it.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

const timeless = (it: string): string =>
  it
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z/g, 'TIME')
    .replaceAll(/\b(\d+m \d+s|\d+(\.\d+)? (s|ms|seconds))\b/g, 'SOME TIME')
    .replaceAll(/\bby \S+@\S+/g, 'by SOMEBODY');
