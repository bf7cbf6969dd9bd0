import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findModules, moduleBeside } from '../../src/own-modules/find.ts';
import { files, without } from '../golden/files.ts';

const named = (folder: string) => findModules(folder).map(({ name, path }) => [name, without(folder, path)]);

it('modules are NAME.ts and NAME/NAME.ts, and nothing else in the folder', () => {
  const folder = files({
    'motd.ts': '',
    'issue/issue.ts': '',
    'issue/text.ts': '',
    'lib/helper.ts': '',
    'types.d.ts': '',
    'motd.test.ts': '',
    'motd.cases.yml': '',
    'README.md': '',
  });
  expect(named(folder)).toEqual([
    ['issue', 'issue/issue.ts'],
    ['motd', 'motd.ts'],
  ]);
});

it('the sum of a file is what sha256sum says; of a folder it is one of all files but the cases', () => {
  const sums = (contents: Readonly<Record<string, string>>) =>
    findModules(files(contents)).map((it) => it.sha256);
  expect(sums({ 'motd.ts': 'a' })).toEqual([createHash('sha256').update('a').digest('hex')]);
  expect(sums({ 'motd/motd.ts': 'a', 'motd/cases.yml': '1' })).toEqual(sums({ 'motd.ts': 'a' }));

  const whole = { 'motd/motd.ts': 'a', 'motd/lib/text.ts': 'bc', 'motd/lib/more.ts': '' };
  const others = [
    { ...whole, 'motd/lib/text.ts': 'bd' },
    { ...whole, 'motd/lib/text.ts': 'b', 'motd/lib/more.ts': 'c' },
    { 'motd/motd.ts': 'a', 'motd/lib/text.ts': 'bc', 'motd/lib/mor.ts': '' },
    { 'motd/motd.ts': 'abc', 'motd/lib/text.ts': '', 'motd/lib/more.ts': '' },
  ];
  expect(sums(whole)).toEqual(sums({ ...whole, 'motd/cases.yml': '' }));
  for (const other of others) expect(sums(other)).not.toEqual(sums(whole));
});

it('a module is looked for beside a playbook and above it, up to the repository, and named as the playbook is', () => {
  const folder = files({
    'modules/motd.ts': '',
    'repo/playbooks/site.yml': '',
    'repo/modules/issue/issue.ts': '',
  });
  mkdirSync(`${folder}/repo/.git`);
  const beside = (name: string) => moduleBeside(`${folder}/repo/playbooks/site.yml`, name);
  expect(beside('issue')).toBe(`${folder}/repo/modules/issue/issue.ts`);
  // Above the repository lies what is somebody else's.
  expect(beside('motd')).toBeUndefined();
  expect(beside('../modules/motd')).toBeUndefined();
  expect(moduleBeside('playbooks/harden-bind.yml', 'service')).toBe('modules/service/service.ts');
});
