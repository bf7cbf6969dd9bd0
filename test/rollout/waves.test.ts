import { expect, it } from 'vitest';
import type { HostName } from '../../src/brand.ts';
import { wavesOf } from '../../src/rollout/waves.ts';
import type { Wave } from '../../src/rollout/types.ts';

const hosts = Array.from({ length: 8 }, (_, i) => ({
  host: `ns${i + 1}` as HostName,
  groups: i === 6 ? ['canary'] : [],
}));
const percent = (it: number): Wave => ({ is: 'percent', percent: it });
const group = (it: string): Wave => ({ is: 'group', group: it });
const placed = (...waves: Wave[]) => [...wavesOf({ waves }, hosts)].map(([host, wave]) => `${host} ${wave}`);

it('a host is in the first wave that names it, and shares count from the first host', () => {
  expect(placed(group('canary'), { is: 'hosts', hosts: 1 }, percent(50), percent(100))).toEqual([
    'ns7 0',
    'ns1 1',
    'ns2 2',
    'ns3 2',
    'ns4 2',
    'ns5 3',
    'ns6 3',
    'ns8 3',
  ]);
});

it('a share is cut down to whole hosts, and is one at least', () => {
  expect(placed(percent(1), percent(37))).toEqual(['ns1 0', 'ns2 1']);
});

it('a wave that names nobody new is empty, and who is named by none is not there', () => {
  expect(placed(percent(25), percent(25), group('all'))).toHaveLength(8);
  expect(placed(group('canary'))).toEqual(['ns7 0']);
});
