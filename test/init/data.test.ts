import { describe, expect, it } from 'vitest';
import { parseNamedConf } from '../../src/bind/named-conf.ts';
import { dataPlaces } from '../../src/init/data.ts';
import { unmeasured } from '../../src/init/features.ts';
import { bindConfig } from '../support/named-start.ts';

const config = (text: string, includes: readonly string[] = []) => bindConfig(text, { includes });
const places = (text: string, includes?: readonly string[]) => {
  const { read, write } = dataPlaces(config(text, includes));
  return { read: read.map((it) => it.path), write: write.map((it) => it.path) };
};
const options = 'options { directory "/var/cache/bind"; };';

it('named.conf is read as named-checkconf prints it', () => {
  expect(
    parseNamedConf(
      'acl "a b" {\n\t!10.0.0.0/8;\n\tany;\n};\nzone "x" IN {\n\tfile "/srv/my \\"zone\\"";\n};',
    ),
  ).toEqual([
    {
      words: ['acl', 'a b'],
      block: [
        { words: ['!10.0.0.0/8'], block: undefined },
        { words: ['any'], block: undefined },
      ],
    },
    { words: ['zone', 'x', 'IN'], block: [{ words: ['file', '/srv/my "zone"'], block: undefined }] },
  ]);
  expect(parseNamedConf('listen-on port 853 tls "t" {\n"any";\n};')[0]).toEqual({
    words: ['listen-on', 'port', '853', 'tls', 't'],
    block: [{ words: ['any'], block: undefined }],
  });
});

describe('where named reads and writes', () => {
  it.each([
    [
      'a zone that only its file knows is read',
      'zone "z" { type primary; file "/srv/z/db"; };',
      ['/srv/z'],
      [],
    ],
    ['a secondary is written', 'zone "z" { type secondary; file "/srv/z/db"; };', [], ['/srv/z']],
    [
      'a zone that is updated has its journal beside it',
      'zone "z" { type master; file "/srv/z/db"; allow-update { key "k"; }; };',
      [],
      ['/srv/z'],
    ],
    [
      'nobody is let in to update',
      'zone "z" { type primary; file "/srv/z/db"; allow-update { "none"; }; };',
      ['/srv/z'],
      [],
    ],
    [
      'a signed zone writes its keys, too',
      'zone "z" { type primary; file "/srv/z/db"; dnssec-policy "default"; key-directory "/srv/keys"; };',
      [],
      ['/srv/keys', '/srv/z'],
    ],
    [
      'a view gives its zones what it says of updates',
      'view "v" { allow-update { 10.0.0.1/32; }; zone "z" { type primary; file "/srv/z/db"; }; };',
      [],
      ['/srv/z'],
    ],
    [
      'a file in a wide folder stays a file',
      'zone "z" { type primary; file "/srv/z.db"; };',
      ['/srv/z.db'],
      [],
    ],
    ['a relative file lies in the directory', 'zone "z" { type secondary; file "sec/z"; };', [], []],
    ['a log', 'logging { channel "c" { file "/var/log/bind/q.log" size 5m; }; };', [], ['/var/log/bind']],
    ['keys of TLS', 'tls "t" { key-file "/etc/tls/k"; cert-file "/etc/tls/c"; };', ['/etc/tls'], []],
    [
      'what is read where it is written, too',
      'zone "a" { type primary; file "/srv/z/a"; }; zone "b" { type slave; file "/srv/z/b"; };',
      [],
      ['/srv/z'],
    ],
  ])('%s', (_, text, read, write) => {
    expect(places(`${options}\n${text}`)).toEqual({ read, write: [...write, '/var/cache/bind'].toSorted() });
  });

  it('files that others include are read, and /var/run is /run', () => {
    expect(
      places('options { directory "/srv/b"; pid-file "/var/run/named/x.pid"; };', ['/srv/inc/a.conf']),
    ).toEqual({
      read: ['/srv/inc'],
      write: ['/run/named', '/srv/b'],
    });
  });
});

it.each([
  ['tls "t" { key-file "/k"; };', ['DNS over TLS or HTTPS (tls, http)']],
  ['options { listen-on port 853 tls "ephemeral" { "any"; }; };', ['DNS over TLS or HTTPS (tls, http)']],
  ['options { dnstap { all; }; dnstap-output unix "/x"; };', ['dnstap']],
  ['options { tkey-gssapi-keytab "/x"; };', ['GSS-TSIG (tkey-gssapi-*)']],
  ['dlz "d" { database "dlopen /x.so"; };', ['DLZ or DynDB (dlz, dyndb)']],
  ['acl "a" { geoip country "DE"; };', ['GeoIP (geoip-directory, geoip in an acl)']],
  ['view "v" { plugin query "filter-aaaa.so" { }; };', ['plugins (plugin)']],
  ['options { recursion yes; }; zone "tls" { type primary; file "plugin"; };', []],
])('%s uses what no tier was measured with', (text, names) => {
  expect(unmeasured(config(text)).map(({ name }) => name)).toEqual(names);
});
