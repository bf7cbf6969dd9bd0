import { describe, expect, it } from 'vitest';
import { capabilitiesText, parseCapabilities } from '../../src/observe/capabilities.ts';
import { confinement, parseLabel } from '../../src/observe/label.ts';

const apparmor = { list: ['lockdown', 'capability', 'apparmor'], selinux: '' };
const selinux = (enforce: string) => ({ list: ['lockdown', 'capability', 'selinux'], selinux: enforce });

describe('a label', () => {
  it.each([
    ['named (enforce)', 'enforce', ['named'], 'denies'],
    ['named (kill)', 'kill', ['named'], 'denies'],
    ['named (complain)', 'complain', ['named'], 'records'],
    ['unconfined', 'unconfined', ['unconfined'], 'nothing'],
    ['stub (unconfined)', 'unconfined', ['stub'], 'nothing'],
    ['named//&unconfined (enforce)', 'enforce', ['named', 'unconfined'], 'denies'],
    ['firejail-default//&unconfined (enforce)', 'enforce', ['firejail-default', 'unconfined'], 'denies'],
    ['named//&other (mixed)', 'mixed', ['named', 'other'], 'records'],
    ['/usr/sbin/named (enforce)', 'enforce', ['/usr/sbin/named'], 'denies'],
  ])('of AppArmor: %s', (text, mode, profiles, how) => {
    const seen = parseLabel(text, apparmor);
    expect(seen).toEqual({ is: 'value', value: { module: 'apparmor', text, mode, profiles } });
    expect(seen.is === 'value' && confinement(seen.value)).toBe(how);
  });

  it.each([
    ['system_u:system_r:named_t:s0', '1', 'denies'],
    ['system_u:system_r:named_t:s0', '0', 'records'],
    ['system_u:system_r:unconfined_service_t:s0', '1', 'nothing'],
    ['unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023', '1', 'nothing'],
  ])('of SELinux: %s, enforce %s', (text, enforce, how) => {
    const seen = parseLabel(text, selinux(enforce));
    expect(seen).toMatchObject({ value: { module: 'selinux', text } });
    expect(seen.is === 'value' && confinement(seen.value)).toBe(how);
  });

  it('that is empty is absent only where no module gives any', () => {
    expect(parseLabel('', { list: ['lockdown', 'yama'], selinux: '' })).toEqual({ is: 'absent' });
    expect(parseLabel('', apparmor)).toMatchObject({ is: 'unknown' });
    expect(parseLabel('', selinux('1'))).toMatchObject({ is: 'unknown' });
  });
});

describe('capabilities', () => {
  it.each([
    ['000001ffffffffff', '40', 'all'],
    ['000000ffffffffff', '40', expect.stringMatching(/^CHOWN .* BPF$/)],
    ['0000000000000000', '40', 'none'],
    ['0000000001000400', '40', 'NET_BIND_SERVICE SYS_RESOURCE'],
    ['0000040000000000', '42', '42'],
  ])('%s, of a kernel whose last one is %s', (mask, last, text) => {
    const seen = parseCapabilities(mask, last);
    expect(seen.is === 'value' && capabilitiesText(seen.value)).toEqual(text);
  });

  it('are unknown where the kernel does not say', () => {
    expect(parseCapabilities('', '40').is).toBe('unknown');
  });
});
