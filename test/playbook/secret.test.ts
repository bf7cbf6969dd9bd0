import { expect, it } from 'vitest';
import { loadInventory } from '../../src/inventory/load.ts';
import { fixedVariable } from '../../src/inventory/variable.ts';
import { checkPlaybooks } from '../../src/playbook/check.ts';
import { compile } from '../../src/playbook/compile.ts';
import { createScope } from '../../src/playbook/scope.ts';
import { loadTemplates } from '../../src/playbook/template.ts';
import { Secret } from '../../src/secret.ts';
import { namedSpot } from '../../src/yaml/spot.ts';
import { files, without } from '../golden/files.ts';
import { findingsOfAsync, golden } from '../golden/golden.ts';
import { modules } from './modules.ts';

const pw = new Secret('hunter2-hunter2');
const spot = namedSpot('test');

async function scopeOf(values: Readonly<Record<string, unknown>>) {
  const vars = new Map(Object.entries(values).map(([name, it]) => [name, fixedVariable(spot, it)]));
  return createScope([vars], await loadTemplates(), 'closed');
}

it('a password takes a secret whole, over any number of steps', async () => {
  const scope = await scopeOf({
    vault: { sudo: pw, host: '10.0.0.1' },
    step: '{{ vault.sudo }}',
    ansible_become_password: '{{ step }}',
    ansible_ssh_pass: 'written here',
    ansible_host: '{{ vault.host }}',
  });
  expect(scope.get('ansible_become_password')).toBe(pw);
  const written = scope.get('ansible_ssh_pass');
  expect(written instanceof Secret && written.reveal()).toBe('written here');
  // What lies beside a secret is none.
  expect(scope.get('ansible_host')).toBe('10.0.0.1');
});

it.each([
  '{{ vault.sudo }}',
  'x{{ vault.sudo }}',
  '{{ vault.sudo | append: "x" }}',
  '{{ vault.sudo | size }}',
  '{{ vault["sudo"] }}',
  '{{ vault[key] }}',
  '{{ vault | json }}',
  '{{ vault }}',
  '{{ list[0] }}',
  '{{ list.first }}',
  '{{ list.first | append: "" }}',
  '{{ list | join: "" }}',
  '{% if vault.sudo == "hunter2-hunter2" %}yes{% endif %}',
  '{% for it in list %}{{ it }}{% endfor %}',
  '{% assign it = vault %}{{ it.sudo }}',
  '{% capture it %}{{ vault.sudo }}{% endcapture %}{{ it }}',
  '{{ plain | default: vault.sudo }}',
  '{{ "" | append: step }}',
  '{{ ansible_become_password }}',
  'x{{ ansible_become_password }}',
  '{{ ansible_ssh_pass | append: "x" }}',
])('what is shown takes none: %s', async (text) => {
  const scope = await scopeOf({
    vault: { sudo: pw, host: '10.0.0.1' },
    list: [pw],
    key: 'sudo',
    plain: 'plain',
    step: '{{ vault.sudo }}',
    ansible_become_password: 'hunter2-hunter2',
    ansible_ssh_pass: 1234,
  });
  expect(() => scope.fillIn({ deep: [text] }, () => spot)).toThrow(/is a secret, and cannot stand here/);
  // Nor does a variable that would be more than the secret itself.
  if (!/^\{\{ [\w.]+ \}\}$/.test(text)) {
    const other = await scopeOf({
      vault: { sudo: pw },
      list: [pw],
      key: 'sudo',
      plain: '',
      step: pw,
      text,
      ansible_become_password: pw,
      ansible_ssh_pass: 1,
    });
    expect(() => other.get('text')).toThrow(/is a secret, and cannot stand here/);
  }
});

it('tasks, conditions and hosts of plays with a secret are rejected where they stand', async () => {
  const folder = files({
    'hosts.yml': 'all: { vars: { ansible_become_password: hunter2-hunter2 }, hosts: { ns1: } }\n',
    'play.yml': `- hosts: all
  vars: { copy: "{{ ansible_become_password }}" }
  tasks:
    - apparmor_override: { profile: named, rules: ["/{{ copy }} r,"] }
    - apparmor_override: { profile: "{{ ansible_become_password }}", rules: [x] }
    - apparmor_mode: { profile: named }
      when: copy == "something"
    - apparmor_mode: { profile: named }
      when: host.release == copy
`,
    'hosts-play.yml': `- hosts: "{{ ansible_become_password }}"
  vars: { ansible_become_password: hunter2-hunter2 }
  tasks: [{ apparmor_mode: { profile: named } }]
`,
    'fine.yml': '- { hosts: all, tasks: [{ apparmor_mode: { profile: named } }] }\n',
    'own.yml': `- hosts: all
  vars: { ansible_become_password: hunter2-hunter2 }
  tasks:
    - apparmor_override: { profile: "{{ ansible_become_password }}", rules: [x] }
`,
  });
  const inventory = loadInventory([`${folder}/hosts.yml`]);
  const compiled = (name: string, extraVars: readonly string[] = []) =>
    findingsOfAsync(() => compile({ playbooks: [`${folder}/${name}`], inventory, modules, extraVars }));
  const shown = [
    ['# compiled', await compiled('play.yml')],
    ['# in the hosts of a play', await compiled('hosts-play.yml')],
    ['# on the command line', await compiled('play.yml', ['ansible_become_password=hunter2-hunter2'])],
    [
      '# on the command line, with a blank and a quote',
      await compiled('fine.yml', [
        'ansible_become_password=some hunter2-hunter2',
        `x=1 ansible_ssh_pass=hunter2"'x`,
      ]),
    ],
    [
      '# checked without an inventory',
      await findingsOfAsync(() => checkPlaybooks({ playbooks: [`${folder}/own.yml`], modules })),
    ],
  ];
  expect(await compiled('fine.yml', [`{"ansible_become_password":{"env":"SUDO"}}`])).toBe('no findings');
  expect(await compiled('fine.yml', ['ansible_become_password="{{ vault.sudo }}"'])).toBe('no findings');
  const text = without(folder, shown.flat().join('\n'));
  expect(text).not.toContain('hunter2');
  expect(text).toBe(golden('secrets', text));
});
