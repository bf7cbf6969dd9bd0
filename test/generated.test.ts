import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modules } from '../modules/index.ts';
import { examples } from '../src/cli/examples.ts';
import { program } from '../src/cli/program.ts';
import { unitRules } from '../src/lint/lint.ts';
import { manPages } from '../src/report/man.ts';
import { modulesReference, unitsReference } from '../src/report/reference.ts';
import { version } from '../src/version.ts';

const pages = manPages(program(), examples);

const generated: readonly (readonly [string, () => string])[] = [
  ['docs/modules.md', () => modulesReference(modules)],
  ['docs/units.md', () => unitsReference(unitRules)],
  ...[...pages].map(([name, text]) => [`man/${name}`, () => text] as const),
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

describe('the man pages', () => {
  const names = [...pages.keys()].toSorted();
  it('are those of the package, and no others', () => {
    const { man } = JSON.parse(readFileSync('package.json', 'utf8')) as { man: readonly string[] };
    expect(readdirSync('man').toSorted()).toEqual(names);
    expect(man.toSorted()).toEqual(names.map((it) => `./man/${it}`));
  });

  it('are right to mandoc', () => {
    const lint = spawnSync('mandoc', ['-Tlint', '-Wwarning', ...names.map((it) => `man/${it}`)], {
      encoding: 'utf8',
    });
    expect(lint.error).toBeUndefined();
    expect(lint.stdout + lint.stderr).toBe('');
    const shown = spawnSync('mandoc', ['-Tutf8', 'man/confine-plan.1'], { encoding: 'utf8' });
    expect(shown.stdout.replaceAll(/.\x08/g, '')).toMatch(/-i, --inventory <path>\n +inventory/);
  });
});
