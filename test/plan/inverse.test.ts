import { expect, it } from 'vitest';
import type { HostName } from '../../src/brand.ts';
import { AbsolutePath, UnitName } from '../../src/brand.ts';
import { absent, value } from '../../src/observe/observation.ts';
import { inverse } from '../../src/plan/inverse.ts';
import type { HostPlan } from '../../src/plan/types.ts';

const path = AbsolutePath.parse('/etc/apparmor.d/force-complain/usr.sbin.named');
const file = AbsolutePath.parse('/etc/apparmor.d/usr.sbin.named');
const unit = UnitName.parse('named.service');
const link = value({ is: 'link', target: '../usr.sbin.named' } as const);
const plan: HostPlan = {
  host: 'ns1' as HostName,
  tasks: [],
  packages: [],
  changes: [
    { change: 'file', path, before: absent, after: link },
    {
      change: 'profile',
      name: 'named',
      file,
      from: 'enforce',
      to: 'complain',
      why: '',
      units: [unit],
      tightens: false,
    },
  ],
  expect: [],
  watch: ['named.service'],
  basis: {},
  holds: [],
  breaks: false,
  state: 'changes',
};

it('takes back what loosened, proven by a restart and by the label', () => {
  expect(inverse(plan)).toMatchObject({
    changes: [
      { change: 'file', path, before: link, after: absent },
      { change: 'profile', from: 'complain', to: 'enforce', tightens: true },
      { change: 'restart', unit },
    ],
    expect: [{ is: 'confined', unit, profile: 'named', mode: 'enforce' }],
    watch: ['named.service'],
  });
});

it('of itself is the plan again, but for restarts', () => {
  const again = inverse(inverse(plan)).changes.filter((it) => it.change !== 'restart');
  expect(again).toMatchObject(plan.changes.map(({ change }) => ({ change })));
  expect(again[0]).toEqual(plan.changes[0]);
});
