import { expect, it } from 'vitest';
import { isAbout } from '../../src/audit/kind.ts';
import { record } from './records.ts';

const bare = { profile: undefined, comm: 'isc-net-0000' };
it.each([
  ['its own', record({}), true],
  ['complain mode’s child of it', record({ profile: 'named//null-/bin/sh' }), true],
  ['another’s, of a program of its name', record({ profile: 'firejail-default', comm: 'named' }), false],
  [
    'a filter’s, where named is unconfined',
    record({ ...bare, event: 'SECCOMP', exe: '/usr/sbin/named', more: { subj: 'unconfined' } }),
    true,
  ],
  [
    'a filter’s, of another program',
    record({ ...bare, event: 'SECCOMP', exe: '/usr/sbin/rndc', more: { subj: 'unconfined' } }),
    false,
  ],
  ['SELinux’s', record({ ...bare, event: 'AVC', more: { scontext: 'system_u:system_r:named_t:s0' } }), true],
  [
    'SELinux’s, of another domain',
    record({ ...bare, event: 'AVC', more: { scontext: 'system_u:system_r:sshd_t:s0' } }),
    false,
  ],
])('a record is about named: %s', (_, it, about) => expect(isAbout(it, 'named')).toBe(about));
