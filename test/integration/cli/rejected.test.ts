import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folderOf, without } from '../../golden/files.ts';
import { golden } from '../../golden/golden.ts';
import { confine, type Ran } from '../../support/confine.ts';
import { inSync, inventoryOn, taskOnHosts } from '../../support/inventory.ts';
import { startSshd, type Sshd } from '../../support/sshd.ts';

interface Case {
  readonly name: string;
  readonly book?: string;
  readonly hosts?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly args?: readonly string[];
}

const dropIn = (name: string, settings: string) =>
  `systemd_dropin: { unit: named.service, name: ${name}, settings: { Service: { ${settings} } } }`;
const bomb = Array.from(
  { length: 30 },
  (_, i) => `    a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
);

const cases: readonly Case[] = [
  { name: 'an empty playbook', book: '' },
  { name: 'a tab', book: '- hosts: nameservers\n\ttasks: []\n' },
  { name: 'a duplicate key', book: '- hosts: nameservers\n  hosts: all\n  tasks: []\n' },
  {
    name: 'two module keys in a task',
    book: taskOnHosts('package: { names: [dpkg] }', 'service: { unit: named.service }'),
  },
  { name: 'a misspelt module', book: taskOnHosts('pakage: { names: [dpkg] }') },
  { name: 'a misspelt parameter', book: taskOnHosts('package: { nmes: [dpkg] }') },
  { name: 'an undefined variable', book: taskOnHosts('package: { names: ["{{ nosuch }}"] }') },
  {
    name: 'an undefined variable in a condition',
    book: taskOnHosts('package: { names: [dpkg] }', 'when: nosuch == "x"'),
  },
  { name: 'an unknown host pattern', book: inSync.replace('nameservers', 'namservers') },
  { name: 'a host that starts with "-"', hosts: { '-oProxyCommand=x': {} } },
  { name: 'an address that starts with "-"', vars: { ansible_host: '-oProxyCommand=x' } },
  { name: 'a port that is none', vars: { ansible_port: 'ssh' } },
  { name: 'an undefined variable in a connection', vars: { ansible_user: '{{ nosuch }}' } },
  {
    name: 'a newline in a rule',
    book: taskOnHosts('apparmor_override: { profile: named, rules: ["/a r,\\n/** rwx,"] }'),
  },
  {
    name: 'a NUL in a rule',
    book: taskOnHosts('apparmor_override: { profile: named, rules: ["/a\\0 r,"] }'),
  },
  { name: 'a playbook that is named twice', args: ['FOLDER/play.yml'] },
  { name: 'a folder', args: ['FOLDER/.'] },
  { name: 'standard input', args: ['-'] },
  { name: 'tags that are empty', args: ['-t', ''] },
  { name: 'skipped tags that are empty', args: ['--skip-tags', ','] },
  { name: 'a name without an end', book: inSync.replace('nameservers', 'x'.repeat(5000)) },
  { name: '10 MB of YAML', book: `# ${'x'.repeat(10 * 1024 * 1024)}\n` },
  {
    name: 'an alias bomb',
    book: `- hosts: nameservers\n  vars:\n    a0: &a0 [1]\n${bomb.join('\n')}\n  tasks: []\n`,
  },
  {
    name: 'a conflict between two tasks',
    book: `${taskOnHosts(dropIn('a', 'ExecStart: ["", "/usr/bin/firejail /usr/sbin/named -f"]'))}    - ${dropIn('b', 'ProtectSystem: strict')}\n`,
  },
  {
    name: 'a conflict with a task of several lines',
    book: `${taskOnHosts(dropIn('a', 'ProtectHome: true'))}    - systemd_dropin:\n        unit: named.service\n        name: a\n        settings: { Service: { ProtectHome: true } }\n`,
  },
  { name: 'an unknown --limit', args: ['--limit', 'ns9'] },
  { name: 'a --limit that leaves no host', args: ['--limit', 'ns1,!ns1'] },
  { name: 'a --limit from a file that is missing', args: ['--limit', '@nosuch.txt'] },
  { name: 'a --limit from a file without a host', args: ['--limit', '@FOLDER/left.txt'] },
  { name: 'an empty --limit', args: ['--limit', ''] },
  {
    name: 'a tag that no task has',
    book: taskOnHosts('package: { names: [dpkg] }', 'tags: [packages]'),
    args: ['--tags', 'pakages'],
  },
  { name: '-e that is no pair', args: ['-e', 'nosuch'] },
  { name: '-e that is no JSON', args: ['-e', '{"a": [}'] },
  { name: '-e from a file that is missing', args: ['-e', '@nosuch.yml'] },
  { name: 'a second inventory that is missing', args: ['-i', 'nosuch.yml'] },
];

let sshd: Sshd;
let listening: string;
const ran = new Map<Case, { readonly end: Ran; readonly text: string }>();

beforeAll(async () => {
  sshd = await startSshd({ config: ['LogLevel DEBUG'] });
  listening = sshd.log();
  const limit = pLimit(2);
  await Promise.all(cases.map((it) => limit(() => run(it))));
});
afterAll(() => sshd.stop());

async function run(it: Case): Promise<void> {
  const folder = folderOf({
    'play.yml': it.book ?? inSync,
    'hosts.yml': inventoryOn(sshd, it.hosts, it.vars),
    'left.txt': '# ns1\n',
  });
  const args = ['plan', `${folder}/play.yml`, '-i', `${folder}/hosts.yml`, '--no-ssh-config'];
  const more = it.args?.map((arg) => arg.replace('FOLDER', folder)) ?? [];
  const end = await confine([...args, ...more]);
  ran.set(it, { end, text: without(folder, end.stderr).replace(/(?<=.{300}).*/g, '…') });
}

it.each(cases)('$name is rejected', (it) => {
  expect(ran.get(it)?.end).toMatchObject({ code: 3, stdout: '' });
});

it('each is told with its place and the next step', () => {
  const texts = cases.map((it) => `# ${it.name}\n${ran.get(it)?.text ?? ''}`).join('\n');
  expect(texts).toBe(golden('cli-rejected', texts));
});

it('no host was touched by any', () => {
  expect(sshd.log()).toBe(listening);
});
