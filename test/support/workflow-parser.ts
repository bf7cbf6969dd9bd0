import { readFileSync } from 'node:fs';

const files = /@actions.workflow-parser.*\.js$/;

/**
 * GitHub's parser of workflows, for suites that read one: it imports JSON in a way that Node.js alone does not take, and
 * names source maps that its package does not have.
 */
export const workflowParser = {
  deps: { inline: [files] },
  plugin: {
    name: 'workflow-parser',
    load: (id: string) =>
      files.test(id) ? readFileSync(id, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '') : undefined,
  },
};
