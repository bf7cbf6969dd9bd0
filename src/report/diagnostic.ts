import type { Diagnostic } from '../errors.ts';
import { columns, firstColumns, width } from './columns.ts';

/** How parts of a message are coloured; the plain palette leaves them as they are. */
export interface Palette {
  readonly error: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly hint: (text: string) => string;
}

const same = (text: string): string => text;

export const plainPalette: Palette = { error: same, strong: same, dim: same, hint: same };

const tabWidth = 4;

/** A longer line is cut to a window around the caret. */
const maxColumns = 160;

/** One finding as text: the place and message, the line with a caret below it, and the next step. */
export function renderDiagnostic(diagnostic: Diagnostic, palette = plainPalette): string {
  const { at, message, hint, source } = diagnostic;
  const place = isOption(diagnostic) ? at.file : `${at.file}:${at.line}:${at.col}`;
  const lines = [`${palette.strong(`${place}:`)} ${palette.error(shortened(message))}`];
  const number = String(at.line).padStart(5);
  const gutter = ' '.repeat(number.length + 1);
  if (source !== undefined && source.trim() !== '') {
    const { text, before, caret } = layOut(source, at.col - 1, diagnostic.length ?? 1);
    lines.push(`${palette.dim(`${number} |`)} ${text}`);
    lines.push(`${gutter}${palette.dim('|')} ${' '.repeat(before)}${palette.error('^'.repeat(caret))}`);
  }
  if (hint !== undefined)
    lines.push(`${gutter}${palette.dim('=')} ${palette.hint(hint.replaceAll('\n', `\n${gutter}    `))}`);
  return lines.join('\n');
}

/** The command line has no lines and columns. */
const isOption = ({ at, source }: Diagnostic): boolean =>
  source === undefined && /^(--?[a-z]|HOST$)/.test(at.file);

/** A word that nobody reads to its end, of a file that may be anything, by its ends. */
const shortened = (text: string): string =>
  text.replaceAll(/\S{400,}/g, (word) => `${word.slice(0, 80)}…${word.slice(-20)}`);

/** More than this nobody reads in one go. */
const maxShown = 50;

/** The findings up to a limit, with a last line that counts them all when there are several. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], palette = plainPalette): string {
  const count = diagnostics.length;
  const texts = diagnostics.slice(0, maxShown).map((d) => renderDiagnostic(d, palette));
  if (count > maxShown) texts.push(`and ${count - maxShown} more: ${count} problems`);
  else if (count > 1) texts.push(`${count} problems`);
  return texts.join('\n');
}

/** The line as a terminal shows it, and the columns before and under the caret. */
function layOut(
  source: string,
  start: number,
  length: number,
): { text: string; before: number; caret: number } {
  const head = printable(source.slice(0, start));
  const marked = printable(source.slice(start, start + length), columns(head));
  const tail = printable(source.slice(start + length), columns(head) + columns(marked));
  const caret = Math.max(1, columns(marked));
  if (columns(head + marked + tail) <= maxColumns)
    return { text: (head + marked + tail).trimEnd(), before: columns(head), caret };

  const kept = lastColumns(head, maxColumns / 4);
  const lead = kept === head ? '' : '… ';
  const text = firstColumns(lead + kept + marked + tail, maxColumns);
  const before = columns(lead + kept);
  return { text: `${text.trimEnd()} …`, before, caret: Math.min(caret, maxColumns - before) };
}

/** Tabs become spaces up to the next stop, other control characters a visible stand-in. */
function printable(text: string, column = 0): string {
  let shown = '';
  let at = column;
  for (const char of text) {
    const piece = char === '\t' ? ' '.repeat(tabWidth - (at % tabWidth)) : isControl(char) ? '\u00b7' : char;
    shown += piece;
    at += columns(piece);
  }
  return shown;
}

function isControl(char: string): boolean {
  return /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u.test(char);
}

function lastColumns(text: string, limit: number): string {
  const chars = Array.from(text);
  let used = 0;
  let first = chars.length;
  while (first > 0 && used + width(chars[first - 1] ?? '') <= limit) {
    first -= 1;
    used += width(chars[first] ?? '');
  }
  return chars.slice(first).join('');
}
