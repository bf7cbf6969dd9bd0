import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withAuditFlag } from '../../src/resources/profile-mode.ts';

it.each([
  ['profile named /usr/sbin/named {', 'profile named /usr/sbin/named flags=(audit) {'],
  ['profile named /{usr/,}sbin/named{ # a{b', 'profile named /{usr/,}sbin/named flags=(audit) { # a{b'],
  ['profile "named" /usr/sbin/named', 'profile "named" /usr/sbin/named flags=(audit)'],
  [
    'profile named flags = (complain,mediate_deleted){',
    'profile named flags=(complain, mediate_deleted, audit){',
  ],
  ['profile named /x flags=(audit) {', 'profile named /x flags=(audit) {'],
  [
    'profile other /x {\n}\nprofile named /y {\n}',
    'profile other /x {\n}\nprofile named /y flags=(audit) {\n}',
  ],
  ['profile named-other /x {', 'profile named-other /x {'],
])('adds audit to the flags of one profile: %j', (text, flagged) => {
  expect(withAuditFlag(text, 'named')).toBe(flagged);
});

it('knows a profile by the binary that it is named after', () => {
  expect(withAuditFlag('/usr/sbin/named {\n', '/usr/sbin/named')).toBe('/usr/sbin/named flags=(audit) {\n');
});

it('changes one line of the packaged profile', () => {
  const text = readFileSync('test/fixtures/usr.sbin.named.stock', 'latin1');
  const flagged = withAuditFlag(text, 'named');
  const added = flagged.split('\n').filter((line, i) => line !== text.split('\n')[i]);
  expect(added).toEqual(['profile named /usr/sbin/named flags=(attach_disconnected, audit) {']);
});
