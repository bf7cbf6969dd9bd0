import { expect, it } from 'vitest';
import { editsFor } from '../../src/audit/edits.ts';
import type { Placed } from '../../src/audit/place.ts';
import type { HostName } from '../../src/brand.ts';

const host = 'ns1' as HostName;
const rule = {
  text: '/srv/new/** r,',
  from: { hosts: [host], count: 2, first: 1_795_464_208, last: 1_795_464_208, statements: [] },
};
const placedIn = (file: string): Placed => ({
  place: { is: 'append', at: { file, line: 4, col: 7 }, module: 'apparmor_override' },
  hosts: [host],
  proposal: { profile: 'named', rules: [rule], not: [], covered: 0 },
});
const yaml = `- hosts: all\n  tasks:\n    # Zones\n    - apparmor_override: { profile: named, rules: ['/srv/a r,'] }\n`;

it('rules for a playbook in TypeScript are for a person; those for one in YAML are written beside', () => {
  const placed = [placedIn('site.ts'), placedIn('site.yml')];
  const { edits, byHand } = editsFor('named', placed, (file) => {
    expect(file).toBe('site.yml');
    return yaml;
  });
  expect(edits.map((it) => it.file)).toEqual(['site.yml']);
  expect(byHand).toMatchObject([
    { at: { file: 'site.ts', line: 4 }, why: 'confine does not write TypeScript' },
  ]);
});
