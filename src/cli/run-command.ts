import type { Command } from 'commander';
import { version } from '../version.ts';
import { Exit, UsageError } from '../errors.ts';
import type { CommonOptions } from './options.ts';
import type { Reports } from './reports.ts';

/** Runs a command with its reports, says why where it failed, and gives its exit code. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  run: (args: readonly string[], options: CommonOptions) => Promise<number>,
): Promise<number> {
  const started = new Date();
  const options = command.opts<CommonOptions>();
  let reports: Reports | undefined;
  const failed = async (error: unknown): Promise<number> => {
    const seconds = (Date.now() - started.getTime()) / 1000;
    const { report } = await import('./failure.ts');
    return report(error, { ...options, note: reports?.note }, seconds);
  };
  let exit: number;
  try {
    rejectEmpty(command, args);
    if (options.report) {
      const { openReports } = await import('./reports.ts');
      const files = [...args, ...(options.inventory ?? [])];
      const told = { command: nameOf(command), version, started, folder: process.cwd(), files };
      reports = await openReports(told, options.report);
    }
    exit = await run(args, { ...options, note: reports?.note });
  } catch (error) {
    exit = await failed(error);
  }
  try {
    reports?.write();
  } catch (error) {
    await failed(error);
    return Exit.internal;
  }
  return exit;
}

/** What may be empty, or says itself why it may not. */
const mayBeEmpty: ReadonlySet<string> = new Set(['limit', 'tags', 'skipTags', 'extraVars', 'why']);

/**
 * An empty value is that of an unset variable, as a rule, and never means what leaving it out means.
 * @throws {UsageError} where there is one
 */
function rejectEmpty(command: Command, args: readonly string[]): void {
  const option = command.options.find((it) => {
    const name = it.attributeName();
    return !mayBeEmpty.has(name) && [command.getOptionValue(name)].flat().includes('');
  });
  if (option === undefined && !args.includes('')) return;
  throw new UsageError(
    option === undefined ? 'an argument is empty' : `the value of ${option.flags} is empty`,
    'is a variable of the shell not set? Give a value, or leave it out',
  );
}

/** As it is typed behind `confine`. */
function nameOf(command: Command): string {
  const above = command.parent?.parent ? `${command.parent.name()} ` : '';
  return `${above}${command.name()}`;
}
