import type { Change } from '../resources/resources.ts';
import type { UnitChange } from '../resources/unit.ts';
import { orderChanges } from './order.ts';
import type { Expectation, HostPlan } from './types.ts';

/**
 * The plan that takes a plan's changes back, on a host that has them. What it tightens again is proven by a
 * restart, as ever. Packages stay.
 */
export function inverse(plan: HostPlan): HostPlan {
  const loaded = plan.changes.flatMap((it) => (it.change === 'profile' ? [it] : []));
  return {
    ...plan,
    tasks: [],
    packages: [],
    changes: orderChanges(plan.changes.flatMap(backwards)),
    expect: loaded.flatMap(({ from, name, units }): Expectation[] =>
      from === 'enforce' || from === 'complain'
        ? units.map((unit) => ({ is: 'confined', unit, profile: name, mode: from }))
        : [],
    ),
    // By then the host is another one.
    basis: {},
    holds: [],
    breaks: false,
  };
}

function backwards(change: Change): Change[] {
  switch (change.change) {
    case 'file':
      return [{ ...change, before: change.after, after: change.before }];
    case 'profile': {
      const tightens = change.from !== 'absent' && change.from !== 'complain' && change.from !== change.to;
      // Without the copy, what comes back is the policy of the file.
      const { copy: _, ...loaded } = change;
      const back = { ...loaded, from: change.to, to: change.from, tightens };
      const why = [`proves that it works under ${change.name} (${change.from})`];
      return [
        back,
        ...(tightens ? change.units.map((unit): UnitChange => ({ change: 'restart', unit, why })) : []),
      ];
    }
    case 'backlog':
      return [{ ...change, from: change.to, to: change.from }];
    case 'enable':
      return [{ ...change, change: 'disable', from: 'enabled' }];
    case 'disable':
      return [{ ...change, change: 'enable', from: 'disabled' }];
    case 'daemon-reload':
      return [change];
    case 'start':
    case 'stop':
    case 'restart':
    case 'reload':
      return [{ ...change, change: 'restart', why: ['what was backed out comes back'] }];
    case 'package':
      return [];
  }
}
