import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { missing } from '../../src/apparmor/covers.ts';
import { parseRules } from '../../src/apparmor/policy.ts';
import { parseTrailLine } from '../../src/audit/parse.ts';
import { propose, type HostDenials, type Proposal } from '../../src/audit/propose.ts';
import { provenanceText } from '../../src/audit/provenance.ts';
import type { AuditRecord } from '../../src/audit/record.ts';
import { wantOf } from '../../src/audit/want.ts';
import type { Need } from '../../src/bind/needs.ts';
import type { AbsolutePath, HostName } from '../../src/brand.ts';
import { access, record } from './records.ts';

const need = (path: string, kind: Need['access'], why = 'a statement'): Need => ({
  path: path as AbsolutePath,
  access: kind,
  why,
  at: { file: '/etc/bind/named.conf.local' as AbsolutePath, line: 9 },
});
const on = (host: string, records: readonly AuditRecord[], more: Partial<HostDenials> = {}): HostDenials => ({
  host: host as HostName,
  records,
  needs: [],
  rules: [],
  ...more,
});
const of = (records: readonly AuditRecord[], more: Partial<HostDenials> = {}) =>
  propose('named', [on('ns1', records, more)]);
const texts = (it: Proposal) => it.rules.map((rule) => rule.text);
const mine = { fsuid: 100, ouid: 100 };

describe('the rules for what was denied', () => {
  it.each<[string, readonly AuditRecord[], readonly string[]]>([
    ['a file is itself', [access('/srv/z/db.example', 'r')], ['/srv/z/db.example r,']],
    [
      'what creates, renames and removes is w',
      [
        access('/srv/z/x', 'c', { operation: 'mknod' }),
        access('/srv/z/x', 'wrc'),
        access('/srv/z/x', 'wrd', { operation: 'rename_src' }),
        access('/srv/z/y', 'd', { operation: 'unlink' }),
        access('/srv/z/log', 'ac'),
      ],
      ['/srv/z/log w,', '/srv/z/x rw,', '/srv/z/y w,'],
    ],
    ['appending alone is a', [access('/srv/z/log', 'a')], ['/srv/z/log a,']],
    [
      'a new folder keeps its slash',
      [access('/srv/z/new/', 'c', { operation: 'mkdir' })],
      ['/srv/z/new/ w,'],
    ],
    ['a lock is k', [access('/srv/z/lk', 'k', { operation: 'file_lock' })], ['/srv/z/lk k,']],
    ['a plugin is m', [access('/opt/b/p.so', 'm', { operation: 'file_mmap' })], ['/opt/b/p.so m,']],
    [
      'a link names both ends',
      [
        access('/srv/z/l', 'l', { operation: 'link', target: '/srv/z/t' }),
        access('/srv/z/m', 'l', { operation: 'link', target: '/srv/z/t', ...mine }),
      ],
      ['link /srv/z/l -> /srv/z/t,', 'owner link /srv/z/m -> /srv/z/t,'],
    ],
    [
      'files of one ending, from three on, are a pattern',
      ['a', 'b', 'c'].map((it) => access(`/srv/z/${it}.zone`, 'r')),
      ['/srv/z/*.zone r,'],
    ],
    [
      'two files are two rules',
      ['a', 'b'].map((it) => access(`/srv/z/${it}.zone`, 'r')),
      ['/srv/z/a.zone r,', '/srv/z/b.zone r,'],
    ],
    [
      'one file that is written opens no other for writing',
      [...['a', 'b', 'c'].map((it) => access(`/srv/z/db.${it}`, 'r')), access('/srv/z/db.a', 'w')],
      ['/srv/z/db.* r,', '/srv/z/db.a w,'],
    ],
    [
      'journals of zones are not the zones',
      ['a', 'b', 'c'].map((it) => access(`/srv/z/db.${it}.jnl`, 'wc')),
      ['/srv/z/*.jnl w,'],
    ],
    [
      'random names are their form',
      [access('/srv/z/tmp-wc2fXH7sc1', 'wrc'), access('/srv/k/Ksig.test.+013+06991.key', 'r')],
      ['/srv/k/Ksig.test.+* r,', '/srv/z/tmp-?????????? rw,'],
    ],
    [
      'names are quoted, and stand for themselves',
      [access('/srv/my zones/db"q*', 'r'), access('/srv/z/zöne', 'r'), access('/srv/z/{a,b}', 'r')],
      ['"/srv/my zones/db\\"q\\*" r,', '"/srv/z/\\{a\\,b\\}" r,', '"/srv/z/zöne" r,'],
    ],
    [
      'owner, where it always was the owner',
      [access('/srv/z/x', 'wc', mine), access('/srv/z/y', 'wc', mine), access('/srv/z/y', 'r')],
      ['/srv/z/y r,', 'owner /srv/z/x w,', 'owner /srv/z/y w,'],
    ],
    ['root owns everything', [access('/srv/z/x', 'r', { fsuid: 0, ouid: 0 })], ['/srv/z/x r,']],
    ['complain mode counts', [access('/srv/z/x', 'r', { event: 'ALLOWED' })], ['/srv/z/x r,']],
    ['a stack counts', [access('/srv/z/x', 'r', { profile: 'named//&unconfined' })], ['/srv/z/x r,']],
    ['another profile does not', [access('/srv/z/x', 'r', { profile: 'tcpdump' })], []],
    [
      'capabilities and sockets of a name server',
      [
        record({ operation: 'capable', capability: 0, capname: 'chown' }),
        record({ operation: 'create', family: 'inet6', sockType: 'dgram', deniedMask: 'create' }),
      ],
      ['capability chown,', 'network inet6 dgram,'],
    ],
    [
      'signals that come in, unix sockets and buses',
      [
        record({ operation: 'signal', deniedMask: 'receive', signal: 'term', peer: 'firejail' }),
        record({
          operation: 'connect',
          family: 'unix',
          sockType: 'stream',
          deniedMask: 'send receive connect',
          peer: 'unconfined',
          foreignAddress: '@x',
        }),
        record({
          operation: 'dbus_method_call',
          deniedMask: 'send',
          peer: 'unconfined',
          more: { bus: 'system', path: '/o', interface: 'o.I', member: 'M' },
        }),
      ],
      [
        'dbus (send) bus=system path=/o interface=o.I member=M peer=(label=unconfined),',
        'signal (receive) set=(term) peer=firejail,',
        'unix (connect, receive, send) type=stream peer=(label=unconfined, addr=@x),',
      ],
    ],
  ])('%s', (_, records, expected) => {
    const proposal = of(records);
    expect(texts(proposal)).toEqual(expected);
    expect(proposal.not).toEqual([]);
  });

  it('are for the whole folder where a statement is about it', () => {
    const records = [access('/srv/k/Ka.+013+00001.key', 'r'), access('/srv/k/x', 'wc', mine)];
    expect(texts(of(records, { needs: [need('/srv/k', 'replace')] }))).toEqual(['/srv/k/** rw,']);
    expect(texts(of(records, { needs: [need('/srv/k', 'read')] }))).toEqual([
      '/srv/k/** r,',
      'owner /srv/k/x w,',
    ]);
    expect(texts(of([access('/srv/x', 'r')], { needs: [need('/srv', 'read')] }))).toEqual(['/srv/x r,']);
  });

  it('leave out what is allowed by now, and count it', () => {
    const rules = parseRules('/srv/z/** r,\ncapability chown,\nlink /srv/** -> /srv/**,\nnetwork inet,');
    const records = [
      access('/srv/z/a', 'r'),
      access('/srv/z/a', 'wrc'),
      record({ operation: 'capable', capname: 'chown' }),
      record({ operation: 'create', family: 'inet', sockType: 'dgram' }),
      access('/srv/z/l', 'l', { target: '/srv/z/t' }),
    ];
    expect(of(records, { rules })).toMatchObject({ covered: 4, rules: [{ text: '/srv/z/a w,' }] });
  });

  it('say where they come from', () => {
    const zone = need('/srv/z/db.a', 'read', 'zone a.test');
    const hosts = ['ns2', 'ns1', 'ns1'].map((it, day) =>
      on(it, [access('/srv/z/db.a', 'r', { time: 1_795_464_208 + day * 86_400 })], { needs: [zone] }),
    );
    const [rule] = propose('named', hosts).rules;
    expect(rule && provenanceText(rule.from)).toBe(
      'ns1, ns2: 3 denials, 2026-11-23 to 2026-11-25; zone a.test, /etc/bind/named.conf.local:9',
    );
  });
});

it('a server that learned in complain mode gets a handful of rules', () => {
  const log = readFileSync('test/fixtures/audit/n6-complain.txt', 'utf8');
  const records = log.split('\n').flatMap((line) => {
    const read = parseTrailLine(line);
    return read.is === 'record' ? [read.record] : [];
  });
  const proposal = of(records);
  expect(proposal.not).toEqual([]);
  expect(texts(proposal)).toEqual([
    'owner "/srv/bind/my zones/db.sp" r,',
    'owner "/srv/bind/zones/db\\"q" r,',
    'owner "/srv/bind/zönes/db.uni" r,',
    'owner /srv/bind/dyn/db.dyn r,',
    'owner /srv/bind/dyn/db.sig r,',
    'owner /srv/bind/dyn/db.sig.jbk rw,',
    'owner /srv/bind/dyn/db.sig.signed rw,',
    'owner /srv/bind/dyn/db.sig.signed.jnl rw,',
    'owner /srv/bind/dyn/tmp-?????????? rw,',
    'owner /srv/bind/keys/ r,',
    'owner /srv/bind/keys/Ksig.test.+* r,',
    'owner /srv/bind/zones/db.example r,',
  ]);
});

describe('what is shown and not proposed', () => {
  it.each<[string, AuditRecord, RegExp]>([
    ['a program', access('/usr/bin/dash', 'x', { operation: 'exec' }), /starts no programs/],
    ['a trace', record({ operation: 'ptrace', deniedMask: 'trace', peer: 'unconfined' }), /controls it/],
    ['a mount', record({ operation: 'mount', name: '/mnt/' }), /mounts change/],
    ['another profile', record({ operation: 'change_onexec', target: 'x' }), /leave the profile/],
    ['a great capability', record({ operation: 'capable', capname: 'sys_admin' }), /far beyond/],
    [
      'file permissions',
      record({ operation: 'capable', capname: 'dac_override' }),
      /give named’s user the file/,
    ],
    ['raw sockets', record({ operation: 'create', family: 'inet', sockType: 'raw' }), /UDP and TCP/],
    [
      'a signal to others',
      record({ operation: 'signal', deniedMask: 'send', signal: 'usr1', peer: 'x' }),
      /signals no/,
    ],
    ['someone else', access('/srv/z/x', 'r', { comm: 'perl' }), /"perl" did it/],
    ['a child in complain', access('/srv/z/x', 'r', { profile: 'named//null-/bin/sh' }), /started/],
    ['/etc, written', access('/etc/bind/x', 'wc'), /below \/etc/],
    ['the system, written', access('/usr/lib/x', 'wc'), /folders of the system/],
    ['a secret', access('/etc/shadow', 'r'), /secrets/],
    ['a device', access('/dev/sda', 'r'), /secrets/],
    ['a process', access('/proc/12/environ', 'r'), /secrets/],
    ['a folder of all', access('/var/new/', 'c'), /not BIND/],
    ['code that it can write', access('/srv/z/x', 'wm'), /run what it writes/],
    ['control characters', access('/srv/z/a\nb', 'r'), /control characters/],
    ['an unknown kind', record({ operation: 'userns_create' }), /no rule/],
  ])('%s', (_, given, why) => {
    const { rules, not } = of([given]);
    expect(rules).toEqual([]);
    expect(not).toMatchObject([{ why: expect.stringMatching(why) }]);
  });

  it('has what a deny rule forbids, and code that other records write', () => {
    const denied = of([access('/srv/z/x', 'r')], { rules: parseRules('/srv/z/** r,\ndeny /srv/z/x r,') });
    expect(denied).toMatchObject({ rules: [], not: [{ why: expect.stringContaining('deny /srv/z/x r') }] });
    const both = of([access('/srv/z/x', 'm'), access('/srv/z/x', 'w')]);
    expect(both).toMatchObject({ rules: [{ text: '/srv/z/x w,' }], not: [{ what: '/srv/z/x m' }] });
  });
});

const folders = fc.constantFrom(
  '/srv/z',
  '/srv/z/sub',
  '/srv/k',
  '/var/lib/bind',
  '/home/dns/z',
  '/srv',
  '/tmp',
);
const name = fc.oneof(
  fc.constantFrom(
    'a.db',
    'b.db',
    'c.db',
    'd.db',
    'db.a',
    'db.b',
    'db.c',
    'db.a.jnl',
    'db.b.jnl',
    'db.c.jnl',
    '',
  ),
  fc.constantFrom(
    'tmp-abcdefghij',
    'Ka.+013+00001.key',
    'Ka.+013+00002.private',
    'plain',
    'sp ace',
    'we*[i]{r,d}"\\',
  ),
);
const anyAccess = fc
  .record({
    folder: folders,
    name,
    mask: fc.constantFrom('r', 'w', 'c', 'wrc', 'wrd', 'd', 'a', 'ac', 'k'),
    ouid: fc.constantFrom(0, 100),
  })
  .map((it) => access(`${it.folder}/${it.name}`, it.mask, { ouid: it.ouid }));
const anyNeed = fc
  .record({
    path: fc.constantFrom('/srv/k', '/srv/z', '/srv', '/srv/z/a.db'),
    access: fc.constantFrom('read', 'write', 'replace'),
  })
  .map((it) => need(it.path, it.access));
const anyHosts = fc.array(
  fc.record({ records: fc.array(anyAccess, { maxLength: 12 }), needs: fc.array(anyNeed, { maxLength: 2 }) }),
  { maxLength: 4 },
);
const numbered = (hosts: readonly { records: readonly AuditRecord[]; needs: readonly Need[] }[]) =>
  hosts.map((it, i) => on(`ns${i}`, it.records, { needs: it.needs }));
const accesses = (hosts: readonly HostDenials[], proposal: Proposal) =>
  hosts
    .flatMap((it) => it.records)
    .filter((it) => {
      const want = wantOf(it);
      return want?.is === 'file' && !proposal.not.some((not) => not.what.startsWith(`${want.path} `));
    });
const lacking = (records: readonly AuditRecord[], proposal: Proposal) => {
  const rules = parseRules(texts(proposal).join('\n'));
  return records.filter((it) => {
    const want = wantOf(it);
    return want?.is === 'file' && missing(rules, want).length > 0;
  });
};

describe('whatever the evidence', () => {
  it('what is proposed covers what was denied', () => {
    fc.assert(
      fc.property(anyHosts, (given) => {
        const hosts = numbered(given);
        const proposal = propose('named', hosts);
        expect(lacking(accesses(hosts, proposal), proposal)).toEqual([]);
      }),
    );
  });

  it('no rule gives a permission in a folder where nothing asked for it, nor all of a shared folder', () => {
    fc.assert(
      fc.property(anyHosts, (given) => {
        const hosts = numbered(given);
        const wants = hosts.flatMap((it) => it.records).map(wantOf);
        for (const rule of parseRules(texts(propose('named', hosts)).join('\n'))) {
          if (rule.is !== 'file') throw new Error('only files were asked for');
          const folder = rule.path?.replace(/\/[^/]*$/, '') ?? '';
          expect(rule.path).not.toMatch(/^\/(srv|tmp|home|home\/dns)\/\*/);
          for (const letter of rule.permissions)
            if (letter !== 'a')
              expect(
                wants.some(
                  (it) =>
                    it?.is === 'file' &&
                    it.path.startsWith(folder.replace(/\\/g, '')) &&
                    it.permissions.includes(letter),
                ),
              ).toBe(true);
        }
      }),
    );
  });

  it('the order of hosts and records is nothing', () => {
    fc.assert(
      fc.property(anyHosts, (given) => {
        const hosts = numbered(given);
        const turned = hosts.toReversed().map((it) => ({ ...it, records: it.records.toReversed() }));
        expect(propose('named', turned)).toEqual(propose('named', hosts));
      }),
    );
  });

  it('more records take nothing away', () => {
    fc.assert(
      fc.property(anyHosts, fc.array(anyAccess, { maxLength: 6 }), (given, more) => {
        const hosts = numbered(given);
        const before = propose('named', hosts);
        const after = propose('named', [...hosts, on('more', more)]);
        expect(lacking(accesses(hosts, before), after)).toEqual([]);
      }),
    );
  });

  it('once its rules are there, nothing is proposed', () => {
    fc.assert(
      fc.property(anyHosts, (given) => {
        const hosts = numbered(given);
        const rules = parseRules(texts(propose('named', hosts)).join('\n'));
        expect(
          propose(
            'named',
            hosts.map((it) => ({ ...it, rules })),
          ).rules,
        ).toEqual([]);
      }),
    );
  });
});
