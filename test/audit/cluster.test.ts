import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alike } from '../../src/audit/alike.ts';
import { clustering, type Cluster } from '../../src/audit/cluster.ts';
import { verdictOf } from '../../src/audit/kind.ts';
import { parseTrailLine } from '../../src/audit/parse.ts';
import type { AuditRecord } from '../../src/audit/record.ts';
import { AbsolutePath } from '../../src/brand.ts';
import type { Need } from '../../src/bind/needs.ts';

const recordsIn = (text: string): AuditRecord[] =>
  text.split('\n').flatMap((line) => {
    const read = parseTrailLine(line);
    return read.is === 'record' ? [read.record] : [];
  });
const fixture = (name: string) => recordsIn(readFileSync(`test/fixtures/audit/${name}.txt`, 'utf8'));
const body = (fields: string) => recordsIn(`type=AVC msg=audit(100.000:1): apparmor="DENIED" ${fields}`);

function clusters(hosts: Readonly<Record<string, readonly AuditRecord[]>>, needs: readonly Need[] = []) {
  const it = clustering();
  for (const [host, records] of Object.entries(hosts))
    for (const record of records) it.add(host, record, needs);
  return it.clusters();
}
const of = (fields: string): Cluster => {
  const [it, ...more] = clusters({ ns1: body(fields) });
  expect(more).toEqual([]);
  return it as Cluster;
};

describe('names', () => {
  it.each([
    ['/srv/bind/dyn/tmp-IZeXahN5tP', '/srv/bind/dyn/tmp-*'],
    ['/srv/bind/keys/Ksig.test.+013+20811.key', '/srv/bind/keys/Ksig.test.+013+*.key'],
    ['/srv/bind/keys/Ksig.test.+013+20811.sWc8QH', '/srv/bind/keys/Ksig.test.+013+*.*'],
    ['/srv/bind/keys/Ksig.test.+013+20811.state', '/srv/bind/keys/Ksig.test.+013+*.state'],
    ['/srv/bind/keys/Ksig.test.+013+20811.private', '/srv/bind/keys/Ksig.test.+013+*.private'],
    ['/proc/1627/attr/current', '/proc/*/attr/current'],
    ['/proc/1627/task/12/comm', '/proc/*/task/*/comm'],
    ['/srv/bind/db-a7GhUx2q', '/srv/bind/db-*'],
    ['/var/log/bind/named.log.4', '/var/log/bind/named.log.*'],
  ])('%s is one of %s', (name, pattern) => expect(alike(name)).toBe(pattern));

  it.each(['/srv/db.192.168.1', '/srv/db.10', '/srv/db-customer', '/srv/tmp-file', '/proc/sys/kernel/x'])(
    '%s stays itself',
    (name) => expect(alike(name)).toBe(name),
  );
});

it('the same journal on many hosts is one cluster, with the statement that needed it', () => {
  const journal = (time: number, op: string, mask: string) =>
    recordsIn(
      `type=AVC msg=audit(${time}.000:1): apparmor="DENIED" operation="${op}" profile="named" name="/srv/dyn/db.jnl" pid=1 comm="isc-net-0000" requested_mask="${mask}" denied_mask="${mask}" fsuid=100 ouid=100`,
    );
  const need: Need = {
    path: AbsolutePath.parse('/srv/dyn/db.jnl'),
    access: 'replace',
    why: 'journal of zone example.test',
    at: { file: AbsolutePath.parse('/etc/bind/named.conf.local'), line: 9 },
  };
  const found = clusters(
    { ns2: journal(30, 'mknod', 'c'), ns1: [...journal(10, 'mknod', 'c'), ...journal(20, 'open', 'wrc')] },
    [need],
  );
  expect(found).toEqual([
    {
      verdict: 'DENIED',
      profile: 'named',
      kind: 'file',
      operation: 'change',
      name: '/srv/dyn/db.jnl',
      count: 3,
      hosts: [
        { host: 'ns1', count: 2 },
        { host: 'ns2', count: 1 },
      ],
      first: 10,
      last: 30,
      mask: 'crw',
      owner: true,
      samples: ['/srv/dyn/db.jnl'],
      needs: [{ need, hosts: 2 }],
    },
  ]);
});

it('one access of another’s file makes the cluster none of owners, whatever its place', () => {
  const access = (ouid: number) =>
    body(`operation="open" profile="named" name="/x" denied_mask="r" fsuid=100 ouid=${ouid}`);
  expect(clusters({ a: [...access(0), ...access(100)] })[0]?.owner).toBe(false);
  expect(clusters({ a: [...access(100), ...access(0)] })[0]?.owner).toBe(false);
  expect(of('operation="open" profile="named" name="/x" denied_mask="r"').owner).toBeUndefined();
});

it.each([
  [
    'operation="capable" profile="named" capability=2  capname="dac_read_search"',
    'capability',
    'dac_read_search',
  ],
  [
    'operation="create" profile="named" family="packet" sock_type="raw" requested_mask="create"',
    'network',
    'packet raw',
  ],
  ['operation="exec" profile="named" name="/bin/sh" requested_mask="x" denied_mask="x"', 'exec', '/bin/sh'],
  [
    'operation="signal" profile="named" requested_mask="receive" denied_mask="receive" signal=term peer="x"',
    'signal',
    'term peer x',
  ],
  [
    'operation="ptrace" profile="named" requested_mask="read" denied_mask="read" peer="x"',
    'ptrace',
    'peer x',
  ],
  [
    'operation="mount" info="failed type match" error=-13 profile="named" name="/mnt/" fstype="ext4" srcname="/dev/sda"',
    'mount',
    '/dev/sda on /mnt/',
  ],
  ['operation="change_profile" profile="named" name="named" target="other"', 'profile', 'other'],
  ['operation="setrlimit" profile="named" rlimit=nofile value=99', 'rlimit', 'nofile 99'],
  ['operation="userns_create" class="namespace" profile="named" comm="x"', 'userns', 'x'],
])('%s is of kind %s', (fields, kind, name) => expect(of(fields)).toMatchObject({ kind, name }));

it.each([
  'named//null-/bin/sh',
  'named//null-a//null-b',
  'named//&unconfined',
  'unconfined//&named',
  'named',
])('%s is of profile named', (profile) =>
  expect(of(`operation="open" profile="${profile}" name="/x"`).profile).toBe('named'),
);

it('verdicts are apart: what complain mode let happen is none of what was denied', () => {
  const allowed = recordsIn('apparmor="ALLOWED" operation="open" profile="named" name="/x" denied_mask="r"');
  const denied = body('operation="open" profile="named" name="/x" denied_mask="r"');
  expect(clusters({ a: [...allowed, ...denied] }).map((it) => it.verdict)).toEqual(['ALLOWED', 'DENIED']);
});

it('a filter’s record says what came of the call by its code', () => {
  expect(clusters({ vm1: fixture('vm1-seccomp') })[0]).toMatchObject({
    verdict: 'KILLED',
    kind: 'syscall',
    profile: 'named',
  });
  const logged = recordsIn(
    'type=SECCOMP msg=audit(1.0:1): pid=1 comm="named" exe="/usr/sbin/named" sig=0 arch=c000003e syscall=92 compat=0 ip=0x0 code=0x7ffc0000',
  );
  expect(clusters({ a: logged })[0]?.verdict).toBe('ALLOWED');
});

it('real logs: keys with random names are one cluster each', () => {
  const names = clusters({ vm1: fixture('n2-dyn-sign') }).map((it) => it.name);
  expect(names).toContain('/srv/bind/keys/Ksig.test.+013+*.*');
  expect(names.filter((it) => it.includes('Ksig')).length).toBe(1);
});

it('no denial is lost or counted twice, and neither order nor the split into looks matters', () => {
  const records = ['n2-dyn-sign', 'n3-pid', 'n4-plugin', 'audit-mode', 'vm1-seccomp'].flatMap(fixture);
  const heard = fc.array(
    fc.record({ host: fc.constantFrom('a', 'b', 'c'), record: fc.constantFrom(...records) }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(
      heard.chain((it) =>
        fc.tuple(fc.constant(it), fc.shuffledSubarray(it, { minLength: it.length, maxLength: it.length })),
      ),
      ([all, shuffled]) => {
        const gathered = (list: typeof all) => {
          const it = clustering();
          for (const { host, record } of list) it.add(host, record);
          return it.clusters();
        };
        const found = gathered(all);
        const denials = all.filter((it) => verdictOf(it.record) !== undefined).length;
        expect(found.reduce((sum, it) => sum + it.count, 0)).toBe(denials);
        expect(gathered(shuffled)).toEqual(found);
      },
    ),
  );
});
