export default {
  input: ['dist/src/cli/main.js', 'dist/src/index.js'],
  output: { dir: 'dist/src/bundle', format: 'esm' },
  platform: 'node',
  // ssh2's native parts are optional, for transfers in bulk; it goes on without them.
  external: [/\.node$/, 'jiti'],
  transform: { define: { __dirname: 'import.meta.dirname' } },
};
