import { PackageName } from '../../src/brand.ts';
import type { Event, HostOutcome } from '../../src/events.ts';
import { hostPlan } from '../support/plan.ts';

/** An event, and the second at which it is told. */
export type Timed = readonly [at: number, event: Event];

/** ns0001, ns0002, … */
export const hosts = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `ns${String(i + 1).padStart(4, '0')}`);

export const started = (command: string, names: readonly string[]): Timed => [
  0,
  { event: 'run-started', schemaVersion: 1, command, version: '', commit: '', hosts: names, members: [] },
];

export const look = (at: number, host: string, via = 'ssh to root@192.0.2.1, port 22'): Timed => [
  at,
  { event: 'host-look', host, state: 'begun', via },
];

export const start = (at: number, host: string): Timed => [at, { event: 'host-started', host }];

export const step = (at: number, host: string, name: string, detail = ''): Timed => [
  at,
  { event: 'host-progress', host, step: name, detail },
];

export const end = (at: number, host: string, outcome: HostOutcome): Timed => [
  at,
  { event: 'host-ended', host, outcome },
];

export const over = (at: number, next?: string): Timed => [
  at,
  { event: 'run-ended', exit: 0, seconds: at, ...(next !== undefined && { next }) },
];

/** A plan that installs a package, or that is in sync. */
export const planned = (at: number, host: string, install?: string): Timed => {
  const plan = hostPlan(host, {
    tasks: [
      {
        name: 'Tools',
        module: 'package',
        at: { file: 'site.yml', line: 1, col: 1 },
        result:
          install === undefined
            ? { is: 'in-sync' }
            : { is: 'changes', changes: [{ change: 'package', name: PackageName.parse(install) }] },
      },
    ],
    packages: install === undefined ? [] : [install],
    state: install === undefined ? 'in-sync' : 'changes',
  });
  return [at, { event: 'host-planned', host, plan }];
};
