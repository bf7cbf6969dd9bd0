import { describe, expect, it } from 'vitest';
import type { Access } from '../../src/bind/access-probe.ts';
import { parsePolicy } from '../../src/apparmor/policy.ts';
import type { Access as Kind, Need } from '../../src/bind/needs.ts';
import { blockedNeeds, blockedText, type Layers } from '../../src/bind/permitted.ts';
import { AbsolutePath } from '../../src/brand.ts';
import { fileSource, unitOf } from '../../src/lint/unit.ts';
import { start } from '../support/named-start.ts';

const bind = { name: 'bind', uid: 100, groups: new Set([107]) };
const zone = (path: string, access: Kind = 'read'): Need => ({
  path: AbsolutePath.parse(path),
  access,
  why: 'zone example.test',
  at: { file: AbsolutePath.parse('/etc/bind/named.conf.local'), line: 9 },
});

/** Paths as `ls -ln` would have them: mode in octal with its kind, owner and group. */
type Files = Readonly<Record<string, readonly [number, number, number]>>;
const folder = (mode: number, uid = 0, gid = 0): readonly [number, number, number] => [
  0o040000 | mode,
  uid,
  gid,
];
const file = (mode: number, uid = 0, gid = 0): readonly [number, number, number] => [
  0o100000 | mode,
  uid,
  gid,
];

function blocked(
  needs: readonly Need[],
  {
    rules = '/** rw,',
    mode = 'enforce',
    unit = {},
    files = {},
    links = {},
    firejail = [],
  }: {
    readonly rules?: string;
    readonly mode?: 'enforce' | 'complain';
    readonly unit?: Readonly<Record<string, string>>;
    readonly files?: Files;
    readonly links?: Readonly<Record<string, string>>;
    readonly firejail?: readonly string[];
  },
): string[] {
  const access: Access = {
    start,
    needs,
    user: bind,
    real: (path) => links[path] ?? path,
    stat: (path) => {
      const [bits, uid, gid] = files[path] ?? [];
      return bits === undefined || uid === undefined || gid === undefined
        ? undefined
        : { mode: bits, uid, gid };
    },
    firejail,
    policy: parsePolicy(`@{zones}=/srv/zones\nprofile named /usr/sbin/named {\n${rules}\n}`),
  };
  const layers: Layers = {
    access,
    profile: { name: 'named', mode },
    unit: unitOf('named.service', [
      fileSource(
        '/etc/systemd/system/named.service.d/50-x.conf',
        ['[Service]', ...Object.entries(unit).map(([key, value]) => `${key}=${value}`)].join('\n'),
      ),
    ]),
  };
  return blockedNeeds(layers).map(blockedText);
}

describe('AppArmor', () => {
  it('blocks what no rule allows, and the rule is told', () => {
    expect(blocked([zone('/srv/bind/zones/db.example')], { rules: '/etc/bind/** r,' })).toEqual([
      'AppArmor blocks /srv/bind/zones/db.example: zone example.test, named.conf.local:9; the rule /srv/bind/zones/db.example r, would allow it',
    ]);
  });

  it.each<[string, string, Kind, boolean]>([
    ['a rule for it', '/srv/zones/a r,', 'read', true],
    ['a variable', '@{zones}/** r,', 'read', true],
    ['one that only reads, for a log', '/srv/zones/a r,', 'write', false],
    ['one that reads and writes, for a library', '/srv/zones/a rw,', 'map', false],
    ['m', '/srv/zones/a mr,', 'map', true],
    ['owner, where root owns it', 'owner /srv/zones/a r,', 'read', false],
    ['deny, whatever else', '/srv/** rw,\n deny /srv/zones/* r,', 'read', false],
  ])('with %s', (_, rules, access, allowed) => {
    const files = { '/srv/zones/a': file(0o666) };
    expect(blocked([zone('/srv/zones/a', access)], { rules, files })).toHaveLength(allowed ? 0 : 1);
  });

  it('judges where a link leads, and says so', () => {
    expect(blocked([zone('/srv/a')], { rules: '/srv/** r,', links: { '/srv/a': '/data/a' } })).toEqual([
      'AppArmor blocks /srv/a (it leads to /data/a): zone example.test, named.conf.local:9; the rule /data/a r, would allow it',
    ]);
  });

  it('in complain would block; only deny bites', () => {
    const rules = 'deny /srv/b r,';
    expect(blocked([zone('/srv/a'), zone('/srv/b')], { rules, mode: 'complain' })).toEqual([
      'AppArmor would block /srv/a: zone example.test, named.conf.local:9; the rule /srv/a r, would allow it',
      'AppArmor blocks /srv/b: zone example.test, named.conf.local:9 (deny /srv/b r); no other rule outweighs a deny rule: take it out',
    ]);
  });

  it('of a folder needs what names nobody knows yet get', () => {
    const files = { '/srv/keys': folder(0o777) };
    expect(blocked([zone('/srv/keys', 'replace')], { rules: '/srv/keys/K* rw,', files })).toEqual([
      expect.stringContaining('the rule /srv/keys/** rw, would allow it'),
    ]);
    expect(blocked([zone('/srv/keys', 'replace')], { rules: '/srv/keys/** rw,', files })).toEqual([]);
  });

  it('takes a name with a space in quotes', () => {
    expect(blocked([zone('/srv/my zones/a')], { rules: '' })).toEqual([
      expect.stringContaining('the rule "/srv/my zones/a" r, would allow it'),
    ]);
  });
});

describe('the sandbox', () => {
  const strict = { ProtectSystem: 'strict', ReadWritePaths: '-/var/lib/bind -/var/cache/bind' };
  it.each<[string, Readonly<Record<string, string>>, string, Kind, string | undefined]>([
    ['strict, read', strict, '/srv/a', 'read', undefined],
    ['strict, written', strict, '/srv/a', 'write', 'ProtectSystem=strict'],
    ['strict, but for that', strict, '/var/lib/bind/a', 'replace', undefined],
    ['a name that only begins the same', strict, '/var/lib/binder/a', 'write', 'ProtectSystem=strict'],
    ['full', { ProtectSystem: 'full' }, '/etc/bind/a', 'replace', 'ProtectSystem=full'],
    ['no', { ProtectSystem: 'no' }, '/etc/bind/a', 'replace', undefined],
    ['home', { ProtectHome: 'yes' }, '/home/dns/a', 'read', 'ProtectHome=yes'],
    ['home to read', { ProtectHome: 'read-only' }, '/home/dns/a', 'read', undefined],
    ['hidden', { InaccessiblePaths: '-/srv' }, '/srv/a', 'read', 'InaccessiblePaths=-/srv'],
    ['read-only', { ReadOnlyPaths: '/srv' }, '/srv/a', 'replace', 'ReadOnlyPaths=/srv'],
    [
      'writable below read-only',
      { ReadOnlyPaths: '/srv', ReadWritePaths: '/srv/b' },
      '/srv/b/a',
      'write',
      undefined,
    ],
    ['an empty /tmp, read', { PrivateTmp: 'yes' }, '/tmp/a', 'read', 'PrivateTmp=yes'],
    ['an empty /tmp, written', { PrivateTmp: 'yes' }, '/tmp/a', 'write', undefined],
    [
      'a state folder',
      { ProtectSystem: 'strict', LogsDirectory: 'named' },
      '/var/log/named/a',
      'write',
      undefined,
    ],
    [
      'another root, of which nothing is known',
      { RootDirectory: '/srv/root', ...strict },
      '/srv/a',
      'write',
      undefined,
    ],
  ])('%s', (_, unit, path, access, by) => {
    const found = blocked([zone(path, access)], { unit });
    expect(found).toEqual(by === undefined ? [] : [expect.stringContaining(`the sandbox blocks ${path}`)]);
    if (by !== undefined) expect(found[0]).toContain(`(${by})`);
  });

  it('says which directive would allow it', () => {
    expect(blocked([zone('/srv/bind/a', 'write')], { unit: strict })[0]).toContain(
      'ReadWritePaths=-/srv/bind in a drop-in would allow it',
    );
  });
});

describe('file permissions', () => {
  const home = { '/': folder(0o755), '/srv': folder(0o755) };
  it.each<[string, Files, Kind, string | undefined]>([
    ['a file for everybody', { '/srv/a': file(0o644) }, 'read', undefined],
    [
      'one of root alone',
      { '/srv/a': file(0o600) },
      'read',
      'bind may not read /srv/a, which is 0600 of 0:0',
    ],
    ['one of the group', { '/srv/a': file(0o640, 0, 107) }, 'read', undefined],
    ['one of its owner, who may not', { '/srv/a': file(0o044, 100) }, 'read', 'bind may not read /srv/a'],
    [
      'a closed folder',
      { '/srv': folder(0o700), '/srv/a': file(0o644) },
      'read',
      'bind may not go through /srv',
    ],
    ['a new log in a folder of root', {}, 'write', 'bind may not make files in /srv'],
    ['a log that is there', { '/srv/a': file(0o644, 100) }, 'write', undefined],
    [
      'a zone to replace, its own in a folder of root',
      { '/srv/a': file(0o644, 100) },
      'replace',
      'bind may not make files in /srv',
    ],
    ['a folder of its own', { '/srv': folder(0o755, 100) }, 'replace', undefined],
  ])('%s', (_, files, access, by) => {
    const found = blocked([zone('/srv/a', access)], { files: { ...home, ...files } });
    expect(found).toEqual(by === undefined ? [] : [expect.stringContaining(by)]);
  });

  it('of the configuration would block a reload, but no start', () => {
    const files = { ...home, '/srv/named.conf': file(0o600) };
    const need = { ...zone('/srv/named.conf'), why: 'named.conf', at: undefined };
    expect(blocked([need], { files })).toEqual([
      'file permissions would block /srv/named.conf: named.conf (bind may not read /srv/named.conf, which is 0600 of 0:0); on the host: chgrp bind /srv/named.conf && chmod g+r /srv/named.conf',
    ]);
  });
});

describe('a start under a profile', () => {
  const start = (program: string) => ({ AppArmorProfile: 'named', ExecStart: program });
  it.each<[string, string, string, string | undefined]>([
    ['of named itself', '', '/usr/sbin/named -f', undefined],
    ['of env, without a rule', '', '/usr/bin/env A=1 /usr/sbin/named -f', 'the rule /usr/sbin/named ix,'],
    ['of env, with one', '/usr/sbin/named ix,', '/usr/bin/env A=1 /usr/sbin/named -f', undefined],
    [
      'of aa-exec, without a rule',
      '/usr/sbin/named ix,',
      '/usr/bin/aa-exec -p other -- /usr/sbin/named -f',
      'the rule change_profile -> other,',
    ],
    [
      'of aa-exec, with one',
      'change_profile -> oth*,',
      '/usr/bin/aa-exec -p other -- /usr/sbin/named -f',
      undefined,
    ],
  ])('%s', (_, rules, program, rule) => {
    const found = blocked([], { rules, unit: start(program) });
    expect(found).toEqual(rule === undefined ? [] : [expect.stringContaining(`${rule} would allow it`)]);
  });
});

describe('Firejail', () => {
  const unit = { ExecStart: '/usr/bin/firejail --profile=/etc/firejail/x.profile /usr/sbin/named -f' };
  const jail = [
    'read-only /srv',
    'read-write /srv/dyn',
    'writable-var',
    'blacklist /etc/secret*',
    'private-tmp',
  ];
  it.each<[string, readonly string[], string, Kind, string | undefined]>([
    ['what it has read-only, read', jail, '/srv/a', 'read', undefined],
    ['what it has read-only, written', jail, '/srv/a', 'replace', 'read-only /srv'],
    ['what it has writable below', jail, '/srv/dyn/a', 'replace', undefined],
    ['/var, which is writable', jail, '/var/lib/bind/a', 'replace', undefined],
    ['/var without writable-var', ['quiet'], '/var/lib/bind/a', 'replace', 'no writable-var'],
    ['a blacklist', jail, '/etc/secrets/a', 'read', 'blacklist /etc/secret*'],
    ['one that is taken back', [...jail, 'noblacklist /etc/secret*'], '/etc/secrets/a', 'read', undefined],
    ['a whitelist of others', ['whitelist /srv/b'], '/srv/a', 'read', 'whitelist /srv/b'],
    ['a whitelist of it', ['whitelist /srv/a'], '/srv/a', 'read', undefined],
    [
      'a whitelist of /usr/share/x',
      ['whitelist /usr/share/x'],
      '/usr/share/dns/root.hints',
      'read',
      'whitelist /usr/share/x',
    ],
  ])('%s', (_, firejail, path, access, by) => {
    const found = blocked([zone(path, access)], { unit, firejail });
    expect(found).toEqual(by === undefined ? [] : [expect.stringContaining(`(${by})`)]);
    expect(blocked([zone(path, access)], { firejail })).toEqual([]);
  });
});
