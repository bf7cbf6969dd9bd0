import type { Diagnostic, Position } from '../errors.ts';
import { shownLine } from '../secret.ts';

/** A place in a file with what a message about it needs: the caret's length and the text of the line. */
export interface Spot {
  readonly at: Position;
  readonly length: number;
  readonly source?: string;
  /** The way to a value, where its line alone may not tell: `[0].tasks[2].service`. */
  readonly path?: string;
}

/** A place that is no file: the command line, or something that confine sets by itself. */
export function namedSpot(name: string): Spot {
  return { at: { file: name, line: 1, col: 1 }, length: 1 };
}

/** The finding at this place. */
export function findingAt(spot: Spot, message: string, hint?: string): Diagnostic {
  return {
    at: spot.at,
    message: spot.path === undefined ? message : `${spot.path}: ${message}`,
    ...(hint === undefined ? {} : { hint }),
    ...(spot.source === undefined ? {} : { source: spot.source, length: spot.length }),
  };
}

/** A text that can say where its offsets are. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
  /** The place from `start` up to `end` (exclusive), or up to the end of the line. */
  spot(start: number, end?: number): Spot;
}

/** Indexes the lines of a text. LF, CRLF and CR end a line, as YAML has it. */
export function sourceText(file: string, text: string): SourceText {
  let starts: number[] | undefined;
  return {
    file,
    text,
    spot(start, end = start + 1) {
      starts ??= lineStarts(text);
      const line = lastAtMost(starts, start);
      const lineStart = starts[line] ?? 0;
      const written = text.slice(lineStart, starts[line + 1] ?? text.length).replace(/[\r\n]+$/, '');
      const source = shownLine(written);
      const rest = Math.max(1, lineStart + source.length - start);
      return {
        at: { file, line: line + 1, col: start - lineStart + 1 },
        length: Math.min(Math.max(1, end - start), rest),
        source,
      };
    },
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (const end of text.matchAll(/\r\n|\n|\r/g)) starts.push(end.index + end[0].length);
  return starts;
}

/** Index of the last number that is not above `limit`, in ascending numbers. */
function lastAtMost(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((numbers[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
