import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError } from '../errors.ts';
import { readText } from '../yaml/read.ts';
import { findingAt, sourceText } from '../yaml/spot.ts';

/** What code of the user's threw, as a finding in its file, with the line where the stack names one. */
export function thrownIn(file: string, what: string, error: unknown, hint?: string): InputError {
  const said = error instanceof Error ? error.message : String(error);
  const told = error instanceof Error ? `${error.stack}\n${said}` : said;
  const full = resolve(file);
  const [line, col] = placeIn(told, pathToFileURL(full).href) ?? placeIn(told, full) ?? [1, 1];
  const source = sourceText(file, readText(file));
  const start =
    source.text
      .split('\n')
      .slice(0, line - 1)
      .join('\n').length + (line === 1 ? 0 : 1);
  const [first = ''] = said.split('\n');
  return new InputError([findingAt(source.spot(start + col - 1), `${what}: ${first.trim()}`, hint)]);
}

function placeIn(text: string, file: string): readonly [line: number, col: number] | undefined {
  const from = text.indexOf(`${file}:`);
  const [, line, col] = from < 0 ? [] : (/^(\d+)(?::(\d+))?/.exec(text.slice(from + file.length + 1)) ?? []);
  return line === undefined ? undefined : [Number(line), Math.max(1, Number(col ?? 1))];
}
