import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { denying, missing } from '../../src/apparmor/covers.ts';
import { parsePolicy, parseRules } from '../../src/apparmor/policy.ts';

const printed = readFileSync('test/fixtures/apparmor_parser/preprocessed.txt', 'utf8');

describe('the packaged profile, as apparmor_parser -p prints it', () => {
  const [named, ...more] = parsePolicy(printed);
  const rules = named?.rules ?? [];
  const lacks = (path: string, permissions: string, owned?: boolean) =>
    missing(rules, { path, permissions, owned }).join('');

  it('is one profile, every rule of it read', () => {
    expect(more).toEqual([]);
    expect(named?.header).toEqual({
      name: 'named',
      attach: '/usr/sbin/named',
      flags: ['attach_disconnected'],
    });
    expect(rules.filter((it) => it.is === 'unread')).toEqual([]);
    expect(rules.flatMap((it) => (it.is === 'capability' ? it.names : []))).toEqual(
      expect.arrayContaining(['net_bind_service', 'setgid', 'setuid', 'sys_chroot', 'sys_resource']),
    );
  });

  it('has no variable left in it', () => {
    expect(rules.filter((it) => it.is === 'file' && it.path?.includes('@{'))).toEqual([]);
  });

  it.each([
    ['/etc/bind/named.conf', 'rw', 'w'],
    ['/var/cache/bind/x/y', 'rwlk', 'k'],
    ['/var/cache/bind/_default.nzd-lock', 'rwk', ''],
    ['/var/run/named/named.pid', 'w', ''],
    ['/run/named/named.pid', 'wr', 'r'],
    ['/proc/net/if_inet6', 'r', ''],
    ['/proc/12/net/if_inet6', 'r', ''],
    ['/usr/lib/x86_64-linux-gnu/samba/bind9/dlz.so', 'rm', ''],
    ['/usr/lib/x86_64-linux-gnu/libdns-9.18.so', 'rm', ''],
    ['/srv/bind/zones/db.example', 'r', 'r'],
    ['/etc/shadow', 'r', 'r'],
  ])('of %s, %s lacks "%s"', (path, wanted, lacking) => {
    expect(lacks(path, wanted)).toBe(lacking);
  });

  it('gives what is for the owner to the owner alone', () => {
    expect(lacks('/var/tmp/krb5_100', 'rw', true)).toBe('');
    expect(lacks('/var/tmp/krb5_100', 'rw', false)).toBe('rw');
    expect(lacks('/var/tmp/krb5_100', 'rw')).toBe('rw');
  });
});

describe('a policy', () => {
  it('keeps hats and children apart, and spreads the words before a block', () => {
    const text =
      'profile a /bin/a {\n /x r,\n deny {\n /y w,\n }\n ^hat { /z r, }\n profile b { /b r, }\n}\n/bin/c { /c r, }';
    expect(
      parsePolicy(text).map((it) => [
        it.header.name,
        it.rules.map((rule) => rule.is !== 'unread' && rule.text),
      ]),
    ).toEqual([
      ['a', ['/x r', 'deny /y w']],
      ['a//hat', ['/z r']],
      ['a//b', ['/b r']],
      ['/bin/c', ['/c r']],
    ]);
  });

  it('resolves variables, those in variables too', () => {
    const text =
      '@{A}=/a/ /b\n@{A}+="/my c"\n@{B}=@{A}/x # no\nprofile p {\n  @{B}/** r,\n  signal peer=@{profile_name},\n}';
    const rules = parsePolicy(text)[0]?.rules ?? [];
    expect(missing(rules, { path: '/my c/x/1', permissions: 'r', owned: undefined })).toEqual([]);
    expect(missing(rules, { path: '/a/x/1', permissions: 'r', owned: undefined })).toEqual([]);
    expect(missing(rules, { path: '/c/x/1', permissions: 'r', owned: undefined })).toEqual(['r']);
    expect(rules.at(-1)).toMatchObject({ conditions: new Map([['peer', ['p']]]) });
  });

  it('has deny win, whatever else is there', () => {
    const rules = parseRules(
      '# mine, r,\n/srv/** rw,\ndeny /srv/keys/** w, # no "writing"\n#include <x>\n/{a,b c r,\n/d r,',
    );
    const access = { path: '/srv/keys/k', permissions: 'rw', owned: undefined };
    expect(missing(rules, access)).toEqual(['w']);
    expect(denying(rules, access)).toMatchObject({ path: '/srv/keys/**' });
    expect(missing(rules, { path: '/d', permissions: 'r', owned: undefined })).toEqual([]);
  });
});
