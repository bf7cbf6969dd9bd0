import type { HostName } from '../../src/brand.ts';
import type { HostPlan } from '../../src/plan/types.ts';

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
