import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clusters, plain, profileOf, type HostRecords } from '../../src/audit/cluster.ts';
import { parseTrailLine } from '../../src/audit/parse.ts';
import { emptyRecord, type AuditRecord } from '../../src/audit/record.ts';
import { HostName } from '../../src/brand.ts';

const records = (name: string): readonly AuditRecord[] =>
  readFileSync(`test/fixtures/audit/${name}.txt`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const read = parseTrailLine(line);
      return read.is === 'record' ? [read.record] : [];
    });
const host = (name: string, all: readonly AuditRecord[], need?: string): HostRecords => ({
  host: HostName.parse(name),
  records: all,
  needOf: () => need,
});
const denied = (more: Partial<AuditRecord>): AuditRecord => ({
  ...emptyRecord('DENIED'),
  profile: 'named',
  operation: 'open',
  deniedMask: 'r',
  ...more,
});

describe('denials that are alike', () => {
  it('are one over hosts, with what differs by chance left out', () => {
    const one = records('n6-complain');
    const found = clusters([host('ns2', one), host('ns1', one)]);
    expect(found.every((it) => it.hosts.join() === 'ns1,ns2' && it.event === 'ALLOWED')).toBe(true);
    expect(found.map((it) => it.subject)).toContain('/srv/bind/dyn/tmp-*');
    expect(found.reduce((sum, it) => sum + it.count, 0)).toBe(one.length * 2);
  });

  it('do not depend on the order of hosts and records', () => {
    const all = records('whole-audit');
    expect(
      clusters([host('a', all.toReversed()), host('b', all)]).map(({ sample: _sample, ...it }) => it),
    ).toEqual(clusters([host('b', all), host('a', all)]).map(({ sample: _sample, ...it }) => it));
  });

  it('keep what tells them apart: verdict, profile, kind, and the union of what was asked for', () => {
    const found = clusters([
      host('a', [
        denied({ name: '/x', time: 5, fsuid: 1, ouid: 1 }),
        denied({ name: '/x', time: 3, deniedMask: 'wc', fsuid: 1, ouid: 1 }),
        denied({ name: '/x', event: 'ALLOWED' }),
        denied({ name: '/x', profile: 'other' }),
        denied({ operation: 'capable', capname: 'sys_admin', deniedMask: undefined }),
        denied({ event: 'STATUS', operation: 'profile_load', name: 'named' }),
      ]),
    ]);
    expect(found).toHaveLength(4);
    expect(found[0]).toMatchObject({ count: 2, masks: 'crw', owner: true, first: 3, last: 5, kind: 'file' });
    expect(found.find((it) => it.kind === 'capability')).toMatchObject({
      subject: 'sys_admin',
      owner: false,
    });
  });

  it('name the statement where all hosts agree on it', () => {
    const [one] = clusters([
      host('a', [denied({ name: '/x' })], 'zone a'),
      host('b', [denied({ name: '/x' })], 'zone a'),
    ]);
    expect(one?.need).toBe('zone a');
    const [other] = clusters([
      host('a', [denied({ name: '/x' })], 'zone a'),
      host('b', [denied({ name: '/x' })], 'zone b'),
    ]);
    expect(other?.need).toBeUndefined();
  });
});

it.each([
  ['/proc/1234/attr/current', '/proc/*/attr/current'],
  ['/srv/bind/dyn/tmp-kpJKKJJ7tl', '/srv/bind/dyn/tmp-*'],
  ['/srv/bind/keys/Ksig.test.+013+20811.sWc8QH', '/srv/bind/keys/Ksig.test.+013+*'],
  ['/srv/bind/keys/Ksig.test.+013+20811.key', '/srv/bind/keys/Ksig.test.+013+*.key'],
  ['/srv/bind/tmp-notes.txt', '/srv/bind/tmp-notes.txt'],
])('%s is %s', (path, wanted) => {
  expect(plain(path)).toBe(wanted);
});

it.each([
  ['named', 'named'],
  ['named//null-/usr/bin/dig', 'named'],
  ['named//null-/usr/bin/dig//null-/bin/sh', 'named'],
  ['named//&unconfined', 'named'],
  ['named//helper', 'named//helper'],
])('a record under %s is about the profile %s', (label, wanted) => {
  expect(profileOf(denied({ profile: label }))).toBe(wanted);
});
