import type { HostName } from '../../src/brand.ts';
import type { HostPlan } from '../../src/plan/types.ts';
import type { Node } from '../../src/resources/file.ts';

/** A plan in sync, but for what a test says. */
export const hostPlan = (host: string, more: Partial<HostPlan> = {}): HostPlan => ({
  host: host as HostName,
  tasks: [],
  packages: [],
  changes: [],
  expect: [],
  watch: [],
  basis: {},
  holds: [],
  breaks: false,
  state: 'in-sync',
  ...more,
});

/** A file of root's that everybody may read. */
export const textFile = (text: string): Node => ({
  is: 'file',
  content: Buffer.from(text),
  mode: '0644',
  owner: 'root',
  group: 'root',
});
