import { readFileSync } from 'node:fs';

/** The files of a page of the docs: what stands in a block behind their names, in their order. */
export function filesOf(page: string, names: readonly string[]): Readonly<Record<string, string>> {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/^( *)```(?:ts|yaml)\n([^]*?)^ *```/gm)];
  return Object.fromEntries(
    names.map((name, i) => {
      const [, indent = '', text = ''] = blocks[i] ?? [];
      return [name, text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')];
    }),
  );
}

/** The repository that the tutorial writes. */
export const tutorial = filesOf('docs/own-modules.md', [
  'modules/motd/motd.ts',
  'modules/motd/cases.yml',
  'site.yml',
]);
