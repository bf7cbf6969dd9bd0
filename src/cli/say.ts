import type { Diagnostic } from '../errors.ts';
import type { Emit, Event } from '../events.ts';
import { ndjson } from '../report/ndjson.ts';
import { plainPalette, renderDiagnostic, renderDiagnostics, type Palette } from '../report/diagnostic.ts';
import { palette } from '../report/palette.ts';
import { colours, type CommonOptions } from './options.ts';

/** Writes a line for people. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Tells an event as data: as a line of JSON where that is asked for, and to the reports. */
export function tell(event: Event, { json, note }: Pick<CommonOptions, 'json' | 'note'>): void {
  if (json) process.stdout.write(`${ndjson(event)}\n`);
  note?.(event);
}

/** The colours of what is said to people. */
export const paintOf = (options: Pick<CommonOptions, 'color'>) =>
  palette(colours(options.color ?? 'auto', process.stderr));

type Told = Pick<CommonOptions, 'color' | 'json' | 'note'>;

/** Says why input was rejected. */
export function sayFindings(findings: readonly Diagnostic[], options: Told): void {
  tellFindings('error', findings, options);
  say(renderDiagnostics(findings, diagnosticPalette('red', options)));
}

/** Says what is odd about the input, and goes on. */
export function sayWarnings(findings: readonly Diagnostic[], options: Told): void {
  tellFindings('warning', findings, options);
  const shown = diagnosticPalette('yellow', options);
  for (const it of findings) say(renderDiagnostic({ ...it, message: `warning: ${it.message}` }, shown));
}

function tellFindings(severity: 'error' | 'warning', findings: readonly Diagnostic[], options: Told): void {
  for (const finding of findings) tell({ event: 'finding', schemaVersion: 1, severity, finding }, options);
}

function diagnosticPalette(error: 'red' | 'yellow', options: Pick<CommonOptions, 'color'>): Palette {
  if (!colours(options.color ?? 'auto', process.stderr)) return plainPalette;
  const paint = paintOf(options);
  return { error: paint[error], strong: paint.bold, dim: paint.dim, hint: paint.cyan };
}

/** For commands whose table is the data: only warnings are said beside it. */
export const warnings: Emit = (event) => {
  if (event.event === 'warning')
    say(`warning: ${event.host === undefined ? '' : `${event.host}: `}${event.message}`);
};
