import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsePackages } from '../../src/resources/package.ts';

describe('parsePackages', () => {
  it('counts only packages that are fully installed', () => {
    const list = 'bind9\tii \t1:9.18.49-1~deb12u3\ngone\trc \t1.0\nhalf\tiU \t2.0\nheld\thi \t3.0\n';
    const found = parsePackages(list);
    expect([...found.keys()]).toEqual(['bind9', 'held']);
    expect(found.get('bind9')).toEqual({ is: 'value', value: { version: '1:9.18.49-1~deb12u3' } });
  });

  it('finds nothing in what dpkg-query prints for a package it does not know', () => {
    expect(parsePackages(readFileSync('test/fixtures/dpkg/query-nosuch.txt', 'utf8')).size).toBe(0);
  });
});
