import { defineConfig } from 'vitest/config';
import { testLab } from './test/support/test-lab.ts';
import { workflowParser } from './test/support/workflow-parser.ts';

const project = (name: string, include: string[], more = {}) => ({
  test: { name, include, testTimeout: 30_000, hookTimeout: 120_000, ...more },
});

/** Suites that need hosts run one after the other, file by file: they share two cores and one lab. */
const alone = (groupOrder: number) => ({
  pool: 'forks' as const,
  fileParallelism: false,
  sequence: { groupOrder },
});
const onLab = (groupOrder: number) => ({
  ...alone(groupOrder),
  env: testLab,
  globalSetup: ['test/support/test-lab.ts'],
});

export default defineConfig({
  test: {
    globalSetup: ['test/support/temporary.ts'],
    projects: [
      {
        ...project('unit', ['test/**/*.test.ts', 'modules/**/*.test.ts'], {
          exclude: ['test/{integration,fleet,machine,matrix,faults}/**', 'node_modules/**'],
          server: {
            // Files that tests write for confine to run are imported by Node itself, as they are for users.
            deps: { ...workflowParser.deps, external: [/\/confine-test-[^/]*\/.*\.ts$/] },
          },
        }),
        plugins: [workflowParser.plugin],
      },
      project('integration', ['test/integration/**/*.test.ts'], { ...alone(1), testTimeout: 60_000 }),
      project('fleet', ['test/fleet/**/*.test.ts'], {
        ...onLab(2),
        testTimeout: 120_000,
        hookTimeout: 300_000,
      }),
      project('machine', ['test/machine/**/*.test.ts'], {
        ...onLab(3),
        testTimeout: 240_000,
        hookTimeout: 600_000,
      }),
      // What takes minutes a test: npm run test:matrix.
      project('matrix', ['test/matrix/**/*.test.ts'], {
        ...onLab(4),
        testTimeout: 900_000,
        hookTimeout: 600_000,
      }),
      // What breaks hosts, over and over, for an hour: npm run test:faults.
      project('faults', ['test/faults/**/*.test.ts'], {
        ...onLab(5),
        testTimeout: 3_600_000,
        hookTimeout: 600_000,
      }),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'modules/**/*.ts'],
      exclude: ['src/lab/**', 'src/cli/**', '**/*.d.ts'],
      thresholds: {
        'src/{plan,resources,inventory,playbook,yaml}/**': {
          lines: 90,
          functions: 90,
          branches: 80,
          statements: 90,
        },
      },
    },
  },
});
