import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandRanges } from '../../src/inventory/ranges.ts';

describe('expandRanges', () => {
  test.each([
    ['ns1.example.org', ['ns1.example.org']],
    ['ns[1:3].example.org', ['ns1.example.org', 'ns2.example.org', 'ns3.example.org']],
    ['ns[08:11]', ['ns08', 'ns09', 'ns10', 'ns11']],
    ['ns[1:10:4]', ['ns1', 'ns5', 'ns9']],
    ['ns-[a:c]', ['ns-a', 'ns-b', 'ns-c']],
    ['[y:B]', ['y', 'z', 'A', 'B']],
    ['r[1:2]n[a:b]', ['r1na', 'r1nb', 'r2na', 'r2nb']],
    ['n[:2]', ['n0', 'n1', 'n2']],
  ])('%s', (pattern, names) => {
    expect(expandRanges(pattern)).toEqual({ is: 'names', names });
  });

  test.each([
    ['ns[1:3', '"[" without "]"'],
    ['ns]', '"]" without "["'],
    ['ns[1]', 'no range'],
    ['ns[1:]', 'no range'],
    ['ns[3:1]', 'backwards'],
    ['ns[c:a]', 'backwards'],
    ['ns[01:100]', 'same number of digits'],
    ['ns[1:z]', 'two numbers, or two letters'],
    ['ns[1:9:0]', 'step'],
    ['ns[0:9999999999]', 'more than 65536'],
    ['[1:1000][1:1000]', 'more than 65536'],
  ])('%s is refused', (pattern, reason) => {
    expect(expandRanges(pattern)).toMatchObject({ is: 'bad', reason: expect.stringContaining(reason) });
  });

  test('gives every number of a range once, in order', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), fc.integer({ min: 1, max: 9 }), (first, more, step) => {
        const expanded = expandRanges(`ns[${first}:${first + more}:${step}]`);
        const names = Array.from({ length: Math.floor(more / step) + 1 }, (_, i) => `ns${first + i * step}`);
        expect(expanded).toEqual({ is: 'names', names });
      }),
    );
  });
});
