import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandRanges } from '../../src/inventory/ranges.ts';
import { hostList, hostTitle } from '../../src/report/host-list.ts';

const names = (pattern: string): readonly string[] => {
  const found = expandRanges(pattern);
  return found.is === 'names' ? found.names : [];
};

/** The names that a list stands for, as an inventory reads them. */
const namesOf = (list: string): readonly string[] => list.split(', ').flatMap(names);

describe('a list of hosts', () => {
  it.each([
    [['ns1'], 'ns1'],
    [['ns2', 'ns1'], 'ns1, ns2'],
    [names('ns[001:212].example.org'), 'ns[001:212].example.org'],
    [['ns1', 'ns2', 'ns3', 'ns5', 'a', 'b'], 'ns[1:3], ns5, a, b'],
    [['ns8', 'ns9', 'ns10', 'ns011', 'ns012', 'ns013'], 'ns[8:10], ns[011:013]'],
    [['ns098', 'ns099', 'ns100', 'ns101'], 'ns[098:101]'],
    [['dc1-ns1', 'dc1-ns2', 'dc1-ns3', 'dc2-ns1'], 'dc1-ns[1:3], dc2-ns1'],
    [['192.0.2.7', '192.0.2.8', '192.0.2.9'], '192.0.2.[7:9]'],
    [[], ''],
  ])('%j is %s', (hosts, text) => {
    expect(hostList(hosts)).toBe(text);
  });

  it('is cut where there are many, and says how many are left', () => {
    expect(hostList(['a', 'b', 'ns1', 'ns2', 'ns3'], 2)).toBe('a, b and 3 more');
    expect(hostTitle(names('ns[1:300]'))).toBe('ns[1:300] (300 hosts)');
    expect(hostTitle(['ns1', 'ns2', 'ns3'])).toBe('ns[1:3]');
  });

  it('stands for exactly its hosts, whatever their names', () => {
    const name = fc
      .tuple(
        fc.constantFrom('ns', 'dc1-ns', 'a'),
        fc.stringMatching(/^\d{1,3}$/),
        fc.constantFrom('', '.x2', 'b'),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 60 }), (hosts) => {
        expect(namesOf(hostList(hosts)).toSorted()).toEqual(hosts.toSorted());
      }),
    );
  });
});
