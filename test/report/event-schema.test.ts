import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { eventSchema } from '../support/event-schema.ts';

/** The published schema is generated: UPDATE_GOLDEN=1 writes it anew. */
it('schemas/events.schema.json is what the types of the events say', () => {
  const path = 'schemas/events.schema.json';
  const text = `${JSON.stringify(eventSchema(), undefined, 2)}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
  expect(readFileSync(path, 'utf8')).toBe(text);
  // A whole program of TypeScript is read for it.
}, 120_000);
