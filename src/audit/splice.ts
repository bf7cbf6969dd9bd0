/** A text that goes into another at an offset. */
export interface Splice {
  readonly at: number;
  readonly text: string;
}

/** The text with all of them in it; each offset is one of the text as it was. */
export function spliced(text: string, splices: readonly Splice[]): string {
  let result = text;
  // Of two at one place the first given stands first.
  for (const { at, text: more } of [...splices.entries()]
    .toSorted(([i, a], [j, b]) => b.at - a.at || j - i)
    .map(([, it]) => it))
    result = result.slice(0, at) + more + result.slice(at);
  return result;
}

/** The line that an offset lies in, with its end. */
export function lineAt(
  text: string,
  offset: number,
): { start: number; end: number; body: string; eol: string } {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  const [, body = '', eol = ''] = /^([^\n]*?)(\r?\n|$)/.exec(text.slice(start)) ?? [];
  return { start, end: start + body.length + eol.length, body, eol };
}

/** How the lines of a text end. */
export const eolOf = (text: string): string => /\r?\n/.exec(text)?.[0] ?? '\n';

/** Whether lines end in the way of old Macs, which YAML reads and this does not. */
export const hasLoneReturns = (text: string): boolean => /\r(?!\n)/.test(text);
