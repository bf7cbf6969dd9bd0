import { fileOn } from './pages.ts';

/** The repository that the page on modules of one's own has its reader write. */
export const tutorial: Readonly<Record<string, string>> = Object.fromEntries(
  ['modules/motd/motd.ts', 'modules/motd/cases.yml', 'site.yml'].map((it) => [
    it,
    fileOn('docs/own-modules.md', it),
  ]),
);
