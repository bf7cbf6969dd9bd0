import { HostName } from '../brand.ts';
import type { Advice } from './advice.ts';
import type { Group } from './render.ts';

/** What suits a packaged BIND of Debian whose data lies in one more place: an example to start from. */
const advice: Advice = {
  unit: 'named.service',
  apparmor: {
    is: 'complain',
    why: 'it only records what it would deny, until days of real work have shown that nothing is missing',
  },
  rules: ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'],
  sandbox: { is: 'baseline', why: 'the tier that assumes nothing about where data lies' },
  writable: [],
  service: true,
  warnings: ['no host was looked at, so nothing here is known to suit yours'],
};

export const exampleGroups: readonly Group[] = [
  {
    name: 'nameservers',
    hosts: ['ns1.example.org', 'ns2.example.org'].map((it) => HostName.parse(it)),
    advice,
  },
];

export const exampleVars = { ansible_user: 'admin', ansible_become: true };
