import type { Diagnostic } from '../errors.ts';
import type { Emit, HostOutcome } from '../events.ts';
import { plainPalette, renderDiagnostic, renderDiagnostics, type Palette } from '../report/diagnostic.ts';
import { endsTexts } from '../report/outcome-text.ts';
import { palette } from '../report/palette.ts';
import { colours, type CommonOptions } from './options.ts';

/** Writes a line for people. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The colours of what is said to people. */
export const paintOf = (options: Pick<CommonOptions, 'color'>) =>
  palette(colours(options.color ?? 'auto', process.stderr));

/** Says why input was rejected. */
export function sayFindings(findings: readonly Diagnostic[], options: Pick<CommonOptions, 'color'>): void {
  say(renderDiagnostics(findings, diagnosticPalette('red', options)));
}

/** Says what is odd about the input, and goes on. */
export function sayWarnings(findings: readonly Diagnostic[], options: Pick<CommonOptions, 'color'>): void {
  const shown = diagnosticPalette('yellow', options);
  for (const it of findings) say(renderDiagnostic({ ...it, message: `warning: ${it.message}` }, shown));
}

function diagnosticPalette(error: 'red' | 'yellow', options: Pick<CommonOptions, 'color'>): Palette {
  if (!colours(options.color ?? 'auto', process.stderr)) return plainPalette;
  const paint = paintOf(options);
  return { error: paint[error], strong: paint.bold, dim: paint.dim, hint: paint.cyan };
}

/** Says how those hosts ended of which nothing was seen; of those that ended alike once. */
export function sayEnded(
  found: readonly { readonly host: string; readonly outcome?: HostOutcome | undefined }[],
  options: Pick<CommonOptions, 'color' | 'verbose'>,
): void {
  const ended = found.flatMap(({ host, outcome }) => (outcome === undefined ? [] : [{ host, outcome }]));
  for (const text of endsTexts(ended, paintOf(options), (options.verbose ?? 0) > 0)) say(text);
}

/** For commands whose table is the data: only warnings are said beside it. */
export const warnings: Emit = (event) => {
  if (event.event === 'warning')
    say(`warning: ${event.host === undefined ? '' : `${event.host}: `}${event.message}`);
};
