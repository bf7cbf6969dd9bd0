import { describe, expect, it } from 'vitest';
import { hashOf, mmdebstrapArgs, readRecipe } from '../../src/lab/recipe.ts';

describe('hashOf', () => {
  it('does not see the order of keys', () => {
    expect(hashOf({ a: 1, b: { c: 2, d: 3 } })).toBe(hashOf({ b: { d: 3, c: 2 }, a: 1 }));
  });

  it('sees the order of lists, and every value', () => {
    const seen = [
      hashOf(['a', 'b']),
      hashOf(['b', 'a']),
      hashOf({ a: 'b' }),
      hashOf({ a: 'c' }),
      hashOf('a'),
    ];
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('the recipe', () => {
  it('changes its hash with the text of a hook', async () => {
    const recipe = await readRecipe('bookworm');
    const other = {
      ...recipe,
      hooks: { ...recipe.hooks, 'image.sh': `${recipe.hooks['image.sh']}\n# more` },
    };
    expect(hashOf(other)).not.toBe(hashOf(recipe));
  });

  it('has the names that packages have in the release', async () => {
    expect((await readRecipe('bullseye')).packages).toContain('linux-image-cloud-amd64/bullseye');
    expect((await readRecipe('trixie')).packages).toContain('linux-image-cloud-amd64');
  });

  it('leaves to the demo what the demo installs', async () => {
    const { packages } = await readRecipe('bookworm');
    expect(packages).not.toContain('apparmor-utils');
  });

  it('becomes a command line with the suite, the tree, and the sources last', async () => {
    const recipe = await readRecipe('bookworm');
    const sources = ['deb http://deb.example/debian bookworm main'];
    const args = mmdebstrapArgs(recipe, '/cache/tree', {
      sources,
      aptOptions: ['Acquire::Languages "none"'],
    });
    expect(args.slice(-3)).toEqual(['bookworm', '/cache/tree', ...sources]);
    expect(args).toContain('--aptopt=Acquire::Languages "none"');
    expect(args.find((a) => a.startsWith('--customize-hook='))).toMatch(
      /^--customize-hook=sh '.*image\.sh' "\$1"$/,
    );
  });
});
