import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

let valid: ValidateFunction | undefined;

/** What `--json` printed, each line held against the published schema: the lines, and what is wrong with any of them. */
export function eventLines(stdout: string): {
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly wrong: readonly string[];
} {
  valid ??= new Ajv({ allowUnionTypes: true }).compile(
    JSON.parse(readFileSync('schemas/events.schema.json', 'utf8')) as object,
  );
  const lines = stdout.split('\n').filter(Boolean);
  const events = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  return { events, wrong: lines.filter((_, i) => !valid?.(events[i])) };
}
