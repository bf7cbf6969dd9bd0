import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError, messageOf } from '../errors.ts';
import { readText } from '../yaml/read.ts';
import { findingAt, sourceText } from '../yaml/spot.ts';

/** What code of the user's threw, as a finding in its file, with the line where the stack names one. */
export function thrownIn(file: string, what: string, error: unknown): InputError {
  const said = messageOf(error);
  const told = error instanceof Error ? `${error.stack}\n${said}` : said;
  const full = resolve(file);
  const line = lineIn(told, pathToFileURL(full).href) ?? lineIn(told, full) ?? 1;
  const source = sourceText(file, readText(file));
  const lines = source.text.split('\n');
  const start = lines.slice(0, line - 1).join('\n').length + (line === 1 ? 0 : 1);
  // Types were taken out before it ran, so only the line is certain.
  const text = lines[line - 1] ?? '';
  const spot = source.spot(start + text.length - text.trimStart().length, start + text.length);
  return new InputError([findingAt(spot, `${what}: ${said.split('\n')[0]?.trim()}`)]);
}

function lineIn(text: string, file: string): number | undefined {
  const from = text.indexOf(`${file}:`);
  const [line] = from < 0 ? [] : (/^\d+/.exec(text.slice(from + file.length + 1)) ?? []);
  return line === undefined ? undefined : Number(line);
}
