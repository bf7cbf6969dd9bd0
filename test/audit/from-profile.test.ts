import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { differenceOf } from '../../src/audit/from-profile.ts';

const packaged = readFileSync('test/fixtures/usr.sbin.named.stock', 'utf8');
const changed = (change: (text: string) => string) => differenceOf('named', packaged, change(packaged));
const before = '  /etc/bind/** r,\n';

describe('a packaged profile that somebody changed', () => {
  it('is no different where it is the same, whatever its order and comments', () => {
    expect(changed((it) => it)).toEqual({ overrides: [], shown: [] });
    const turned = packaged
      .replace(before, '')
      .replace('  # gssapi\n', `  /etc/bind/**   r , # moved\n`.replace(' ,', ','));
    expect(differenceOf('named', packaged, turned)).toEqual({ overrides: [], shown: [] });
    expect(changed((it) => it.replace('/dev/urandom rwmk,', '/dev/urandom mrwk,'))).toEqual({
      overrides: [],
      shown: [],
    });
  });

  it('gives what it adds as overrides', () => {
    const added = `${before}  owner /srv/z/** rw,\n  deny /etc/bind/secret r,\n  capability chown,\n  network inet raw,\n`;
    const result = changed((it) =>
      it
        .replace(before, added)
        .replace(
          '#include <abstractions/base>',
          '#include <abstractions/base>\n  include <abstractions/ssl_certs>',
        ),
    );
    expect(result).toEqual({
      overrides: [
        'owner /srv/z/** rw,',
        'deny /etc/bind/secret r,',
        'capability chown,',
        'network inet raw,',
        '#include <abstractions/ssl_certs>',
      ],
      shown: [],
    });
  });

  it('does not repeat what the package allows', () => {
    expect(changed((it) => it.replace(before, `${before}  /etc/bind/one r,\n`))).toEqual({
      overrides: [],
      shown: [],
    });
  });

  it('shows what a local file cannot say', () => {
    const result = changed((it) =>
      it
        .replace('flags=(attach_disconnected)', 'flags=(attach_disconnected, complain)')
        .replace(before, '  /etc/bind/named.conf r,\n  /usr/bin/id mrix,\n'),
    );
    expect(result?.overrides).toEqual([]);
    expect(result?.shown).toMatchObject([
      { what: '/usr/bin/id mrix,', why: expect.stringContaining('starts no programs') },
      expect.objectContaining({}),
      { what: expect.stringContaining('complain'), why: expect.stringContaining('apparmor_mode') },
    ]);
  });

  it('is unknown where the profile is not in its file', () => {
    expect(differenceOf('named', packaged, '# nothing')).toBeUndefined();
  });
});
