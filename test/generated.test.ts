import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modules } from '../modules/index.ts';
import { unitRules } from '../src/lint/lint.ts';
import { modulesReference, unitsReference } from '../src/report/reference.ts';
import { version } from '../src/version.ts';

const generated: readonly (readonly [string, () => string])[] = [
  ['docs/modules.md', () => modulesReference(modules)],
  ['docs/units.md', () => unitsReference(unitRules)],
];

describe('what is generated from the types', () => {
  it.each(generated)('%s has not drifted', (path, text) => {
    if (process.env['UPDATE_GOLDEN']) writeFileSync(path, text());
    expect(readFileSync(path, 'utf8')).toBe(text());
  });
});

it('the version of the package is the version that the command prints', () => {
  expect((JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version).toBe(version);
});
