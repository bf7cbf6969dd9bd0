import { expect, it } from 'vitest';
import { UnitName } from '../../src/brand.ts';
import { hostFindingText, lintHostUnit } from '../../src/lint/host.ts';
import type { Unit, UnitPart } from '../../src/resources/unit.ts';

const vendor = {
  path: '/lib/systemd/system/named.service',
  content:
    '[Service]\nType=notify\nEnvironmentFile=-/etc/default/named\nExecStart=/usr/sbin/named -f $OPTIONS\nExecReload=/usr/sbin/rndc reload\nExecStop=/usr/sbin/rndc stop\n',
};
const options = (text: string): UnitPart => ({ path: '/etc/default/named', content: `OPTIONS="${text}"\n` });
const dropIn = (Service: string, path = '/etc/systemd/system/named.service.d/10-mine.conf'): UnitPart => ({
  path,
  content: `[Service]\n${Service}\n`,
});

const host = { cores: 2, architecture: 'x86_64', version: '12' };
const told = (parts: readonly UnitPart[], on: Partial<typeof host> = {}, written: readonly string[] = []) =>
  lintHostUnit(
    { name: UnitName.parse('named.service'), parts } as unknown as Unit,
    { ...host, ...on },
    new Set(written),
  );
const rules = (...args: Parameters<typeof told>) => told(...args).map(({ rule, at }) => `${at.line} ${rule}`);

it.each<readonly [string, readonly UnitPart[], Partial<typeof host>, readonly string[]]>([
  ['the package alone', [vendor, options('-u bind')], {}, []],
  [
    'what the package wrote is not a person’s to change',
    [{ ...vendor, content: `${vendor.content}TasksMax=7\n` }],
    {},
    [],
  ],
  ['an invalid capability', [vendor, dropIn('CapabilityBoundingSet=~CAP_(X')], {}, ['2 unknown-capability']],
  ['few tasks on many cores', [vendor, dropIn('TasksMax=20')], { cores: 64 }, ['2 tasks-max-many-cores']],
  ['enough tasks for the cores there are', [vendor, dropIn('TasksMax=20')], {}, []],
  [
    'another architecture',
    [vendor, dropIn('Personality=x86-64')],
    { architecture: 'aarch64' },
    ['2 personality-of-one-architecture'],
  ],
  ['its own architecture', [vendor, dropIn('Personality=x86-64')], {}, []],
  [
    'a filter that breaks -u',
    [vendor, dropIn('SystemCallFilter=~@privileged\nLimitCORE=0'), options('-u bind')],
    {},
    ['2 filter-denies-user-change'],
  ],
  [
    'no -u in this host’s options',
    [vendor, dropIn('SystemCallFilter=~@privileged\nLimitCORE=0'), options('-4')],
    {},
    [],
  ],
  ['AppArmorProfile= as root', [vendor, dropIn('AppArmorProfile=named')], {}, ['2 apparmor-profile-as-root']],
  [
    'what systemd makes of /etc/init.d',
    [{ ...vendor, path: '/run/systemd/generator.late/named.service' }],
    {},
    [],
  ],
  ['a whole unit', [{ ...vendor, path: '/etc/systemd/system/named.service' }], {}, ['4 replaced-unit']],
  ['what a newer systemd knows', [vendor, dropIn('PrivatePIDs=yes')], {}, ['2 newer-than-252']],
  ['and where it is that new', [vendor, dropIn('PrivatePIDs=yes')], { version: '13' }, []],
  ['what its comment allows', [vendor, dropIn('# confine: allow unknown-key\nNoSuchKey=1')], {}, []],
])('%s', (_, parts, on, expected) => {
  expect(rules(parts, on)).toEqual(expected);
});

it('what confine or a task of the playbook writes is judged there', () => {
  const mine = dropIn('PrivateNetwork=yes');
  expect(rules([vendor, mine])).toEqual(['2 private-network']);
  expect(rules([vendor, mine], {}, [mine.path])).toEqual([]);
  expect(rules([vendor, { ...mine, content: `# Managed by confine: …\n${mine.content}` }])).toEqual([]);
});

it('is told in one line with its place and the next step', () => {
  const [first] = told([vendor, dropIn('TasksMax=7')]);
  expect(first && hostFindingText(first)).toMatch(
    /^\/etc\/systemd\/system\/named\.service\.d\/10-mine\.conf:2: TasksMax=7 is enough for 1 core, and this host has 2: .*; leave it out, or set TasksMax=512 \(confine explain unit tasks-max-many-cores\)$/,
  );
});
