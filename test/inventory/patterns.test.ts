import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fnmatch } from '../../src/inventory/fnmatch.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { InputError } from '../../src/errors.ts';
import { limitTerms, matchHosts, splitPattern } from '../../src/inventory/patterns.ts';
import type { Inventory } from '../../src/inventory/types.ts';
import { hostVars } from '../../src/inventory/vars.ts';
import { files } from '../golden/files.ts';

function sample(): Inventory {
  const folder = files({
    'hosts.yml': `
nameservers:
  children:
    primaries: { hosts: { ns1.dns: , ns2.dns: } }
    secondaries: { hosts: { ns3.dns: , ns4.dns: } }
resolvers: { hosts: { r1.dns: , ns4.dns: } }
empty: {}
all: { hosts: { lonely: , "2001:db8::1": } }
`,
  });
  return loadInventory([`${folder}/hosts.yml`]);
}

function names(pattern: string | string[], inventory = sample()): string[] {
  const { hosts, problems } = matchHosts(inventory, pattern);
  expect(problems).toEqual([]);
  return hosts.map((host) => host.name);
}

describe('host patterns', () => {
  test.each([
    ['ns1.dns', ['ns1.dns']],
    ['primaries', ['ns1.dns', 'ns2.dns']],
    ['nameservers', ['ns1.dns', 'ns2.dns', 'ns3.dns', 'ns4.dns']],
    ['all', ['ns1.dns', 'ns2.dns', 'ns3.dns', 'ns4.dns', 'r1.dns', 'lonely', '2001:db8::1']],
    ['*', ['ns1.dns', 'ns2.dns', 'ns3.dns', 'ns4.dns', 'r1.dns', 'lonely', '2001:db8::1']],
    ['ungrouped', ['lonely', '2001:db8::1']],
    ['empty', []],
    ['ns?.dns', ['ns1.dns', 'ns2.dns', 'ns3.dns', 'ns4.dns']],
    ['ns[!12].dns', ['ns3.dns', 'ns4.dns']],
    ['ns[1-2]*', ['ns1.dns', 'ns2.dns']],
    ['prim*', ['ns1.dns', 'ns2.dns']],
    ['~(r|ns4)', ['r1.dns', 'ns4.dns']],
    ['~ns\\d\\.dns$', ['ns1.dns', 'ns2.dns', 'ns3.dns', 'ns4.dns']],
    ['primaries,r1.dns', ['ns1.dns', 'ns2.dns', 'r1.dns']],
    ['primaries:r1.dns', ['ns1.dns', 'ns2.dns', 'r1.dns']],
    ['2001:db8::1', ['2001:db8::1']],
    ['2001:db8::1,ns1.dns', ['2001:db8::1', 'ns1.dns']],
    ['nameservers:&resolvers', ['ns4.dns']],
    ['nameservers:!primaries', ['ns3.dns', 'ns4.dns']],
    // The order of the terms does not matter.
    ['!primaries:nameservers', ['ns3.dns', 'ns4.dns']],
    ['!ns3.dns:&nameservers:all', ['ns1.dns', 'ns2.dns', 'ns4.dns']],
    // Without a plain term it starts from all.
    ['!nameservers', ['r1.dns', 'lonely', '2001:db8::1']],
    ['&resolvers', ['r1.dns', 'ns4.dns']],
    ['nameservers[0]', ['ns1.dns']],
    ['nameservers[-1]', ['ns4.dns']],
    ['nameservers[-2]', ['ns3.dns']],
    ['nameservers[1:2]', ['ns2.dns', 'ns3.dns']],
    ['nameservers[2:]', ['ns3.dns', 'ns4.dns']],
    ['nameservers[0:0]', ['ns1.dns']],
    ['nameservers:!nameservers[0]', ['ns2.dns', 'ns3.dns', 'ns4.dns']],
    [' primaries , resolvers ', ['ns1.dns', 'ns2.dns', 'r1.dns', 'ns4.dns']],
  ])('%s', (pattern, expected) => {
    const found = names(pattern);
    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  test('keep the order of the pattern, each host once', () => {
    expect(names('resolvers,nameservers')).toEqual(['r1.dns', 'ns4.dns', 'ns1.dns', 'ns2.dns', 'ns3.dns']);
    expect(names(['secondaries', 'ns1.dns'])).toEqual(['ns3.dns', 'ns4.dns', 'ns1.dns']);
  });

  test.each([
    ['nameserver', 'there is no host and no group "nameserver"', 'did you mean "nameservers"?'],
    ['ns9.dns', 'there is no host and no group "ns9.dns"', 'did you mean "ns1.dns"?'],
    ['nameservers:!primarys', 'there is no host and no group "primarys"', 'did you mean "primaries"?'],
    ['wholly-other', 'there is no host and no group "wholly-other"', 'groups: nameservers, primaries'],
    ['x*', '"x*" matches no host and no group', undefined],
    ['~x', '"~x" matches no host and no group', undefined],
    ['~(', '"~(" is no regular expression', undefined],
    ['primaries[2]', '"primaries[2]" is out of range: "primaries" has 2 hosts', undefined],
    ['r1.dns[1]', '"r1.dns" has 1 host', undefined],
  ])('%s matches nothing', (pattern, message, hint) => {
    const { problems } = matchHosts(sample(), pattern);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.hint ?? '').toContain(hint ?? '');
  });

  test('localhost need not be in the inventory', () => {
    const inventory = sample();
    const [localhost] = matchHosts(inventory, 'localhost').hosts;
    expect(localhost?.name).toBe('localhost');
    const vars = localhost === undefined ? undefined : hostVars(inventory, localhost);
    expect(vars?.get('ansible_connection')?.value).toBe('local');
    expect(names('all')).not.toContain('localhost');
    expect(matchHosts(inventory, 'localhost').hosts[0]).toBe(localhost);
  });

  test('an empty inventory says so', () => {
    const inventory = loadInventory([`${files({ 'h.yml': 'a: {}' })}/h.yml`]);
    expect(matchHosts(inventory, 'ns1').problems[0]?.hint).toBe('the inventory has no hosts');
  });
});

describe('splitPattern and limitTerms', () => {
  test.each([
    ['a,b:c', ['a', 'b:c']],
    ['a:b', ['a', 'b']],
    ['a[0:2]:b', ['a[0:2]', 'b']],
    ['~(?:a|b)', ['~(?:a|b)']],
    ['fe80::1', ['fe80::1']],
    [' , a ,, ', ['a']],
  ])('%s', (pattern, terms) => {
    expect(splitPattern(pattern)).toEqual(terms);
  });

  test('@file stands for its lines', () => {
    const text = (path: string) => `${path}\n# comment\n\n ns2 \r\nns4 # it too\n  # ns5`;
    expect(limitTerms('@site.retry,!ns3', text)).toEqual(['site.retry', 'ns2', 'ns4', '!ns3']);
  });

  test.each([
    ['', '--limit'],
    [' , ', '--limit'],
    ['@left', 'left'],
    ['ns1,@left', 'left'],
  ])('%j that names nothing does not mean all hosts', (limit, file) => {
    const read = () => limitTerms(limit, () => '\n# ns1\n \n');
    expect(read).toThrow(InputError);
    expect(read).toThrow(new RegExp(`^${file}:1:1: .*names no host`));
  });
});

describe('properties', () => {
  const inventory = loadInventory(['a1,a2,b1,b2,c1,']);
  const all = names('all', inventory);
  const term = fc.constantFrom('a1', 'a2', 'b1', 'b2', 'c1', 'a*', 'b*', '*1', 'all');
  const terms = fc.record({
    plain: fc.array(term, { minLength: 1, maxLength: 4 }),
    and: fc.array(term, { maxLength: 2 }),
    not: fc.array(term, { maxLength: 2 }),
  });

  test('a pattern is union, then intersection, then difference, in any order of its terms', () => {
    fc.assert(
      fc.property(terms, fc.infiniteStream(fc.nat()), ({ plain, and, not }, order) => {
        const written = [...plain, ...and.map((t) => `&${t}`), ...not.map((t) => `!${t}`)];
        const shuffled = written
          .map((t) => [order.next().value ?? 0, t] as const)
          .toSorted(([a], [b]) => a - b)
          .map(([, t]) => t);
        const set = (t: string): Set<string> => new Set(names(t, inventory));
        const expected = all.filter(
          (name) =>
            plain.some((t) => set(t).has(name)) &&
            and.every((t) => set(t).has(name)) &&
            !not.some((t) => set(t).has(name)),
        );
        expect(names(shuffled.join(','), inventory).toSorted()).toEqual(expected.toSorted());
        expect(names(shuffled.join(':'), inventory).toSorted()).toEqual(expected.toSorted());
      }),
    );
  });

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab12[]:!&~*?-,@()')) }), (text) => {
        expect(matchHosts(inventory, text).hosts.length).toBeLessThanOrEqual(all.length);
      }),
      { numRuns: 500 },
    );
  });

  test('a literal text matches itself only', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^*?[]*$/), fc.string(), (text, other) => {
        expect(fnmatch(text).test(text)).toBe(true);
        expect(fnmatch(text).test(other)).toBe(text === other);
      }),
    );
  });

  test.each([
    ['[]]', ']', true],
    ['[!]]', ']', false],
    ['[', '[', true],
    ['[z-a]x', 'zx', false],
    ['[^a]', '^', true],
    ['a\\d', 'a1', false],
    ['**', 'x\ny', true],
  ])('%s against %s: %s', (pattern, text, expected) => {
    expect(fnmatch(pattern).test(text)).toBe(expected);
  });
});
