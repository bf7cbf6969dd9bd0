import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** zod brings its messages in forty languages along; confine has its own. */
const oneLanguage = {
  name: 'one-language',
  load: (id) => (id.endsWith('/zod/v4/locales/index.js') ? "export { default as en } from './en.js';" : null),
};

/** What is packed stays under the licences of those who wrote it, and each asks for its text beside every copy. */
const licences = {
  name: 'licences',
  generateBundle(_, bundle) {
    const ids = Object.values(bundle).flatMap((it) => (it.type === 'chunk' ? Object.keys(it.modules) : []));
    const folders = ids.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
    const texts = [...new Set(folders)].toSorted().map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((it) => /^licen[cs]e/i.test(it));
      const text =
        file === undefined ? '(no text in the package)' : readFileSync(join(folder, file), 'utf8').trim();
      return `${name} ${version}: ${license ?? 'see below'}\n\n${text}\n`;
    });
    this.emitFile({ type: 'asset', fileName: 'LICENCES.txt', source: texts.join('\n---\n\n') });
  },
};

export default {
  input: ['dist/src/cli/main.js', 'dist/src/index.js'],
  // Whose code it is stands in LICENCES.txt; what it means, in the sources.
  output: {
    dir: 'dist/src/bundle',
    format: 'esm',
    comments: { annotation: true, jsdoc: false, legal: false },
  },
  platform: 'node',
  // ssh2's native parts are optional, for transfers in bulk; it goes on without them. jiti loads parts of itself by path.
  external: [/\.node$/, 'jiti'],
  transform: { define: { __dirname: 'import.meta.dirname' } },
  plugins: [oneLanguage, licences],
};
