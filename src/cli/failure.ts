import { Exit, InputError, MissingError, UsageError, type ExitCode } from '../errors.ts';
import { Interrupted } from './interrupts.ts';
import type { CommonOptions } from './options.ts';
import { paintOf, say, sayFindings } from './say.ts';

/** Says on stderr why a command ended, and gives its exit code. */
export function report(error: unknown, options: CommonOptions): ExitCode {
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
