import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folderOf, without } from '../../golden/files.ts';
import { golden } from '../../golden/golden.ts';
import { confine } from '../../support/confine.ts';

let folder: string;
beforeAll(() => {
  folder = folderOf({
    'inv/10-hosts':
      '[nameservers]\nns1 ansible_port=22 tier=gold\nns2\n[nameservers:vars]\nansible_port=2022\n',
    'inv/20-more.yml':
      'nameservers: { vars: { ansible_port: 3022 }, hosts: { ns1: { ansible_port: 24 } } }\n',
    'inv/30-cloud.sh':
      '#!/bin/sh\necho \'{"cloud": ["ns3"], "_meta": {"hostvars": {"ns3": {"tier": "cloud"}}}}\'\n',
    'inv/group_vars/all.yml': '# for all\nansible_port: 22\n',
    'inv/group_vars/nameservers/10.yml': 'ansible_port: 4022\n',
    'inv/group_vars/nameservers/20.yml': 'note: "{{ tier }}"\nansible_port: 5022\n',
    'inv/host_vars/ns1.yml': 'ansible_port: 6022\n',
    'play/group_vars/nameservers.yml': 'ansible_port: 7022\n',
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const calls: readonly (readonly string[])[] = [
  ['explain', 'var', 'ns1', 'ansible_port', '-e', 'ansible_port=8022', '--playbook-dir', 'play'],
  ['explain', 'var', 'ns2', 'note'],
  ['explain', 'var', 'ns3', 'tier'],
  ['explain', 'var', 'ns1', 'group_names'],
  ['explain', 'var', 'ns1', 'ansible_prot'],
  ['explain', 'var', 'ns7', 'ansible_port'],
  ['explain', 'var', 'ns1'],
  ['inventory', '--list'],
  ['inventory', '--host', 'ns1', '-e', 'tier=given', '--playbook-dir', 'play'],
  ['inventory', '--graph'],
  ['inventory', '--list', '--graph'],
  ['inventory', '--limit', 'nameservers:!ns2,cloud'],
  ['check', '--host', 'nosuch'],
  ['check', '--host', ','],
  ['undo', 'nosuch', '--yes'],
];

it('an inventory of several kinds is shown, explained, and asked for what it has not', async () => {
  const told: string[] = [];
  for (const args of calls) {
    const full = args.map((it) => (it === 'play' ? `${folder}/play` : it));
    const { code, stdout, stderr } = await confine([...full, '-i', `${folder}/inv`]);
    // The width of the first column goes by a folder's name.
    const said = without(folder, stdout + stderr).replace(/^(from {2}-e) +/m, '$1  ');
    told.push(`$ confine ${args.join(' ')} -i inv\n${said}(exit ${code})\n`);
  }
  const text = told.join('\n');
  expect(text).toBe(golden('cli-inventory', text));
});
