import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runsUnder } from '../../src/resources/profile.ts';
import { attachesTo, headerPattern, readHeader } from '../../src/resources/profile-header.ts';

describe('readHeader', () => {
  it('reads the packaged profile of named', () => {
    const line = readFileSync('test/fixtures/usr.sbin.named.stock', 'utf8')
      .split('\n')
      .find((it) => it.startsWith('profile'));
    expect(readHeader(line ?? '')).toEqual({
      name: 'named',
      attach: '/usr/sbin/named',
      flags: ['attach_disconnected'],
    });
  });

  it.each([
    ['/usr/sbin/named {', { name: '/usr/sbin/named', attach: '/usr/sbin/named', flags: [] }],
    [
      'profile named /usr/sbin/named flags=(attach_disconnected, complain) {',
      { name: 'named', attach: '/usr/sbin/named', flags: ['attach_disconnected', 'complain'] },
    ],
    ['profile lsb_release {', { name: 'lsb_release', attach: '', flags: [] }],
    [
      'profile x "/opt/my bin/x" flags=(unconfined) { # stub',
      { name: 'x', attach: '/opt/my', flags: ['unconfined'] },
    ],
    [
      'profile y /{usr/,}sbin/y flags=(complain){',
      { name: 'y', attach: '/{usr/,}sbin/y', flags: ['complain'] },
    ],
  ])('%s', (line, header) => expect(readHeader(line)).toEqual(header));

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (line) => void readHeader(line)));
  });
});

describe('attachesTo', () => {
  it.each([
    ['/usr/sbin/named', '/usr/sbin/named', true],
    ['/usr/sbin/named', '/usr/sbin/named2', false],
    ['/{usr/,}sbin/named', '/sbin/named', true],
    ['/{usr/,}sbin/named', '/opt/sbin/named', false],
    ['/opt/*/named', '/opt/bind/named', true],
    ['/opt/*/named', '/opt/bind/sbin/named', false],
    ['/opt/**', '/opt/bind/sbin/named', true],
    ['/{unclosed', '/unclosed', false],
  ])('%s on %s: %s', (attach, path, expected) => expect(attachesTo(attach, path)).toBe(expected));
});

describe('runsUnder', () => {
  it.each([
    ['named (enforce)', true],
    ['named (complain)', true],
    ['named//&unconfined (enforce)', true],
    ['firejail-default//&named (enforce)', true],
    ['unconfined', false],
    ['named2 (enforce)', false],
    ['', false],
  ])('%s: %s', (label, expected) => expect(runsUnder(label, 'named')).toBe(expected));
});

describe('headerPattern', () => {
  it('takes every character of a name for itself', () => {
    expect(headerPattern('a.b')).toContain('a\\.b');
    expect(headerPattern('/usr/sbin/named')).toContain('|');
  });
});
