import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { files, writeFiles } from '../../golden/files.ts';
import { ageKey } from '../../support/encrypted.ts';
import { follow } from '../../support/page.ts';
import { shell } from '../../support/shell.ts';

it('the page on inventories shows them, and where a value comes from, as they are', async () => {
  const prepare = (folder: string): void => {
    cpSync('inventory', join(folder, 'inventory'), { recursive: true });
    writeFiles(folder, {
      'inv/10-hosts': '[nameservers]\nns1 ansible_port=22\nns2\n',
      'inv/20-more.yml':
        'nameservers: { vars: { ansible_user: root }, hosts: { ns1: { ansible_port: 24 } } }\n',
      'inv/group_vars/all.yml': '# for all\nansible_port: 22\n',
      'inv/group_vars/nameservers/20.yml': 'note: more\nansible_port: 5022\n',
      'inv/host_vars/ns1.yml': 'ansible_port: 6022\n',
      'playbooks/site.yml': '[]\n',
    });
  };
  expect(await follow('docs/inventories.md', { prepare })).toEqual([]);
});

it('the page on pipelines has their files written', async () => {
  const prepare = (folder: string) => shell('git', ['init', '--quiet', folder]);
  expect(await follow('docs/pipelines.md', { prepare })).toEqual([]);
});

it('the page on secrets encrypts by age', async () => {
  const prepare = (folder: string): void => {
    writeFiles(folder, {
      'inventory/group_vars/.keep': '',
      'vars.yml': 'vault: { sudo: hunter2 }\n',
      'recipients.txt': ageKey(folder).recipient,
    });
  };
  expect(await follow('docs/secrets.md', { prepare })).toEqual([]);
});

it('a wrong flag, a wrong exit code and output that does not come are seen on a page', async () => {
  const page = [
    '```yaml site.yml',
    '- hosts: all',
    '  tasks:',
    '    - package: { names: [auditd] }',
    '```',
    '```console',
    '$ confine check site.yml',
    'site.yml: 1 task is right, …',
    '$ confine check site.yml --lmit ns1',
    '…',
    '$ confine check site.yml # exit 3',
    'site.yml: 1 task …',
    '$ confine check site.yml',
    'site.yml: 2 tasks are right',
    '```',
    '```sh',
    'confine inventory -i ns1, --list   # exit 5: not so',
    '[ -t 0 ] && read answer && [ "$answer" = y ]   # who types is at a terminal, and says yes',
    '```',
  ].join('\n');
  const faults = await follow(join(files({ 'page.md': page }), 'page.md'));
  expect(faults.map((it) => it.split('page.md:')[1])).toEqual([
    expect.stringMatching(/^9: .*: exit 5\n/),
    expect.stringMatching(/^11: .*: exit 0\n/),
    expect.stringMatching(/^13: .*: does not show\n {2}site\.yml: 2 tasks are right\nin\n/),
    expect.stringMatching(/^17: .*: exit 0\n/),
  ]);
});
