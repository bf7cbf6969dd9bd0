import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BindConfig } from '../../src/bind/config.ts';
import type { Line } from '../../src/bind/needing.ts';
import { needFor, needsOf } from '../../src/bind/needs.ts';
import { AbsolutePath } from '../../src/brand.ts';
import { bindConfig as config, start as debian } from '../support/named-start.ts';
import { scratch } from '../support/confine.ts';

/** Needs as `ACCESS PATH: WHY`, without those that every named has. */
function needs(text: string, more?: Partial<BindConfig>): string[] {
  const always = new Set(told(config('options { directory "/var/cache/bind"; };')));
  return told(config(`options { directory "/var/cache/bind"; };\n${text}`, more)).filter(
    (it) => !always.has(it),
  );
}
const told = (it: BindConfig): string[] =>
  needsOf(it).map(({ access, path, why }) => `${access} ${path}: ${why}`);

describe('what named.conf needs', () => {
  it('has Debian’s defaults where nothing is set', () => {
    expect(told(config('options { directory "/var/cache/bind"; };'))).toEqual([
      'read /etc/bind/named.conf: named.conf',
      'replace /var/cache/bind: working directory',
      'write /var/cache/bind/named.stats: statistics file',
      'write /var/cache/bind/named_dump.db: dump file',
      'write /var/cache/bind/named.recursing: list of recursing clients',
      'write /var/cache/bind/named.secroots: list of trust anchors',
      'write /run/named/named.pid: pid file',
      'write /run/named/session.key: session key',
      'read /etc/bind/rndc.key: key of rndc',
      'read /etc/bind/bind.keys: trust anchors',
    ]);
  });

  it.each([
    ['a primary', 'zone "a.test" { type primary; file "/srv/a"; };', ['read /srv/a: zone a.test']],
    [
      'a dynamic primary',
      'zone "a.test" { type master; file "dyn/a"; allow-update { key "k"; }; };',
      [
        'read /var/cache/bind/dyn/a: zone a.test',
        'replace /var/cache/bind/dyn/a: zone a.test',
        'replace /var/cache/bind/dyn: zone a.test',
        'replace /var/cache/bind/dyn/a.jnl: journal of zone a.test',
      ],
    ],
    [
      'updates that nobody may send',
      'zone "a.test" { type primary; file "/srv/a"; allow-update { "none"; }; };',
      ['read /srv/a: zone a.test'],
    ],
    [
      'a journal elsewhere',
      'zone "a.test" { type primary; file "/srv/a"; journal "/var/lib/bind/j"; update-policy local; };',
      [
        'read /srv/a: zone a.test',
        'replace /srv/a: zone a.test',
        'replace /srv: zone a.test',
        'replace /var/lib/bind/j: journal of zone a.test',
        'replace /var/lib/bind: journal of zone a.test',
      ],
    ],
    [
      'a signed primary',
      'zone "a.test" { type primary; file "/srv/a"; dnssec-policy default; key-directory "/srv/keys"; };',
      [
        'read /srv/a: zone a.test',
        'replace /srv/a.signed: signed zone a.test',
        'replace /srv: signed zone a.test',
        'replace /srv/a.signed.jnl: journal of signed zone a.test',
        'replace /srv/a.jbk: journal of zone a.test',
        'replace /srv/keys: keys of zone a.test',
      ],
    ],
    [
      'a secondary',
      'zone "a.test" { type secondary; file "/srv/a"; primaries { 192.0.2.1; }; };',
      [
        'replace /srv/a: zone a.test',
        'replace /srv: zone a.test',
        'replace /srv/a.jnl: journal of zone a.test',
      ],
    ],
    ['a secondary in memory', 'zone "a.test" { type slave; };', []],
    ['hints', 'zone "." { type hint; file "/srv/root"; };', ['read /srv/root: root hints']],
    ['a forwarded zone', 'zone "a.test" { type forward; };', []],
    [
      'zones in views',
      'view "in" { zone "a.test" { type primary; file "/srv/in"; }; }; view "out" { zone "a.test" { in-view "in"; }; };',
      ['read /srv/in: zone a.test'],
    ],
    [
      'a template',
      'template "t" { type secondary; file "/srv/$view/$name"; }; zone "a.test" { template "t"; };',
      [
        'replace /srv/_default/a.test: zone a.test',
        'replace /srv/_default: zone a.test',
        'replace /srv/_default/a.test.jnl: journal of zone a.test',
      ],
    ],
    [
      'a log, and one that rotates',
      'logging { channel q { file "/var/log/q"; }; channel r { file "r.log" versions 3 size 1m; }; };',
      ['write /var/log/q: log channel q', 'replace /var/cache/bind/r.log: log channel r'],
    ],
    [
      'TLS',
      'tls "t" { cert-file "/etc/tls/c"; key-file "/etc/tls/k"; };',
      ['read /etc/tls/c: cert-file of tls t', 'read /etc/tls/k: key-file of tls t'],
    ],
    [
      'libraries',
      'dlz "d" { database "dlopen /usr/lib/d.so user=u"; }; plugin query "/usr/lib/p.so" { }; dyndb "y" "/usr/lib/y.so" { };',
      ['map /usr/lib/p.so: plugin /usr/lib/p.so', 'map /usr/lib/y.so: dyndb y', 'map /usr/lib/d.so: dlz d'],
    ],
    ['GeoIP', 'acl "a" { geoip country DE; };', ['read /usr/share/GeoIP: GeoIP']],
    [
      'a view with zones of its own making',
      'view "in" { allow-new-zones yes; };',
      [
        'replace /var/cache/bind/in.nzd: zones added by rndc of view in',
        'replace /var/cache/bind: zones added by rndc of view in',
      ],
    ],
  ])('of %s', (_, text, wanted) => {
    const expected = wanted.filter((it) => !it.startsWith('replace /var/cache/bind: '));
    expect(needs(text)).toEqual(expected);
  });

  it('lie in the chroot, if there is one', () => {
    expect(
      told(config('options { directory "/var/cache/bind"; };', { start: { ...debian, root: '/srv/root' } })),
    ).toContain('write /srv/root/run/named/named.pid: pid file');
  });

  it('has the defaults of another build where nothing is set, and none that it does not tell', () => {
    const builtIn = new Map([
      ['named PID file', '/opt/bind/var/run/named.pid'],
      ['rndc configuration', '/opt/bind/etc/rndc.conf'],
    ]);
    const start = { ...debian, file: '/opt/bind/etc/named.conf' };
    const all = told(config('options { directory "/opt/bind/var"; };', { start, builtIn }));
    expect(all).toContain('read /opt/bind/etc/named.conf: named.conf');
    expect(all).toContain('write /opt/bind/var/run/named.pid: pid file');
    expect(all).toContain('read /opt/bind/etc/rndc.key: key of rndc');
    expect(all.filter((it) => !it.includes(' /opt/bind/'))).toEqual([]);
  });

  it('are said with the line of their statement, also where another zone has the same file', () => {
    const at = (line: number, owner: string, word: string, value: string): Line => ({
      file: AbsolutePath.parse('/etc/bind/named.conf.local'),
      line,
      owner,
      word,
      value,
    });
    const found = needsOf(
      config(
        'zone "a.test" { type primary; file "/srv/a"; }; zone "b.test" { type primary; file "/srv/b"; };',
      ),
      [at(3, 'zone a.test', 'file', '/srv/a'), at(9, 'zone b.test', 'file', '/srv/b')],
    );
    expect(needFor(found, '/srv/b')).toMatchObject({ why: 'zone b.test', at: { line: 9 } });
    expect(needFor(found, '/srv/c')).toBeUndefined();
  });

  it('are found in what named-checkconf printed on a host', () => {
    const text = readFileSync(new URL('../fixtures/named-checkconf/px.txt', import.meta.url), 'utf8');
    expect(told(config(text))).toContain('read /srv/bind/zones/db.example: zone example.test');
    expect(told(config(text))).toContain('read /usr/share/dns/root.hints: root hints');
  });
});

describe('the lines that a host sends', () => {
  const source = join(import.meta.dirname, '../../src/bind/statements.sh');
  const lines = (text: string, root = ''): string[] => {
    const file = scratch('named.conf', text);
    const said = execFileSync(
      'sh',
      ['-c', '. "$1"; TAB=$(printf "\\t"); bind_statements "$2" "$3"', 'sh', source, file, root],
      {
        encoding: 'utf8',
      },
    );
    return said
      .trimEnd()
      .split('\n')
      .map((it) => it.replace(`${file}\t`, ''));
  };

  it('have statements with paths, their numbers and the zone or channel around them, but no comments', () => {
    expect(
      lines(`options { directory "/var/cache/bind"; /* file "no";
 file "no"; */ pid-file "/run/x.pid"; # file "no";
};
logging { channel q { file "/var/log/q.log" versions 3; }; };
zone "a.test" { type primary; file "/srv/#a"; };
view v { zone b.test in {
  type secondary; // file "no";
  file "db.b"; }; key-directory "/keys";
};
dnstap-output file "/var/x.tap" size 3m;
plugin query "p.so" { };`),
    ).toEqual([
      '1\t\tdirectory\t/var/cache/bind',
      '2\t\tpid-file\t/run/x.pid',
      '4\tchannel q\tfile\t/var/log/q.log',
      '5\tzone a.test\tfile\t/srv/#a',
      '8\tzone b.test\tfile\tdb.b',
      '8\t\tkey-directory\t/keys',
      '10\t\tdnstap-output\t/var/x.tap',
      '11\t\tplugin\tp.so',
    ]);
  });

  it('never hold a secret', () => {
    const said = lines(`key "k" { algorithm hmac-sha256; secret "hidden"; };
dlz "d" { database "dlopen /usr/lib/d.so password=hidden"; };`);
    expect(said).toEqual(['2\tdlz d\tdatabase\tdlopen /usr/lib/d.so']);
  });

  it('come from included files, too, by pattern and relative to the directory', () => {
    const one = scratch('one.inc', 'zone "a.test" { file "a"; };');
    const folder = one.slice(0, one.lastIndexOf('/'));
    const name = one.slice(folder.length + 1);
    expect(lines(`options { directory "${folder}"; };\ninclude "${name.replace('one', 'on*')}";`)).toContain(
      `${one}\t1\tzone a.test\tfile\ta`,
    );
  });

  it('come from below the chroot, where its paths begin', () => {
    const one = scratch('inside.inc', 'zone "a.test" { file "a"; };');
    const folder = one.slice(0, one.lastIndexOf('/'));
    expect(lines(`include "${one.slice(folder.length)}";`, folder)).toContain(
      `${one}\t1\tzone a.test\tfile\ta`,
    );
  });
});
