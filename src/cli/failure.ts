import { Exit, InputError, MissingError, UsageError, type ExitCode } from '../errors.ts';
import { Interrupted } from './interrupts.ts';
import type { CommonOptions } from './options.ts';
import { paintOf, say, sayFindings, tell } from './say.ts';

/**
 * Says on stderr why a command ended, tells it as the end of its run, and gives its exit code.
 * @param seconds since it was called
 */
export function report(error: unknown, options: CommonOptions, seconds: number): ExitCode {
  const exit = sayWhy(error, options);
  // Who called it wrongly has no run.
  if (exit !== Exit.usage) tell({ event: 'run-ended', exit, seconds }, options);
  return exit;
}

function sayWhy(error: unknown, options: CommonOptions): ExitCode {
  const paint = paintOf(options);
  if (error instanceof InputError) {
    sayFindings(error.diagnostics, options);
    return Exit.rejected;
  }
  if (error instanceof Interrupted) {
    say(error.message);
    return error.exit;
  }
  if (error instanceof UsageError || error instanceof MissingError || isLabError(error)) {
    say(`${paint.red('error:')} ${error.message}`);
    if (error.hint !== undefined) say(`  ${paint.dim('=')} ${error.hint}`);
    return error instanceof UsageError ? Exit.usage : Exit.internal;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(`${paint.red('confine failed:')} ${stack}`);
  say(`  ${paint.dim('=')} this is a defect of confine; no host was changed beyond what is said above`);
  return Exit.internal;
}

// By its name: loading the lab for this would cost every other command.
const isLabError = (error: unknown): error is Error & { readonly hint: string | undefined } =>
  error instanceof Error && error.name === 'LabError';
