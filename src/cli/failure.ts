import { Exit, InputError, MissingError, UsageError, type ExitCode } from '../errors.ts';
import { plainPalette, renderDiagnostics } from '../report/diagnostic.ts';
import { palette } from '../report/palette.ts';
import { colours } from './options.ts';

/** Says on stderr why a command ended, and gives its exit code. */
export function report(error: unknown): ExitCode {
  const paint = palette(colours('auto', process.stderr));
  const say = (text: string) => process.stderr.write(`${text}\n`);
  if (error instanceof InputError) {
    const shown = colours('auto', process.stderr)
      ? { error: paint.red, strong: paint.bold, dim: paint.dim, hint: paint.cyan }
      : plainPalette;
    say(renderDiagnostics(error.diagnostics, shown));
    return Exit.rejected;
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
